/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the watcher asks for no device. */
#include "base/clock.h"
#include "opener/devices.h"

void
devices_open(struct devices *dv, const char *dir)
{
	(void)dv;
	(void)dir;
}

void
devices_ask(struct devices *dv, const struct source_set *so, size_t source)
{
	(void)dv;
	(void)so;
	(void)source;
}

int
devices_fd(const struct devices *dv, const struct source_set *so, uint64_t now)
{
	(void)dv;
	(void)so;
	(void)now;
	return -1;
}

uint64_t
devices_deadline(
    const struct devices *dv, const struct source_set *so, uint64_t now)
{
	(void)dv;
	(void)so;
	(void)now;
	return CLOCK_NEVER;
}

void
devices_serve(struct devices *dv, const struct source_set *so,
    const struct priv *priv, int sock, bool notice)
{
	(void)dv;
	(void)so;
	(void)priv;
	(void)sock;
	(void)notice;
}
