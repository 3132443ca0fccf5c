/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A pipe whose reading end has O_ASYNC: the kernel signals the owner of the
 * open file description (F_SETOWN) when the end changes, as terminals do with
 * SIGIO.  Here the signal is SIGKILL (F_SETSIG), and the only change is that
 * the writing end closes.  The child makes its own process group the owner,
 * with its own rights, so the runner has nothing to do when it dies.
 *
 * The reading end must still be open when the writing end closes.  A process
 * that exits runs the delayed closes (fput()) with the highest descriptor
 * first (kernel/task_work.c, since 4.3), so the writing end has the higher
 * number.
 *
 * Between clone(2) and execve(2) the child has both ends, too, and the order of
 * the closes is undefined.  But then the child is alone in its group, and
 * PR_SET_PDEATHSIG is enough.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "runner/pdeath.h"

int
pdeath_open(struct pdeath *pd)
{
	int flags, pair[2];

	pd->pd_reader = pd->pd_writer = -1;
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	pd->pd_runner = getpid();
	pd->pd_reader = pair[0];
	pd->pd_writer = fcntl(pair[1], F_DUPFD_CLOEXEC, pair[0] + 1);
	close(pair[1]);
	if (pd->pd_writer == -1)
		return -1;
	if (fcntl(pd->pd_reader, F_SETSIG, SIGKILL) == -1)
		return -1;
	if ((flags = fcntl(pd->pd_reader, F_GETFL)) == -1)
		return -1;
	return fcntl(pd->pd_reader, F_SETFL, flags | O_ASYNC);
}

int
pdeath_hold(const struct pdeath *pd)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	/* If the runner died before the prctl(2), no signal comes. */
	if (getppid() != pd->pd_runner)
		_exit(127);
	return fcntl(pd->pd_reader, F_SETOWN, -getpid());
}

/*
 * Another child that has not executed yet may have copies of both ends, so the
 * group stops being the owner before they are closed.
 */
int
pdeath_close(struct pdeath *pd)
{
	int result = 0, error;

	if (pd->pd_reader != -1)
		result = fcntl(pd->pd_reader, F_SETOWN, 0);
	error = errno;
	if (pd->pd_reader != -1)
		close(pd->pd_reader);
	if (pd->pd_writer != -1)
		close(pd->pd_writer);
	pd->pd_reader = pd->pd_writer = -1;
	errno = error;
	return result;
}
