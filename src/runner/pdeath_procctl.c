/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * FreeBSD and DragonFly: procctl(2) PROC_PDEATHSIG_CTL.  The signal reaches the
 * command itself, not the processes that the command has started.
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

int
pdeath_hold(const struct pdeath *pd)
{
	int sig = SIGKILL;

	if (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) == -1)
		return -1;
	/* If the runner died before the procctl(2), no signal comes. */
	if (getppid() != pd->pd_runner)
		_exit(127);
	return 0;
}

/* The setting ended with the command. */
int
pdeath_close(struct pdeath *pd)
{
	(void)pd;
	return 0;
}
