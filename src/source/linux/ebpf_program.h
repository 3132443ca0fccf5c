/* Linux: the counting program, as instructions. */
#ifndef EBPF_PROGRAM_H
#define EBPF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct ebpf_code;
struct sock_filter;

/* A count and where it wakes; UINT64_MAX: never. */
struct ebpf_meter {
	_Atomic uint64_t em_seen;
	_Atomic uint64_t em_threshold;
};

/* A struct source_silence by the kernel's clock. */
struct ebpf_slot {
	_Atomic uint64_t el_time; /* ns; EBPF_UNUSED: never counts */
	_Atomic uint64_t el_since;
	_Atomic uint64_t el_count;
};

/* Longer than any silence, also for the program, whose numbers are signed. */
#define EBPF_UNUSED ((uint64_t)INT64_MAX)

/*
 * What program and daemon share, as the one element of an array map.  Times
 * are those of the kernel's monotonic clock, see ebpf_clock.
 */
struct ebpf_shared {
	struct ebpf_meter es_packets;
	struct ebpf_meter es_bytes;
	_Atomic uint64_t es_last;     /* time of the last packet, or 0 */
	_Atomic uint64_t es_shortest; /* time of all slots, or EBPF_UNUSED */
	struct ebpf_slot es_silences[SOURCE_SILENCES];
	_Atomic uint64_t es_clock; /* used by ebpf_clock */
};

/* What else it counts, for a price: some nanoseconds a packet. */
enum ebpf_bytes {
	EBPF_NO_BYTES,
	EBPF_BYTES_PACKET, /* of what the socket would get, as tcpdump(1) */
	EBPF_BYTES_NFLOG   /* of the packet in a log group's message */
};

struct ebpf_what {
	enum ebpf_bytes ew_bytes;
	bool ew_time; /* es_last and es_silences */
};

/*
 * Writes it for these two maps, the array above and a ring buffer.  What the
 * classic filter of n instructions accepts counts; with n = 0 everything
 * does.  0, or -1 and errno, as
 * ebpf_translate.
 */
int ebpf_program(struct ebpf_code *, const struct sock_filter *filter, size_t n,
    const struct ebpf_what *, int array_fd, int ring_fd);

#endif
