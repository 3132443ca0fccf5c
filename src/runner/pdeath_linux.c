/*
 * A pipe whose reading end asks for a signal when something happens to it, as
 * terminals do with SIGIO; here the signal is SIGKILL, and all that can happen
 * is that the writing end goes away.  The owner is kept with the open file
 * description, so that a command can name itself, and that with its own
 * rights, and nothing is left to do by the runner when it dies.
 *
 * The reading end has to be there still when the writing end goes.  What a
 * process that ends has for itself is released the last descriptor first
 * (kernel/job_work.c, since 4.3), and the writing end has the higher number.
 * Between vfork(2) and exec(2) the child has both ends, too, and nobody knows
 * who lets go of which last.  But then it is alone in its group, and a signal
 * at the death of its parent will do.
 */
#include <sys/prctl.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "runner/pdeath.h"

int
pdeath_open(struct pdeath *pd)
{
	int flags, pair[2];

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

void
pdeath_close(struct pdeath *pd)
{
	if (pd->pd_reader != -1)
		close(pd->pd_reader);
	if (pd->pd_writer != -1)
		close(pd->pd_writer);
	pd->pd_reader = pd->pd_writer = -1;
}

int
pdeath_hold(const struct pdeath *pd)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	/* Died before it was asked for, it sends none. */
	if (getppid() != pd->pd_runner)
		_exit(127);
	return fcntl(pd->pd_reader, F_SETOWN, -getpid());
}

int
pdeath_release(const struct pdeath *pd)
{
	return fcntl(pd->pd_reader, F_SETOWN, 0);
}
