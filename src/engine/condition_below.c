/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/condition_internal.h"

/*
 * The looks and anchors are those of a rate; see condition_rate.c.  The oldest
 * anchor with fewer than N packets behind it is due T later: until then it is
 * not known how many came within T, and if N come first, the next anchor takes
 * its place.  Six parts, N = 5, the times of packets are not known:
 *
 *                  |<--------------- T --------------->|
 *   packets     .     ...  .
 *   anchors  A     A     A     A
 *   count    0     1     4     5                        due
 *
 * Never early: the packets later than an anchor's time are all beyond its
 * count.  Never missed: if fewer than N came within T + T/32, there was a look
 * in the first T/32, or no packet, and there is one T later.
 *
 * In a quiet time there are no looks.  Without packets the condition sleeps
 * until it is due, and after the event until the next packet.
 */
uint64_t
condition_below_due(const struct condition *c)
{
	const struct condition_anchor *a;
	size_t i;

	for (i = 0; i < c->cn_anchors; i++) {
		a = condition_window_anchor(c, i);
		if (c->cn_seen - a->ca_seen < c->cn_count)
			return condition_add(a->ca_last, c->cn_time);
	}
	return UINT64_MAX;
}

/* Returns 1 and disarms if the condition was due at `time`, otherwise 0. */
static uint64_t
fall(struct condition *c, uint64_t time)
{
	uint64_t due;

	if (!c->cn_armed || (due = condition_below_due(c)) > time)
		return 0;
	c->cn_armed = false;
	c->cn_when = due;
	return 1;
}

/* Returns true if cn_count came within the cn_time before `last`. */
static bool
came(struct condition *c, uint64_t last)
{
	const struct condition_anchor *a;
	size_t i;

	for (i = 0; i < c->cn_anchors; i++) {
		a = condition_window_anchor(c, i);
		if (condition_add(a->ca_time, c->cn_time) >= last)
			return c->cn_seen - a->ca_seen >= c->cn_count;
	}
	return false;
}

/* Adds an anchor, at most one in each part. */
static void
mark(struct condition *c, uint64_t last, uint64_t now)
{
	const uint64_t part = condition_part(c);

	if (condition_window_newest(c)->ca_seen != c->cn_seen &&
	    now / part != c->cn_called / part)
		condition_window_push(c, now, c->cn_seen)->ca_last = last;
}

/* Before new packets are counted in a quiet time.  Returns the events. */
static uint64_t
end_quiet(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	condition_window_newest(c)->ca_time =
	    condition_window_burst(c, sm, now);
	/* Nothing came until sm_woke. */
	return sm->sm_woke == UINT64_MAX ?
	    0 :
	    fall(c, condition_lower(sm->sm_woke, now));
}

/*
 * Moves a look that would come just before the condition is due.  The delay is
 * the difference of T/36 and T/32.
 */
static void
delay_look(struct condition *c)
{
	uint64_t due;

	if (!c->cn_armed || c->cn_rest == 0)
		return;
	due = condition_below_due(c);
	if (due > c->cn_rest && due - c->cn_rest <= condition_part(c) / 8)
		c->cn_rest = due;
}

uint64_t
condition_below_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const bool more = sm->sm_seen > c->cn_seen;
	const uint64_t last = sm->sm_last == UINT64_MAX ? now : sm->sm_last;
	uint64_t events = 0;

	if (more && c->cn_rest == 0)
		events = end_quiet(c, sm, now);
	c->cn_seen = sm->sm_seen;
	mark(c, last, now);
	c->cn_called = now;
	if (more && !c->cn_armed)
		c->cn_armed = came(c, condition_lower(last, now));
	events += fall(c, now);
	condition_window_rest(c, more, now);
	delay_look(c);
	return events;
}
