/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* procctl(2) of FreeBSD and DragonFly by prctl(2) of Linux. */
#include <sys/prctl.h>
#include <sys/procctl.h>

#include <errno.h>

int
procctl(idtype_t type, id_t id, int command, void *arg)
{
	(void)type;
	(void)id;
	switch (command) {
	case PROC_TRACE_CTL:
		return prctl(PR_SET_DUMPABLE,
		    *(int *)arg == PROC_TRACE_CTL_ENABLE ? 1 : 0);
	case PROC_PDEATHSIG_CTL:
		return prctl(PR_SET_PDEATHSIG, *(int *)arg);
	default:
		errno = EINVAL;
		return -1;
	}
}
