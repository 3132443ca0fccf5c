#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <string.h>

#include "bpf_records.h"
#include "clock.h"

/* What a header has at least; the compiler may think it longer. */
#define HEADER                                 \
	(offsetof(struct bpf_hdr, bh_hdrlen) + \
	    sizeof(((struct bpf_hdr *)NULL)->bh_hdrlen))

void
bpf_records(struct bpf_tally *t, const char *buf, size_t len)
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
		t->bt_last = (uint64_t)h.bh_tstamp.tv_sec * CLOCK_S +
		    (uint64_t)h.bh_tstamp.tv_usec * 1000;
		/* The last is not padded. */
		used = BPF_WORDALIGN(used);
		if (used >= len)
			return;
		buf += used;
		len -= used;
	}
}
