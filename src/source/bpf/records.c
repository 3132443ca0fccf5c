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

/* Returns a packet's monotonic time, never before the last packet's. */
static uint64_t
monotonic(
    const struct bpf_tally *t, uint64_t stamp, const struct bpf_moment *bm)
{
	uint64_t ago = stamp < bm->bm_real ? bm->bm_real - stamp : 0;
	uint64_t when = ago < bm->bm_now ? bm->bm_now - ago : 0;

	return when < t->bt_last ? t->bt_last : when;
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
	uint64_t when = monotonic(t, stamp, bm);

	count_silence(t, silence(t, stamp, when), when);
	if (t->bt_first == 0)
		t->bt_first = when;
	t->bt_last = when;
	t->bt_stamp = stamp;
}

void
records_count(struct bpf_tally *t, const char *buf, size_t len,
    const struct bpf_moment *bm)
{
	struct bpf_hdr h;
	size_t used;

	memset(&h, 0, sizeof(h));
	while (len >= HEADER) {
		memcpy(&h, buf, HEADER);
		used = (size_t)h.bh_hdrlen + h.bh_caplen;
		if (h.bh_hdrlen < HEADER || used > len)
			return;
		t->bt_packets++;
		t->bt_bytes += h.bh_datalen;
		take_time(t,
		    (uint64_t)h.bh_tstamp.tv_sec * CLOCK_S +
			(uint64_t)h.bh_tstamp.tv_usec * 1000,
		    bm);
		/* The last record is not padded. */
		used = BPF_WORDALIGN(used);
		if (used >= len)
			return;
		buf += used;
		len -= used;
	}
}
