/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * OpenBSD, NetBSD and macOS have no parent-death signal.  A command outlives a
 * runner that is killed by SIGKILL; any other end of the runner ends it.
 */
#include "runner/pdeath.h"

int
pdeath_open(struct pdeath *pd)
{
	pd->pd_reader = -1;
	pd->pd_writer = -1;
	return 0;
}

int
pdeath_hold(const struct pdeath *pd)
{
	(void)pd;
	return 0;
}

int
pdeath_close(struct pdeath *pd)
{
	(void)pd;
	return 0;
}
