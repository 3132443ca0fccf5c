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
leash_open(struct leash *l)
{
	l->l_runner = getpid();
	l->l_reader = -1;
	l->l_writer = -1;
	return 0;
}

void
leash_close(struct leash *l)
{
	(void)l;
}

int
leash_hold(const struct leash *l)
{
	int sig = SIGKILL;

	if (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) == -1)
		return -1;
	/* Died before it was asked for, it sends none. */
	if (getppid() != l->l_runner)
		_exit(127);
	return 0;
}

/* It went with the command. */
int
leash_release(const struct leash *l)
{
	(void)l;
	return 0;
}
