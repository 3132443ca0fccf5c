/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The BSDs and macOS: counts an interface by a bpf(4) device.  The filter keeps
 * a byte of each packet, or the bytes that the keys of tables need.  The count
 * is the records that were read plus the packets for which the kernel's buffer
 * had no room.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/bpf.h>
#include <net/if.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/source_message.h"
#include "source/bpf/bpf_internal.h"
#include "source/bpf/keys_bpf.h"
#include "source/bpf/records.h"
#include "source/listener.h"
#include "source/source.h"
#include "source/source_kind.h"

/*
 * Long rest between two reads where packets are counted by key: the key of a
 * packet for which the buffer has no room is unknown.
 */
#define KEYS_REST (10 * CLOCK_MS)

/* Between two looks at the device, however many notices come. */
#define LOOK_REST (100 * CLOCK_MS)

void
bpf_lose(struct bpf *b)
{
	close(b->b_device);
	b->b_device = -1;
	b->b_lost = true;
	b->b_source.s_look_at = 0;
	b->b_source.s_asks = !b->b_forsaken;
}

/* Returns 0; or -1 and ENXIO if the source cannot count any more. */
static int
check_device(const struct bpf *b)
{
	errno = ENXIO;
	return b->b_device == -1 && b->b_forsaken ? -1 : 0;
}

static int
bpf_sample(struct source *s, uint64_t now, struct source_count *count)
{
	struct bpf *b = (struct bpf *)s;
	size_t i;

	/* Another source of the rule may have read all devices. */
	if (b->b_nkeys == 0 || b->b_turn != now)
		bpf_read(b, now);
	count->sc_packets = b->b_tally.bt_packets + b->b_dropped;
	count->sc_bytes = b->b_tally.bt_bytes;
	count->sc_last = b->b_tally.bt_last;
	count->sc_woke = b->b_tally.bt_first;
	for (i = 0; i < SOURCE_SILENCES; i++)
		count->sc_silences[i] = b->b_tally.bt_silences[i].sl_count;
	return check_device(b);
}

/* A packet that came after the sample has made the device readable. */
static bool
bpf_wake_at(struct source *s, const struct source_count *wanted, uint64_t now)
{
	struct bpf *b = (struct bpf *)s;
	uint64_t seen = b->b_tally.bt_packets + b->b_dropped;
	bool awaited = wanted->sc_packets != UINT64_MAX ||
	    wanted->sc_bytes != UINT64_MAX ||
	    keys_bpf_awaits(b->b_keys, b->b_nkeys);

	b->b_tally.bt_first = 0;
	s->s_fd = -1;
	s->s_at = CLOCK_NEVER;
	s->s_look_fd = b->b_device == -1 ? -1 : b->b_notice;
	if (b->b_device == -1)
		return false;
	(void)listener_turn(&b->b_listener, awaited, now);
	s->s_at = listener_until(&b->b_listener, awaited, now);
	if (s->s_at == CLOCK_NEVER)
		s->s_fd = b->b_device;
	return seen >= wanted->sc_packets ||
	    b->b_tally.bt_bytes >= wanted->sc_bytes;
}

static bool
bpf_count_silences(struct source *s, size_t slot, uint64_t time, uint64_t since)
{
	const struct bpf_silence sl = { .sl_time = time, .sl_since = since };

	((struct bpf *)s)->b_tally.bt_silences[slot] = sl;
	return true;
}

static void
bpf_feed(
    struct source *s, struct source *const *sources, size_t n, size_t nkeys)
{
	struct bpf *b = (struct bpf *)s;

	b->b_sources = sources;
	b->b_nsources = n;
	b->b_keys = sources + n;
	b->b_nkeys = nkeys;
	b->b_listener.li_rest = KEYS_REST;
}

int
bpf_adopt(struct bpf *b, const struct source_device *sd)
{
	char *buffer;

	if ((buffer = realloc(b->b_buffer, sd->sd_buflen)) == NULL)
		return -1;
	b->b_buffer = buffer;
	b->b_buflen = sd->sd_buflen;
	b->b_link = sd->sd_link;
	b->b_device = sd->sd_fd;
	b->b_drops = 0;
	b->b_listener.li_resting = false;
	b->b_lost = false;
	return 0;
}

/* Returns false if the device's interface was renamed or destroyed. */
static bool
is_attached(const struct bpf *b)
{
#ifdef BIOCSDIRFILT
	/*
	 * OpenBSD: pledge(2) does not allow BIOCGETIF.  It is not needed:
	 * interfaces are never renamed, and read(2) fails after a destruction.
	 */
	(void)b;
	return true;
#else
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	return ioctl(b->b_device, BIOCGETIF, &ifr) == 0 &&
	    strncmp(ifr.ifr_name, b->b_name, sizeof(ifr.ifr_name)) == 0;
#endif
}

/* Looks at an open device after a notice. */
static enum source_change
look_at_device(struct bpf *b, uint64_t now)
{
	b->b_source.s_look_at = now + LOOK_REST;
	/* Closing the device discards its records: count them first. */
	bpf_read(b, now);
	if (b->b_device != -1 && !is_attached(b))
		bpf_lose(b);
	return check_device(b) == -1 ? SOURCE_ERROR : SOURCE_SAME;
}

static enum source_change
bpf_look(struct source *s, uint64_t now)
{
	struct bpf *b = (struct bpf *)s;

	return b->b_device == -1 ? SOURCE_SAME : look_at_device(b, now);
}

static enum source_change
bpf_take_device(struct source *s, uint64_t now, const struct source_device *sd)
{
	struct bpf *b = (struct bpf *)s;
	bool lost = b->b_lost;

	if (sd->sd_fd == -1) {
		b->b_lost = false;
		return lost ? SOURCE_GONE : SOURCE_SAME;
	}
	if (b->b_device != -1 || bpf_adopt(b, sd) == -1) {
		if (b->b_device != -1)
			errno = EBADMSG;
		close(sd->sd_fd);
		return SOURCE_ERROR;
	}
	s->s_look_at = now + LOOK_REST;
	return SOURCE_BACK;
}

static size_t
bpf_sockets(const struct source *s, int *socks)
{
	socks[0] = ((const struct bpf *)s)->b_device;
	return socks[0] != -1;
}

/* Numbers of the message: bytes for each read(2), link type. */
static size_t
bpf_send(const struct source *s, struct source_message *sm, int *fds)
{
	const struct bpf *b = (const struct bpf *)s;

	strlcpy(sm->sm_name, b->b_name, sizeof(sm->sm_name));
	sm->sm_numbers[0] = (uint32_t)b->b_buflen;
	sm->sm_numbers[1] = (uint32_t)b->b_link;
	return bpf_sockets(s, fds);
}

/* A device that has lost its interface is free once all have closed it. */
static void
bpf_lend(struct source *s)
{
	struct bpf *b = (struct bpf *)s;

	if (b->b_device != -1)
		close(b->b_device);
	b->b_device = -1;
}

static void
bpf_close(struct source *s)
{
	struct bpf *b = (struct bpf *)s;

	if (b->b_device != -1)
		close(b->b_device);
	free(b->b_compiled.bc_insns);
	free(b->b_buffer);
	free(b);
}

const struct source_ops bpf_ops = {
	.so_sample = bpf_sample,
	.so_wake_at = bpf_wake_at,
	.so_silence = bpf_count_silences,
	.so_look = bpf_look,
	.so_sockets = bpf_sockets,
	.so_reopen = bpf_open_again,
	.so_adopt = bpf_take_device,
	.so_lend = bpf_lend,
	.so_send = bpf_send,
	.so_close = bpf_close,
	.so_feed = bpf_feed,
};
