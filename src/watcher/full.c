/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "base/clock.h"
#include "ipc/order.h"
#include "watcher/full.h"

bool
full_look(struct full *fu, uint64_t refused, uint64_t now)
{
	const bool rested = now - fu->fu_last >= ORDER_FULL_PACE * CLOCK_S;
	const bool tell = !fu->fu_told || rested;

	if (refused == fu->fu_refused)
		return false;
	fu->fu_refused = refused;
	fu->fu_last = now;
	fu->fu_told = true;
	return tell;
}
