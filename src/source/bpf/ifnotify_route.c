/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/if.h>
#include <net/route.h>

#include <errno.h>
#include <unistd.h>

#include "source/bpf/ifnotify_route.h"

/* Maximum of messages discarded at once; more of them wake again. */
#define DRAIN_MAX 64

/*
 * Limits the socket to messages about interfaces, where the kernel can do so: a
 * router has many messages about routes.
 */
static int
interfaces_only(int fd)
{
#if defined(ROUTE_MSGFILTER) && defined(RTM_IFANNOUNCE)
	unsigned int filter =
	    ROUTE_FILTER(RTM_IFANNOUNCE) | ROUTE_FILTER(RTM_IFINFO);

	return setsockopt(
	    fd, PF_ROUTE, ROUTE_MSGFILTER, &filter, sizeof(filter));
#elif defined(RO_MSGFILTER) && defined(RTM_IFANNOUNCE)
	unsigned char types[] = { RTM_IFANNOUNCE, RTM_IFINFO };

	return setsockopt(fd, PF_ROUTE, RO_MSGFILTER, types, sizeof(types));
#else
	(void)fd;
	return 0;
#endif
}

int
ifnotify_open(void)
{
	int fd;

	fd = socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Old kernels have no such filter: more wake-ups. */
	if (fd != -1)
		(void)interfaces_only(fd);
	return fd;
}

bool
ifnotify_announces(void)
{
#ifdef RTM_IFANNOUNCE
	return true;
#else
	return false;
#endif
}

void
ifnotify_drain(int fd)
{
	char message[2048];
	int i;

	/* ENOBUFS is an overflow, not the end of the messages. */
	for (i = 0; i < DRAIN_MAX; i++)
		if (read(fd, message, sizeof(message)) == -1 &&
		    errno != ENOBUFS && errno != EINTR)
			break;
}
