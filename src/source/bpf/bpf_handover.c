/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The BSDs and macOS: hands a source over to another watcher. */
#include <string.h>
#include <unistd.h>

#include "source/bpf/bpf_internal.h"
#include "source/bpf/device.h"
#include "source/bpf/reopen.h"
#include "source/source_state.h"

void
bpf_handover_save(const struct source *s, struct source_state *st)
{
	const struct bpf *b = (const struct bpf *)s;

	st->st_seen = b->b_tally.bt_packets + b->b_dropped;
	st->st_bytes = b->b_tally.bt_bytes;
	st->st_last = b->b_tally.bt_last;
	memcpy(
	    st->st_silences, b->b_tally.bt_silences, sizeof(st->st_silences));
	st->st_drops = b->b_drops;
	st->st_there = b->b_device != -1;
	st->st_untold = b->b_lost;
	st->st_buflen = (uint32_t)b->b_buflen;
	st->st_passed = b->b_own ? b->b_device : -1;
}

/*
 * Chooses the device that counts from now on, inherited by fork(2) or passed,
 * and closes the other.
 */
static void
choose_device(struct bpf *b, const struct source_state *st)
{
	int inherited = b->b_device, passed = st->st_passed;

	b->b_device = -1;
	b->b_own = false;
	if (passed != -1 && st->st_buflen != 0 && st->st_buflen <= BPF_BUFFER &&
	    bpf_adopt(b, passed, st->st_buflen) == 0)
		b->b_own = true;
	else if (passed == -1 && st->st_there)
		b->b_device = inherited;
	if (inherited != -1 && b->b_device != inherited)
		close(inherited);
	if (passed != -1 && b->b_device != passed)
		close(passed);
}

/*
 * Unread records wait in the device.  Without a device, asks the new device
 * opener, which does not know the request to the old one.
 */
void
bpf_handover_load(struct source *s, const struct source_state *st)
{
	struct bpf *b = (struct bpf *)s;

	choose_device(b, st);
	memset(&b->b_tally, 0, sizeof(b->b_tally));
	b->b_tally.bt_packets = st->st_seen;
	b->b_tally.bt_bytes = st->st_bytes;
	b->b_dropped = 0;
	b->b_tally.bt_last = st->st_last;
	memcpy(b->b_tally.bt_silences, st->st_silences,
	    sizeof(b->b_tally.bt_silences));
	b->b_drops = st->st_drops;
	b->b_lost = st->st_untold;
	if (b->b_device != -1)
		return;
	s->s_look_fd = b->b_opener;
	if (b->b_opener != -1)
		(void)reopen_ask(b->b_opener, b->b_number);
}
