/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The clock of the daemon: CLOCK_MONOTONIC in nanoseconds.  On Linux it does
 * not advance while the machine is suspended.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX
#define CLOCK_MS    UINT64_C(1000000)
#define CLOCK_S	    UINT64_C(1000000000)

/* Returns the time, or CLOCK_NEVER and errno. */
uint64_t clock_now(void);

/*
 * Returns the timeout for poll(2) in ms: rounded up, so that poll never returns
 * before `when`; at most an hour; -1 for CLOCK_NEVER.
 */
int clock_wait(uint64_t now, uint64_t when);

#endif
