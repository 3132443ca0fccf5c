/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/listener.h"

/* Returns the end of the current rest. */
static uint64_t
rest_end(const struct listener *l, bool awaited, uint64_t now)
{
	return awaited ? pacing_rest(&l->li_pace, now) :
			 l->li_woke + l->li_rest;
}

void
listener_found(struct listener *l)
{
	l->li_found = true;
}

bool
listener_turn(struct listener *l, bool awaited, uint64_t now)
{
	bool was_resting = l->li_resting;

	if (was_resting ? now < rest_end(l, awaited, now) : !l->li_found)
		return false;
	pacing_wake(&l->li_pace, now);
	l->li_woke = now;
	l->li_resting = l->li_found && now < rest_end(l, awaited, now);
	l->li_found = false;
	return was_resting && !l->li_resting;
}

uint64_t
listener_until(const struct listener *l, bool awaited, uint64_t now)
{
	return l->li_resting ? rest_end(l, awaited, now) : CLOCK_NEVER;
}
