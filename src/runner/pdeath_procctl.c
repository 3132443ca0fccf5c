/*
 * FreeBSD and DragonFly: a signal at the death of the parent.  It is for the
 * command alone, what that has started is not reached.
 */
#include <sys/types.h>
#include <sys/procctl.h>

#include <signal.h>
#include <unistd.h>

#include "runner/pdeath.h"

int
pdeath_open(struct pdeath *pd)
{
	pd->pd_runner = getpid();
	pd->pd_reader = -1;
	pd->pd_writer = -1;
	return 0;
}

void
pdeath_close(struct pdeath *pd)
{
	(void)pd;
}

int
pdeath_hold(const struct pdeath *pd)
{
	int sig = SIGKILL;

	if (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) == -1)
		return -1;
	/* Died before it was asked for, it sends none. */
	if (getppid() != pd->pd_runner)
		_exit(127);
	return 0;
}

/* It went with the command. */
int
pdeath_release(const struct pdeath *pd)
{
	(void)pd;
	return 0;
}
