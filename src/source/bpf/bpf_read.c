/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Reads the devices of bpf(4) sources and counts the packets. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/bpf.h>
#include <net/if.h>

#include <errno.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/key_extract.h"
#include "engine/key_link.h"
#include "source/bpf/bpf_internal.h"
#include "source/bpf/keys_bpf.h"
#include "source/bpf/records.h"
#include "source/listener.h"

/* Maximum of reads in a row: the kernel may fill a buffer during each. */
#define READS_MAX 4

/* Tries to read both clocks within this time. */
#define CLOCK_TRIES 4
#define CLOCK_WIDTH 10000 /* ns */

/*
 * Reads both clocks at the same time, but for an interruption.  If that fails,
 * the real time is 0 and packets get the time of the read.
 */
static struct bpf_moment
read_clocks(uint64_t now)
{
	struct bpf_moment bm = { .bm_real = 0, .bm_now = now };
	uint64_t before, after, width = UINT64_MAX;
	struct timespec ts;
	int i;

	for (i = 0; i < CLOCK_TRIES && width > CLOCK_WIDTH; i++) {
		before = clock_now();
		if (clock_gettime(CLOCK_REALTIME, &ts) == -1 ||
		    (after = clock_now()) == CLOCK_NEVER)
			break;
		if (after - before >= width)
			continue;
		width = after - before;
		bm.bm_now = after;
		bm.bm_real =
		    (uint64_t)ts.tv_sec * CLOCK_S + (uint64_t)ts.tv_nsec;
	}
	return bm;
}

/* Fills the buffer.  Returns false if there are no records. */
static bool
fill(struct bpf *b, uint64_t now)
{
	ssize_t n;

	if (b->b_device == -1 || b->b_reads == READS_MAX)
		return false;
	n = read(b->b_device, b->b_buffer, b->b_buflen);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		bpf_lose(b);
	if (n <= 0)
		return false;
	b->b_reads++;
	b->b_records.bs_next = b->b_buffer;
	b->b_records.bs_len = (size_t)n;
	b->b_records.bs_moment = read_clocks(now);
	return true;
}

/* Goes on to the next record, if there is one. */
static void
advance(struct bpf *b, uint64_t now)
{
	do {
		b->b_more = records_next(&b->b_records, &b->b_record);
	} while (!b->b_more && fill(b, now));
	if (b->b_more)
		b->b_when =
		    records_time(b->b_record.br_stamp, &b->b_records.bs_moment);
}

/* Returns the source with the earliest record; NULL: there are no records. */
static struct bpf *
earliest(struct source *const *sources, size_t n)
{
	struct bpf *b, *first = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		b = (struct bpf *)sources[i];
		if (b->b_more && (first == NULL || b->b_when < first->b_when))
			first = b;
	}
	return first;
}

static void
count_record(struct bpf *b)
{
	const struct bpf_record *br = &b->b_record;
	struct key_packet p;

	records_count(&b->b_tally, br, &b->b_records.bs_moment);
	if (b->b_nkeys == 0)
		return;
	p = (struct key_packet){ .pk_link = key_link(b->b_link),
		.pk_bytes = br->br_bytes,
		.pk_captured = br->br_captured,
		.pk_length = br->br_length };
	keys_bpf_count(b->b_keys, b->b_nkeys, &p, b->b_when);
}

/*
 * Adds the packets dropped since the last call.  The counters, and so the
 * differences, have 32 bits on most systems.
 */
static int
add_dropped(struct bpf *b, uint64_t now)
{
	struct bpf_stat stat;
	uint64_t more;

	if (ioctl(b->b_device, BIOCGSTATS, &stat) == -1)
		return -1;
	more = stat.bs_drop - b->b_drops;
	if (sizeof(stat.bs_drop) == sizeof(uint32_t))
		more = (uint32_t)more;
	/* Dropped after the records that were read, at unknown times. */
	if (more != 0) {
		if (b->b_tally.bt_last < now)
			b->b_tally.bt_last = now;
		b->b_tally.bt_stamp = 0;
	}
	keys_bpf_miss(b->b_keys, b->b_nkeys, more);
	b->b_dropped += more;
	b->b_drops = stat.bs_drop;
	return 0;
}

static void
begin(struct bpf *b, uint64_t now)
{
	b->b_turn = now;
	b->b_reads = 0;
	advance(b, now);
}

/* Returns true if all packets up to now have been read. */
static bool
end(struct bpf *b, uint64_t now)
{
	if (b->b_device != -1 && add_dropped(b, now) == -1)
		bpf_lose(b);
	if (b->b_device != -1 && b->b_reads > 0)
		listener_found(&b->b_listener);
	return b->b_reads < READS_MAX;
}

void
bpf_read(struct bpf *b, uint64_t now)
{
	struct source *const *sources = b->b_sources, *const *keys = b->b_keys;
	const size_t n = b->b_nsources, nkeys = b->b_nkeys;
	bool all = true;
	size_t i;

	for (i = 0; i < n; i++)
		begin((struct bpf *)sources[i], now);
	while ((b = earliest(sources, n)) != NULL) {
		count_record(b);
		advance(b, now);
	}
	for (i = 0; i < n; i++)
		all = end((struct bpf *)sources[i], now) && all;
	if (all)
		keys_bpf_reached(keys, nkeys, now);
}
