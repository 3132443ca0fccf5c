/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * poll(2), ppoll(2), select(2) and pselect(2).  A datagram in a device's socket
 * wakes the poll; the events come from the device.  Counts each return.
 */
#include <sys/select.h>
#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "kernel.h"
#include "model.h"

#define EXPORT __attribute__((visibility("default")))
#define FDS    64

struct waiting {
	struct pollfd *w_pfd;
	nfds_t w_n;
	struct device *w_devices[FDS];
	bool w_refused[FDS];
	uint64_t w_until;
};

/* Sets the events of devices; returns how many are ready. */
static int
look(struct waiting *w)
{
	nfds_t i;
	int n = 0;

	w->w_until = NEVER;
	kernel_lock();
	for (i = 0; i < w->w_n; i++) {
		if (w->w_refused[i])
			w->w_pfd[i].revents = POLLNVAL;
		else if (w->w_devices[i] != NULL)
			w->w_pfd[i].revents = device_poll(
			    w->w_devices[i], w->w_pfd[i].events, &w->w_until);
		else
			continue;
		n += w->w_pfd[i].revents != 0;
	}
	kernel_unlock();
	return n;
}

/*
 * Waits once, for datagrams of devices and for other descriptors.  Returns how
 * many other descriptors are ready, or -1 and errno.
 */
static int
wait_once(struct waiting *w, uint64_t until, const sigset_t *mask)
{
	struct pollfd copy[FDS];
	uint64_t now = kernel_now();
	struct timespec ts = { 0, 0 };
	nfds_t i;
	int n = 0;

	memcpy(copy, w->w_pfd, w->w_n * sizeof(copy[0]));
	for (i = 0; i < w->w_n; i++)
		if (w->w_devices[i] != NULL)
			copy[i].events = POLLIN;
	if (until > now && until != NEVER) {
		ts.tv_sec = (time_t)((until - now) / SECOND);
		ts.tv_nsec = (long)((until - now) % SECOND);
	}
	if (syscall(SYS_ppoll, copy, w->w_n, until == NEVER ? NULL : &ts, mask,
		(size_t)8) == -1)
		return -1;
	for (i = 0; i < w->w_n; i++) {
		if (w->w_devices[i] == NULL && !w->w_refused[i]) {
			w->w_pfd[i].revents = copy[i].revents;
			n += copy[i].revents != 0;
		} else if (w->w_devices[i] != NULL && copy[i].revents != 0) {
			kernel_lock();
			model_drain(copy[i].fd, w->w_devices[i]);
			kernel_unlock();
		}
	}
	return n;
}

static void
begin_wait(struct waiting *w, bool select_like)
{
	nfds_t i;

	memset(w->w_devices, 0, sizeof(w->w_devices));
	memset(w->w_refused, 0, sizeof(w->w_refused));
	for (i = 0; i < w->w_n; i++) {
		w->w_pfd[i].revents = 0;
		if (w->w_pfd[i].fd < 0)
			continue;
		w->w_devices[i] = model_device(w->w_pfd[i].fd);
		w->w_refused[i] =
		    confine_use(w->w_pfd[i].fd, USE_EVENT) == -1 ||
		    (w->w_devices[i] != NULL && !FL_POLL && !select_like);
		if (w->w_refused[i] || w->w_devices[i] == NULL)
			continue;
		kernel_lock();
		device_poll_begins(w->w_devices[i]);
		kernel_unlock();
	}
}

static int
wait_for(struct pollfd *pfd, nfds_t n, uint64_t deadline, const sigset_t *mask,
    bool select_like)
{
	struct waiting w = { .w_pfd = pfd, .w_n = n };
	int devices = 0, others;

	if (n > FDS)
		abort();
	begin_wait(&w, select_like);
	do {
		devices = look(&w);
		others = wait_once(&w,
		    devices > 0		     ? 0 :
			w.w_until < deadline ? w.w_until :
					       deadline,
		    mask);
		if (others == -1)
			break;
		devices = look(&w);
	} while (devices + others == 0 && kernel_now() < deadline);
	model_count(CALL_POLL);
	if (devices > 0 || others == 0) {
		kernel_lock();
		kernel_wakeup(getpid());
		kernel_unlock();
	}
	return others == -1 ? -1 : devices + others;
}

static uint64_t
deadline_of(const struct timespec *ts)
{
	return ts == NULL ? NEVER :
			    kernel_now() + (uint64_t)ts->tv_sec * SECOND +
		(uint64_t)ts->tv_nsec;
}

EXPORT int
ppoll(struct pollfd *pfd, nfds_t n, const struct timespec *ts,
    const sigset_t *mask)
{
	struct timespec copy;

	if (kernel != NULL)
		return wait_for(pfd, n, deadline_of(ts), mask, false);
	if (ts != NULL)
		copy = *ts;
	return (int)syscall(
	    SYS_ppoll, pfd, n, ts == NULL ? NULL : &copy, mask, (size_t)8);
}

EXPORT int
poll(struct pollfd *pfd, nfds_t n, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	return ppoll(pfd, n, ms < 0 ? NULL : &ts, NULL);
}

int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(
    struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);

EXPORT int
__poll_chk(struct pollfd *pfd, nfds_t n, int ms, size_t room)
{
	if (n * sizeof(*pfd) > room)
		abort();
	return poll(pfd, n, ms);
}

EXPORT int
__ppoll_chk(struct pollfd *pfd, nfds_t n, const struct timespec *ts,
    const sigset_t *mask, size_t room)
{
	if (n * sizeof(*pfd) > room)
		abort();
	return ppoll(pfd, n, ts, mask);
}

static short
wanted(int fd, const fd_set *r, const fd_set *w)
{
	return (short)((r != NULL && FD_ISSET(fd, r) ? POLLIN : 0) |
	    (w != NULL && FD_ISSET(fd, w) ? POLLOUT : 0));
}

EXPORT int
pselect(int nfds, fd_set *r, fd_set *w, fd_set *e, const struct timespec *ts,
    const sigset_t *mask)
{
	struct pollfd pfd[FDS];
	struct pollfd *p = pfd, *i;
	int bits = 0, fd;

	for (fd = 0; fd < nfds && p < pfd + FDS; fd++)
		if (wanted(fd, r, w) != 0)
			*p++ = (struct pollfd){ fd, wanted(fd, r, w), 0 };
	if (wait_for(pfd, (nfds_t)(p - pfd), deadline_of(ts), mask, true) == -1)
		return -1;
	if (r != NULL)
		FD_ZERO(r);
	if (w != NULL)
		FD_ZERO(w);
	if (e != NULL)
		FD_ZERO(e);
	for (i = pfd; i < p; i++) {
		if (i->events & POLLIN && i->revents & ~POLLOUT) {
			FD_SET(i->fd, r);
			bits++;
		}
		if (i->events & POLLOUT && i->revents & ~POLLIN) {
			FD_SET(i->fd, w);
			bits++;
		}
	}
	return bits;
}

EXPORT int
select(int nfds, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv)
{
	struct timespec ts = { 0, 0 };

	if (tv != NULL) {
		ts.tv_sec = tv->tv_sec;
		ts.tv_nsec = tv->tv_usec * 1000;
	}
	return pselect(nfds, r, w, e, tv == NULL ? NULL : &ts, NULL);
}
