/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <fcntl.h>
#include <paths.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/detach.h"

void
detach(int keep)
{
	/* Children of the opener inherit this; their sandbox forbids open. */
	static bool done;
	int fd, null;

	if (setsid() == -1)
		err(1, "session");
	if (done)
		return;
	if ((null = open(_PATH_DEVNULL, O_RDWR | O_CLOEXEC)) == -1)
		err(1, _PATH_DEVNULL);
	for (fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
		if (fd != keep && dup2(null, fd) == -1)
			err(1, _PATH_DEVNULL);
	close(null);
	done = true;
}

void
detach_error(void)
{
	/* No message: a sandbox may kill a process that writes one. */
	if (dup2(STDOUT_FILENO, STDERR_FILENO) == -1)
		_exit(1);
}
