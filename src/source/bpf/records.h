/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The records that read(2) of a bpf(4) device returns.  Pure. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
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

/* Records that have not been returned yet. */
struct bpf_records {
	const char *bs_next;
	size_t bs_len; /* bytes */
	struct bpf_moment bs_moment;
};

struct bpf_record {
	uint64_t br_stamp;	 /* time of the packet, ns since 1970 */
	const uint8_t *br_bytes; /* first bytes of the packet */
	size_t br_captured;	 /* number of these */
	size_t br_length;	 /* bytes on the wire */
};

/*
 * Returns the next record.  Returns false at the end, also if the next record
 * is damaged.
 */
bool records_next(struct bpf_records *, struct bpf_record *);

/* Returns the monotonic time of a stamp, ns. */
uint64_t records_time(uint64_t stamp, const struct bpf_moment *);

/* Adds a record that was read at that moment. */
void records_count(
    struct bpf_tally *, const struct bpf_record *, const struct bpf_moment *);

#endif
