/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compat.h"

static int
set_flags(int fd, int flags)
{
	if ((flags & O_CLOEXEC) && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	if ((flags & O_NONBLOCK) && fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	return 0;
}

int
compat_pipe2(int pair[2], int flags)
{
	int saved;

	if (pipe(pair) == -1)
		return -1;
	if (set_flags(pair[0], flags) == 0 && set_flags(pair[1], flags) == 0)
		return 0;
	saved = errno;
	close(pair[0]);
	close(pair[1]);
	errno = saved;
	return -1;
}
