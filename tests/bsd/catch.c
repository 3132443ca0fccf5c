/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A device receives a packet: filter, counters, buffers, wake-up. */
#include <sys/time.h>

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

#define TICK (SECOND / 100)

unsigned char *
device_buffer(const struct device *d, int which)
{
	return kernel->k_bufs[d - kernel->k_devices][which];
}

void
device_rotate(struct device *d)
{
	d->d_store = !d->d_store;
	d->d_len[d->d_store] = 0;
	d->d_held = d->d_capt;
	d->d_stored_since = 0;
	if (FL_WAIT == WAIT_STATE)
		d->d_timed_out = false;
}

/* Test aid: remembers the time of each k_every th packet. */
static void
mark(struct device *d, uint64_t now)
{
	struct mark *m;

	if (kernel->k_every == 0 || d->d_capt % kernel->k_every != 0 ||
	    d->d_last_mark - d->d_first_mark == 64)
		return;
	m = &d->d_marks[d->d_last_mark++ % 64];
	m->m_count = d->d_capt;
	m->m_time = now;
}

static uint32_t
link_header(unsigned int dlt)
{
	return dlt == DLT_EN10MB	       ? 14 :
	    dlt == DLT_NULL || dlt == DLT_LOOP ? 4 :
						 0;
}

static uint32_t
run_filter(const struct device *d, const unsigned char *packet, uint32_t len)
{
	if (d->d_insns == 0)
		return FL_NO_FILTER_REJECTS ? 0 : UINT32_MAX;
	return bpf_filter(d->d_filter, packet, len, len);
}

/* Stores a record. */
static void
store(struct device *d, uint32_t at, uint32_t hdrlen, uint32_t caplen,
    const unsigned char *packet, uint32_t len)
{
	unsigned char *to = device_buffer(d, d->d_store) + at;
	struct bpf_hdr header;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	memset(&header, 0, sizeof(header));
	header.bh_tstamp.tv_sec =
	    (__typeof__(header.bh_tstamp.tv_sec))ts.tv_sec;
	header.bh_tstamp.tv_usec =
	    (__typeof__(header.bh_tstamp.tv_usec))(ts.tv_nsec / 1000);
	header.bh_caplen = caplen;
	header.bh_datalen = len;
	header.bh_hdrlen = (uint16_t)hdrlen;
	memset(to, 0, hdrlen);
	memcpy(to, &header, SIZEOF_BPF_HDR);
	memcpy(to + hdrlen, packet, caplen);
	d->d_len[d->d_store] = at + hdrlen + caplen;
}

/* Returns true if a packet in a buffer that is not full wakes a poll. */
static bool
wakes(struct device *d, uint64_t now)
{
	switch (FL_WAIT) {
	case WAIT_TICK:
		if (d->d_immediate)
			return true;
		if (d->d_waits_since == 0 || d->d_len[!d->d_store] != 0 ||
		    now < d->d_waits_since + d->d_timeout + TICK)
			return false;
		d->d_waits_since = 0;
		return true; /* the caller rotates */
	case WAIT_STATE:
		if (d->d_immediate || d->d_delay == 0)
			d->d_timed_out = true;
		else if (d->d_delay != NEVER && d->d_stored_since == 0)
			d->d_stored_since = now;
		return d->d_timed_out || d->d_stored_since == now;
	default:
		return d->d_immediate || d->d_timed_out;
	}
}

bool
device_catch(struct device *d, int direction, const unsigned char *packet,
    uint32_t len, uint64_t now)
{
	unsigned int dlt = kernel->k_ifaces[d->d_iface].if_dlt;
	uint32_t snap, at, total, hdrlen;
	bool woken = false;

	/* Systems count bs_recv before or after the direction check. */
	d->d_recv += !FL_RECV_AFTER;
	if (d->d_leave_out[direction])
		return false;
	d->d_recv += FL_RECV_AFTER;
	if ((snap = run_filter(d, packet, len)) == 0)
		return false;
	d->d_capt++;
	mark(d, now);
	if (snap > len)
		snap = len;
	hdrlen = (uint32_t)(BPF_WORDALIGN(SIZEOF_BPF_HDR + link_header(dlt)) -
	    link_header(dlt));
	total = hdrlen + snap;
	if (total > d->d_size)
		total = d->d_size;
	at = (uint32_t)BPF_WORDALIGN(d->d_len[d->d_store]);
	if (at + total > d->d_size) {
		if (d->d_len[!d->d_store] != 0) {
			d->d_drop++;
			return false;
		}
		device_rotate(d);
		/* This packet goes to the store, not the hold. */
		d->d_held--;
		woken = true;
		at = 0;
	}
	store(d, at, hdrlen, total - hdrlen, packet, len);
	if (!woken && wakes(d, now)) {
		woken = true;
		if (FL_WAIT == WAIT_TICK && !d->d_immediate)
			device_rotate(d);
	}
	return woken;
}
