/* Linux: the counting program, as instructions. */
#ifndef EBPF_PROGRAM_H
#define EBPF_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

struct ebpf_code;
struct sock_filter;

/* What program and daemon share, as the one element of an array map. */
struct ebpf_shared {
	_Atomic uint64_t es_seen;      /* packets */
	_Atomic uint64_t es_threshold; /* UINT64_MAX: never */
};

/*
 * Writes it for these two maps, the array above and a ring buffer.  What the
 * classic filter of n instructions accepts counts; with n = 0 everything
 * does.  0, or -1 and errno, as
 * ebpf_filter.
 */
int ebpf_program(struct ebpf_code *, const struct sock_filter *filter, size_t n,
    int array_fd, int ring_fd);

#endif
