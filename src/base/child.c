/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "base/child.h"

pid_t
child_wait(pid_t pid, int *status, int options)
{
	pid_t result;

	do {
		result = waitpid(pid, status, options);
	} while (result == -1 && errno == EINTR);
	return result;
}

int
child_end(pid_t pid)
{
	pid_t ended;
	int status;

	/* 0: the child runs.  -1: not a child, so the number is not ours. */
	if ((ended = child_wait(pid, &status, WNOHANG)) == 0 &&
	    kill(pid, SIGKILL) == 0)
		ended = child_wait(pid, &status, 0);
	return ended == pid ? status : -1;
}
