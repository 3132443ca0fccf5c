/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <string.h>

#include "base/clock.h"
#include "source/bpf/records.h"

/* Bytes of a header; sizeof may add padding that the kernel does not have. */
#define HEADER                                 \
	(offsetof(struct bpf_hdr, bh_hdrlen) + \
	    sizeof(((struct bpf_hdr *)NULL)->bh_hdrlen))

/* Two clocks differ by less, unless the real-time clock was set. */
#define STEP (100 * CLOCK_MS)

uint64_t
records_time(uint64_t stamp, const struct bpf_moment *bm)
{
	uint64_t ago = stamp < bm->bm_real ? bm->bm_real - stamp : 0;

	return ago < bm->bm_now ? bm->bm_now - ago : 0;
}

/*
 * Returns the silence before a packet, in ns: the difference of the stamps,
 * which is exact; or the monotonic difference if there is no stamp or the
 * real-time clock was set during the silence.
 */
static uint64_t
silence(const struct bpf_tally *t, uint64_t stamp, uint64_t when)
{
	uint64_t gap = when - t->bt_last, exact = stamp - t->bt_stamp;

	if (t->bt_stamp == 0 || stamp < t->bt_stamp)
		return gap;
	return exact < gap + STEP && gap < exact + STEP ? exact : gap;
}

/* Counts a silence of `gap` ns before `when` in all slots. */
static void
count_silence(struct bpf_tally *t, uint64_t gap, uint64_t when)
{
	struct bpf_silence *sl = t->bt_silences;
	int64_t before, after; /* from sl_since, which may be before 0 */

	for (; sl < t->bt_silences + SOURCE_SILENCES; sl++) {
		if (sl->sl_time == 0 || gap < sl->sl_time)
			continue;
		before = (int64_t)(t->bt_last - sl->sl_since);
		after = (int64_t)(when - sl->sl_since);
		/* Counts only time after sl_since. */
		if (before >= 0 || after >= (int64_t)sl->sl_time)
			sl->sl_count++;
	}
}

/* Records the time of a packet and counts the silence before it. */
static void
take_time(struct bpf_tally *t, uint64_t stamp, const struct bpf_moment *bm)
{
	uint64_t when = records_time(stamp, bm);

	if (when < t->bt_last)
		when = t->bt_last;
	count_silence(t, silence(t, stamp, when), when);
	if (t->bt_first == 0)
		t->bt_first = when;
	t->bt_last = when;
	t->bt_stamp = stamp;
}

void
records_count(struct bpf_tally *t, const struct bpf_record *br,
    const struct bpf_moment *bm)
{
	t->bt_packets++;
	t->bt_bytes += br->br_length;
	take_time(t, br->br_stamp, bm);
}

/* Goes on behind `used` bytes; the last record is not padded. */
static void
advance(struct bpf_records *bs, size_t used)
{
	used = BPF_WORDALIGN(used);
	if (used > bs->bs_len)
		used = bs->bs_len;
	bs->bs_next += used;
	bs->bs_len -= used;
}

bool
records_next(struct bpf_records *bs, struct bpf_record *br)
{
	struct bpf_hdr h;
	size_t used;

	memset(&h, 0, sizeof(h));
	if (bs->bs_len < HEADER)
		return false;
	memcpy(&h, bs->bs_next, HEADER);
	used = (size_t)h.bh_hdrlen + h.bh_caplen;
	if (h.bh_hdrlen < HEADER || used > bs->bs_len) {
		bs->bs_len = 0;
		return false;
	}
	br->br_stamp = (uint64_t)h.bh_tstamp.tv_sec * CLOCK_S +
	    (uint64_t)h.bh_tstamp.tv_usec * 1000;
	br->br_bytes = (const uint8_t *)bs->bs_next + h.bh_hdrlen;
	br->br_captured = h.bh_caplen;
	br->br_length = h.bh_datalen;
	advance(bs, used);
	return true;
}
