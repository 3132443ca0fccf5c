/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compat.h"

#define FLAGS (SOCK_CLOEXEC | SOCK_NONBLOCK)

static int
set_flags(int fd, int type)
{
	if ((type & SOCK_CLOEXEC) && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	if ((type & SOCK_NONBLOCK) && fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	return 0;
}

int
compat_socket(int domain, int type, int protocol)
{
	int fd, saved;

	if ((fd = (socket)(domain, type & ~FLAGS, protocol)) == -1)
		return -1;
	if (set_flags(fd, type) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
compat_socketpair(int domain, int type, int protocol, int pair[2])
{
	int saved;

	if ((socketpair)(domain, type & ~FLAGS, protocol, pair) == -1)
		return -1;
	if (set_flags(pair[0], type) == 0 && set_flags(pair[1], type) == 0)
		return 0;
	saved = errno;
	close(pair[0]);
	close(pair[1]);
	errno = saved;
	return -1;
}

int
compat_accept4(int listener, struct sockaddr *addr, socklen_t *len, int flags)
{
	int fd, saved;

	if ((fd = accept(listener, addr, len)) == -1)
		return -1;
	if (set_flags(fd, flags) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
