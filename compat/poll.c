/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/select.h>

#include <errno.h>
#include <string.h>

#include "compat.h"

struct sets {
	fd_set se_in;
	fd_set se_out;
	int se_end; /* highest descriptor + 1 */
};

/* Turns descriptors into sets. */
static int
fill_sets(struct sets *s, const struct pollfd *pfd, nfds_t n)
{
	nfds_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < n; i++) {
		if (pfd[i].fd < 0)
			continue;
		if (pfd[i].fd >= (int)FD_SETSIZE) {
			errno = EINVAL;
			return -1;
		}
		/* poll(2) reports POLLHUP even without any event. */
		if ((pfd[i].events & POLLIN) || pfd[i].events == 0)
			FD_SET(pfd[i].fd, &s->se_in);
		if (pfd[i].events & POLLOUT)
			FD_SET(pfd[i].fd, &s->se_out);
		if (pfd[i].fd >= s->se_end)
			s->se_end = pfd[i].fd + 1;
	}
	return 0;
}

/* Turns sets into events; returns the number of ready descriptors. */
static int
read_sets(const struct sets *s, struct pollfd *pfd, nfds_t n)
{
	nfds_t i;
	int ready = 0;

	for (i = 0; i < n; i++) {
		pfd[i].revents = 0;
		if (pfd[i].fd < 0)
			continue;
		if (FD_ISSET(pfd[i].fd, &s->se_in))
			pfd[i].revents |= POLLIN;
		if (FD_ISSET(pfd[i].fd, &s->se_out))
			pfd[i].revents |= POLLOUT;
		ready += pfd[i].revents != 0;
	}
	return ready;
}

int
compat_ppoll(struct pollfd *pfd, nfds_t n, const struct timespec *timeout,
    const sigset_t *mask)
{
	struct sets s;

	if (fill_sets(&s, pfd, n) == -1)
		return -1;
	if (pselect(s.se_end, &s.se_in, &s.se_out, NULL, timeout, mask) == -1)
		return -1;
	return read_sets(&s, pfd, n);
}

int
compat_poll(struct pollfd *pfd, nfds_t n, int ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	return compat_ppoll(pfd, n, ms < 0 ? NULL : &ts, NULL);
}
