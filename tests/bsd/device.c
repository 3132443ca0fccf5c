/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* System calls on a device.  The callers hold the lock. */
#include <sys/ioctl.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

void
device_reset(struct device *d)
{
	memset(d, 0, sizeof(*d));
	d->d_iface = -1;
	d->d_size = FL_BUFFER;
	d->d_delay = NEVER;
}

/* Empties the buffers and resets the counters: BIOCFLUSH, BIOCSETF, BIOCSETIF.
 */
static void
flush(struct device *d)
{
	d->d_len[0] = d->d_len[1] = 0;
	d->d_recv = d->d_drop = d->d_capt = 0;
	d->d_held = 0;
	d->d_first_mark = d->d_last_mark = 0;
	d->d_stored_since = 0;
	d->d_timed_out = false;
}

static int
fail(int error)
{
	errno = error;
	return -1;
}

static int
set_interface(struct device *d, const struct ifreq *ifr)
{
	int i;

	for (i = 0; i < IFACES; i++)
		if (kernel->k_ifaces[i].if_name[0] != '\0' &&
		    strncmp(kernel->k_ifaces[i].if_name, ifr->ifr_name,
			IFNAMSIZ) == 0)
			break;
	if (i == IFACES)
		return fail(ENXIO);
	d->d_iface = i;
	d->d_gone = false;
	flush(d);
	return 0;
}

static int
set_filter(struct device *d, const struct bpf_program *p)
{
	if (p->bf_len > BPF_MAXINSNS ||
	    (p->bf_len > 0 && !bpf_validate(p->bf_insns, (int)p->bf_len)))
		return fail(EINVAL);
	d->d_insns = p->bf_len;
	if (p->bf_len > 0)
		memcpy(d->d_filter, p->bf_insns,
		    p->bf_len * sizeof(d->d_filter[0]));
	flush(d);
	return 0;
}

static int
set_size(struct device *d, u_int *size)
{
	if (d->d_iface != -1)
		return fail(EINVAL);
	if (*size > FL_BUFFER_MAX)
		*size = FL_BUFFER_MAX;
	if (*size < BPF_MINBUFSIZE)
		*size = BPF_MINBUFSIZE;
	d->d_size = *size;
	return 0;
}

static void
get_stat(const struct device *d, struct bpf_stat *bs)
{
	memset(bs, 0, sizeof(*bs));
	bs->bs_recv = (__typeof__(bs->bs_recv))d->d_recv;
	bs->bs_drop = (__typeof__(bs->bs_drop))d->d_drop;
#ifdef HAVE_BS_CAPT
	bs->bs_capt = d->d_capt;
#endif
}

static uint64_t
nanoseconds(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * SECOND + (uint64_t)tv->tv_usec * 1000;
}

/* Each system has another ioctl for the direction. */
static int
set_direction(struct device *d, unsigned long request, u_int value)
{
	switch (request) {
#ifdef BIOCSDIRFILT
	case BIOCSDIRFILT:
		if (value > (BPF_DIRECTION_IN | BPF_DIRECTION_OUT))
			return fail(EINVAL);
		d->d_leave_out[IN] = (value & BPF_DIRECTION_IN) != 0;
		d->d_leave_out[OUT] = (value & BPF_DIRECTION_OUT) != 0;
		return 0;
#endif
#ifdef BIOCSDIRECTION
	case BIOCSDIRECTION:
		if (value != BPF_D_IN && value != BPF_D_OUT &&
		    value != BPF_D_INOUT)
			return fail(EINVAL);
		d->d_leave_out[IN] = value == BPF_D_OUT;
		d->d_leave_out[OUT] = value == BPF_D_IN;
		return 0;
#endif
#ifdef BIOCSSEESENT
	case BIOCSSEESENT:
		d->d_leave_out[OUT] = value == 0;
		return 0;
#endif
	default:
		return fail(ENOTTY);
	}
}

/* Returns true if BIOCLOCK allows the request. */
static bool
allowed_locked(unsigned long request)
{
	switch (request) {
	case BIOCGBLEN:
	case BIOCFLUSH:
	case BIOCGDLT:
	case BIOCGETIF:
	case BIOCGRTIMEOUT:
	case BIOCSRTIMEOUT:
	case BIOCGSTATS:
	case BIOCIMMEDIATE:
	case BIOCVERSION:
	case FIONREAD:
#ifdef BIOCLOCK
	case BIOCLOCK:
#endif
#ifdef BIOCSWTIMEOUT
	case BIOCSWTIMEOUT:
	case BIOCGWTIMEOUT:
	case BIOCDWTIMEOUT:
#endif
#ifdef BIOCGDIRFILT
	case BIOCGDIRFILT:
#endif
		return true;
	case FIONBIO:
		return FL_LOCKED_FIONBIO;
	default:
		return false;
	}
}

/* Requests that need an interface. */
static int
ask_interface(const struct device *d, unsigned long request, void *arg)
{
	const struct iface *i;

	if (d->d_iface == -1)
		return fail(EINVAL);
	i = &kernel->k_ifaces[d->d_iface];
	if (request == BIOCGDLT)
		*(u_int *)arg = i->if_dlt;
	else
		memcpy(((struct ifreq *)arg)->ifr_name, i->if_name, IFNAMSIZ);
	return 0;
}

int
device_ioctl(struct device *d, unsigned long request, void *arg)
{
	if (d->d_gone && FL_GONE_IOCTL != 0)
		return fail(FL_GONE_IOCTL);
	if (FL_WAIT == WAIT_TIMER) {
		d->d_waits_since = 0;
		d->d_timed_out = false;
	}
	if (d->d_locked && (FL_LOCK_BINDS_ROOT || geteuid() != 0) &&
	    !allowed_locked(request))
		return fail(EPERM);
	switch (request) {
	case BIOCVERSION:
		*(struct bpf_version *)arg =
		    (struct bpf_version){ BPF_MAJOR_VERSION,
			    BPF_MINOR_VERSION };
		return 0;
	case BIOCGBLEN:
		*(u_int *)arg = d->d_size;
		return 0;
	case BIOCSBLEN:
		return set_size(d, arg);
	case BIOCSETF:
		return set_filter(d, arg);
	case BIOCFLUSH:
		flush(d);
		return 0;
	case BIOCGDLT:
	case BIOCGETIF:
		return ask_interface(d, request, arg);
	case BIOCSETIF:
		return set_interface(d, arg);
	case BIOCSRTIMEOUT:
		d->d_timeout = nanoseconds(arg);
		return 0;
	case BIOCGSTATS:
		get_stat(d, arg);
		return 0;
	case BIOCIMMEDIATE:
		d->d_immediate = *(u_int *)arg != 0;
		return 0;
	case FIONBIO:
		return 0; /* the caller sets the flag of the socket */
	case FIONREAD:
		*(int *)arg = (int)(d->d_len[0] + d->d_len[1]);
		return 0;
#ifdef BIOCLOCK
	case BIOCLOCK:
		d->d_locked = true;
		return 0;
#endif
#ifdef BIOCSWTIMEOUT
	case BIOCSWTIMEOUT:
		if (nanoseconds(arg) > 300 * SECOND)
			return fail(EINVAL);
		d->d_delay = nanoseconds(arg);
		return 0;
	case BIOCDWTIMEOUT:
		d->d_delay = NEVER;
		return 0;
#endif
	default:
		return set_direction(
		    d, request, arg == NULL ? 0 : *(u_int *)arg);
	}
}

/* Returns true if the device is readable. */
static bool
ready(const struct device *d)
{
	if (d->d_len[!d->d_store] != 0)
		return true;
	if (d->d_len[d->d_store] == 0)
		return false;
	/* OpenBSD: packets queued before immediate mode do not wake. */
	if (FL_WAIT == WAIT_STATE)
		return d->d_timed_out;
	return d->d_immediate || d->d_timed_out;
}

/* Ends the timeout of a poll, or WAIT_STATE's delay, if it has passed. */
static void
expire(struct device *d, uint64_t now)
{
	if (FL_WAIT == WAIT_STATE) {
		if (d->d_stored_since != 0 && d->d_delay != NEVER &&
		    now >= d->d_stored_since + d->d_delay)
			d->d_timed_out = true;
	} else if (FL_WAIT == WAIT_TIMER && d->d_waits_since != 0 &&
	    d->d_timeout != 0 && now >= d->d_waits_since + d->d_timeout) {
		d->d_waits_since = 0;
		d->d_timed_out = true;
	}
}

void
device_poll_begins(struct device *d)
{
	if (d->d_waits_since == 0 && !d->d_timed_out)
		d->d_waits_since = kernel_now();
}

short
device_poll(struct device *d, short events, uint64_t *until)
{
	uint64_t now = kernel_now(), end = NEVER;

	if (d->d_gone && (!FL_GONE_KEEPS || !ready(d)))
		return FL_GONE_POLL & (short)(events | POLLHUP);
	expire(d, now);
	if (ready(d))
		return events & POLLIN;
	if (FL_WAIT == WAIT_STATE && d->d_stored_since != 0)
		end = d->d_stored_since + d->d_delay;
	else if (FL_WAIT == WAIT_TIMER && d->d_waits_since != 0 &&
	    d->d_timeout != 0)
		end = d->d_waits_since + d->d_timeout;
	if (end < *until)
		*until = end;
	return 0;
}

/* Test aid: records the delays of marked packets at their read. */
static void
take_marks(struct device *d)
{
	const struct mark *m;
	uint64_t now = kernel_now();

	while (d->d_first_mark != d->d_last_mark) {
		m = &d->d_marks[d->d_first_mark % 64];
		if (m->m_count > d->d_held)
			return;
		if (kernel->k_nlates < LATES)
			kernel->k_lates[kernel->k_nlates++] = now - m->m_time;
		d->d_first_mark++;
	}
}

/* Returns true if read(2) takes a store that is not full. */
static bool
takes_store(const struct device *d)
{
	/* OpenBSD: a non-blocking read does, always. */
	return d->d_len[d->d_store] != 0 &&
	    (d->d_immediate || d->d_timed_out || FL_EMPTY_READ == 0);
}

ssize_t
device_read(struct device *d, void *buf, size_t len, bool *wait)
{
	int hold;
	ssize_t n;

	*wait = false;
	if (d->d_iface == -1 && !d->d_gone)
		return fail(ENXIO);
	if (d->d_gone && !FL_GONE_KEEPS)
		return fail(FL_GONE_READ);
	if (len != d->d_size)
		return fail(EINVAL);
	expire(d, kernel_now());
	if (FL_WAIT == WAIT_TIMER)
		d->d_waits_since = 0;
	if (d->d_len[!d->d_store] == 0 && takes_store(d))
		device_rotate(d);
	if (FL_WAIT != WAIT_STATE)
		d->d_timed_out = false;
	hold = !d->d_store;
	if (d->d_len[hold] == 0) {
		if (d->d_gone)
			return fail(FL_GONE_READ);
		*wait = true;
		return FL_EMPTY_READ == 0 ? 0 : fail(EAGAIN);
	}
	memcpy(buf, device_buffer(d, hold), d->d_len[hold]);
	n = (ssize_t)d->d_len[hold];
	d->d_len[hold] = 0;
	take_marks(d);
	return n;
}
