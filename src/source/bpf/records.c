#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <string.h>

#include "base/clock.h"
#include "source/bpf/records.h"

/* What a header has at least; the compiler may think it longer. */
#define HEADER                                 \
	(offsetof(struct bpf_hdr, bh_hdrlen) + \
	    sizeof(((struct bpf_hdr *)NULL)->bh_hdrlen))

/* Clocks differ by less, unless the wall clock was set. */
#define STEP (100 * CLOCK_MS)

/* A packet's time by the monotonic clock, never before the last one. */
static uint64_t
monotonic(
    const struct bpf_tally *t, uint64_t stamp, const struct bpf_moment *bm)
{
	uint64_t ago = stamp < bm->bm_real ? bm->bm_real - stamp : 0;
	uint64_t when = ago < bm->bm_now ? bm->bm_now - ago : 0;

	return when < t->bt_last ? t->bt_last : when;
}

/*
 * The silence before a packet.  The stamps have it exactly; the monotonic
 * clock has it when there is none, or when the wall clock was set meanwhile.
 */
static uint64_t
silence(const struct bpf_tally *t, uint64_t stamp, uint64_t when)
{
	uint64_t gap = when - t->bt_last, exact = stamp - t->bt_stamp;

	if (t->bt_stamp == 0 || stamp < t->bt_stamp)
		return gap;
	return exact < gap + STEP && gap < exact + STEP ? exact : gap;
}

static void
count_silence(struct bpf_tally *t, uint64_t gap, uint64_t when)
{
	struct source_silence *sl = t->bt_silences;

	for (; sl < t->bt_silences + SOURCE_SILENCES; sl++) {
		if (sl->sl_time == 0 || gap < sl->sl_time)
			continue;
		/* What was before it is in use is none of its own. */
		if (t->bt_last >= sl->sl_since ||
		    (when > sl->sl_since && when - sl->sl_since >= sl->sl_time))
			sl->sl_count++;
	}
}

/* Takes the time of a packet, and counts the silence before it. */
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
		/* The last is not padded. */
		used = BPF_WORDALIGN(used);
		if (used >= len)
			return;
		buf += used;
		len -= used;
	}
}
