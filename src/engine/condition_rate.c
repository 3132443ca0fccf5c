/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/condition_internal.h"

/* Drops anchors that are more than cn_time older than `now`. */
static void
expire(struct condition *c, uint64_t now)
{
	while (c->cn_anchors > 0 &&
	    now > condition_add(
		      condition_window_anchor(c, 0)->ca_time, c->cn_time))
		condition_window_drop(c);
}

/* Takes packets into account.  Returns the events. */
static uint64_t
count(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const uint64_t seen = sm->sm_seen, part = condition_part(c);
	const struct condition_anchor *oldest;
	uint64_t events;

	if (c->cn_rest == 0)
		condition_window_push(
		    c, condition_window_burst(c, sm, now), c->cn_seen);
	expire(c, condition_lower(sm->sm_last, now));
	if (c->cn_anchors == 0)
		condition_window_push(c, now, seen);
	oldest = condition_window_anchor(c, 0);
	events = (seen - oldest->ca_seen) / c->cn_count;
	/* Excludes the packets of these events from the next ones. */
	if (events > 0)
		condition_window_raise(
		    c, oldest->ca_seen + events * c->cn_count);
	if (now / part != condition_window_newest(c)->ca_time / part)
		condition_window_push(c, now, seen);
	c->cn_seen = seen;
	return events;
}

/*
 * A count alone does not show whether N packets came within T, and the time of
 * each packet is unknown.  So the count is read at looks, one in each part of
 * T while packets come, and a look leaves an anchor: its time and the count.
 * Packets beyond an anchor's count came after its time.  Six parts, not 36:
 *
 *            |<--------------- T --------------->|
 *   packets   . .    ..   .  . .       .  .. .   ..
 *   anchors  A     A     A     A     A     A     A
 *   count    0     2     4     7     7    10    12
 *            oldest                              now
 *
 * Never early: anchors older than T are dropped.  12 packets came after the
 * oldest anchor, within T, so N = 12 is an event now.
 *
 * Never missed: the anchor before the first of N packets is at most a part
 * older than this packet.  N packets within T - T/36 all come within T after
 * the anchor, and the first look after the last packet finds them.  Looks fall
 * on multiples of a part, so one look is exactly T after an anchor and still
 * finds the packets up to then.
 *
 * Each packet counts once: an event raises all anchors to the packets that the
 * event stands for.  In a quiet time (cn_rest == 0) there are no looks: the
 * next packet wakes, and the first anchor gets the time of the wake-up.
 */
uint64_t
condition_rate_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const bool more = sm->sm_seen > c->cn_seen;
	uint64_t events = 0;

	if (more)
		events = count(c, sm, now);
	c->cn_called = now;
	condition_window_rest(c, more, now);
	return events;
}
