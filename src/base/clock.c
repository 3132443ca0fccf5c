/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <time.h>

#include "base/clock.h"

uint64_t
clock_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return CLOCK_NEVER;
	return (uint64_t)ts.tv_sec * CLOCK_S + (uint64_t)ts.tv_nsec;
}

int
clock_wait(uint64_t now, uint64_t when)
{
	uint64_t ms;

	if (when == CLOCK_NEVER)
		return -1;
	if (when <= now)
		return 0;
	ms = (when - now - 1) / CLOCK_MS + 1;
	return ms > 3600000 ? 3600000 : (int)ms;
}
