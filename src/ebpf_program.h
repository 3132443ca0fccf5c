/* Linux: the counting program, as instructions. */
#ifndef EBPF_PROGRAM_H
#define EBPF_PROGRAM_H

#include <stdint.h>

struct ebpf_code;

/* What program and daemon share, as the one element of an array map. */
struct ebpf_shared {
	_Atomic uint64_t es_seen;      /* packets */
	_Atomic uint64_t es_threshold; /* UINT64_MAX: never */
};

/* Writes it for these two maps: the array above, and a ring buffer. */
void ebpf_program(struct ebpf_code *, int array_fd, int ring_fd);

#endif
