/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Systems without the protocol of sd_notify(3). */
#include "base/clock.h"
#include "runner/sdnotify.h"

void
sdnotify_open(void)
{
}

void
sdnotify_close(void)
{
}

void
sdnotify_ready(void)
{
}

void
sdnotify_reloading(uint64_t now)
{
	(void)now;
}

void
sdnotify_stopping(void)
{
}

uint64_t
sdnotify_deadline(void)
{
	return CLOCK_NEVER;
}

bool
sdnotify_ask(uint64_t now)
{
	(void)now;
	return false;
}

void
sdnotify_alive(void)
{
}
