/* The records that a read(2) of a bpf(4) device gives.  Pure. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "source/source_state.h"

/* Sums; all zero at the beginning. */
struct bpf_tally {
	uint64_t bt_packets;
	uint64_t bt_bytes; /* on the wire */
	uint64_t bt_last;  /* time of the last packet, monotonic clock */
	uint64_t bt_first; /* time of the first one to report; 0: none */
	uint64_t bt_stamp; /* the same in ns since 1970; 0: unknown */
	struct source_silence bt_silences[SOURCE_SILENCES];
};

/* A moment by the two clocks: of records, and of ours. */
struct bpf_moment {
	uint64_t bm_real; /* ns since 1970 */
	uint64_t bm_now;  /* ns of the monotonic clock */
};

/*
 * Adds the records of `len` bytes, which were read at that moment; of packets
 * only the headers are read.
 */
void records_count(
    struct bpf_tally *, const char *buf, size_t len, const struct bpf_moment *);

#endif
