/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Counts the records that read(2) of a bpf(4) device returns.  Pure. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

/* Silences of one slot. */
struct bpf_silence {
	uint64_t sl_time;  /* ns, shortest silence that counts; 0: free slot */
	uint64_t sl_since; /* start of counting, monotonic ns */
	uint64_t sl_count; /* silences so far */
};

/* Sums; initially all zero. */
struct bpf_tally {
	uint64_t bt_packets;
	uint64_t bt_bytes; /* on the wire */
	uint64_t bt_last;  /* time of the last packet, monotonic ns */
	uint64_t bt_first; /* first packet since source_wake_at; 0: none */
	uint64_t bt_stamp; /* bt_last in ns since 1970; 0: unknown */
	struct bpf_silence bt_silences[SOURCE_SILENCES];
};

/* The time of a read, by the clock of the records and by the daemon's. */
struct bpf_moment {
	uint64_t bm_real; /* ns since 1970 */
	uint64_t bm_now;  /* monotonic ns */
};

/*
 * Adds the records in `buf`, `len` bytes that were read at that moment.  Reads
 * only the headers of records, and stops at one that is damaged.
 */
void records_count(
    struct bpf_tally *, const char *buf, size_t len, const struct bpf_moment *);

#endif
