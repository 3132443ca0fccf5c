/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * spawn() with fork(2), which unlike vfork(2) does not wait for execve(2), and
 * a close-on-exec pipe that shows when execve(2) is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "runner/spawn.h"

pid_t
spawn_fork(const struct spawn *sp)
{
	struct pollfd pfd = { .events = POLLIN };
	int pair[2], saved;
	pid_t pid;

	sp->sp_status->ss_error = 0;
	sp->sp_status->ss_late = 0;
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0) {
		sp->sp_status->ss_error = spawn_prepare(sp);
		if (sp->sp_status->ss_error == 0) {
			execve(sp->sp_path, sp->sp_argv, sp->sp_env);
			sp->sp_status->ss_error = errno;
		}
		_exit(127);
	}
	saved = errno;
	close(pair[1]);
	pfd.fd = pair[0];
	/* If poll(2) fails, ss_error is still read after the child's exit. */
	if (pid != -1)
		sp->sp_status->ss_late = poll(&pfd, 1, SPAWN_WAIT_MS) == 0;
	close(pair[0]);
	errno = saved;
	return pid;
}
