/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/condition.h"

#define SLOTS                                            \
	(sizeof(((struct condition *)NULL)->cn_anchor) / \
	    sizeof(struct condition_anchor))

static uint64_t
add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static uint64_t
lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Returns the distance of looks, 1/CONDITION_PARTS of cn_time. */
static uint64_t
part(const struct condition *c)
{
	return c->cn_time < CONDITION_PARTS ? 1 : c->cn_time / CONDITION_PARTS;
}

void
condition_init(struct condition *c, enum condition_kind kind, uint64_t count,
    uint64_t time, uint64_t seen, uint64_t now)
{
	memset(c, 0, sizeof(*c));
	c->cn_kind = kind;
	c->cn_count = count;
	c->cn_time = time;
	c->cn_seen = seen;
	c->cn_consumed = kind == CONDITION_IDLE ? 0 : seen;
	c->cn_called = now;
	c->cn_last = now;
	c->cn_armed = true;
	c->cn_vague = true;
}

static uint64_t
take_every(struct condition *c, uint64_t seen)
{
	uint64_t events;

	if (seen < c->cn_consumed)
		return 0;
	events = (seen - c->cn_consumed) / c->cn_count;
	c->cn_consumed += events * c->cn_count;
	return events;
}

static void
push(struct condition *c, uint64_t time, uint64_t seen)
{
	struct condition_anchor *a;

	a = &c->cn_anchor[(c->cn_first + c->cn_anchors) % SLOTS];
	if (c->cn_anchors < SLOTS)
		c->cn_anchors++;
	else
		c->cn_first = (c->cn_first + 1) % SLOTS;
	a->ca_time = time;
	a->ca_seen = seen;
}

/* Drops anchors that are more than cn_time older than `now`. */
static void
expire(struct condition *c, uint64_t now)
{
	while (c->cn_anchors > 0 &&
	    now > add(c->cn_anchor[c->cn_first].ca_time, c->cn_time)) {
		c->cn_first = (c->cn_first + 1) % SLOTS;
		c->cn_anchors--;
	}
}

/* Excludes the packets up to `seen`, which were part of events. */
static void
consume(struct condition *c, uint64_t seen)
{
	struct condition_anchor *a;
	size_t i;

	for (i = 0; i < c->cn_anchors; i++) {
		a = &c->cn_anchor[(c->cn_first + i) % SLOTS];
		if (a->ca_seen < seen)
			a->ca_seen = seen;
	}
}

/*
 * Returns the start of the first burst after a quiet time: a time before which
 * none of the new packets came.  sm_woke is 0 when the count was read before a
 * wake-up: then the last call, at which the count was the old one.
 */
static uint64_t
burst_start(
    const struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	if (sm->sm_woke >= now)
		return now;
	return sm->sm_woke > c->cn_called ? sm->sm_woke : c->cn_called;
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
static uint64_t
take_rate(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const struct condition_anchor *oldest, *newest;
	uint64_t events, seen = sm->sm_seen;

	if (seen <= c->cn_seen) {
		c->cn_called = now;
		if (now >= c->cn_rest)
			c->cn_rest = 0;
		return 0;
	}
	if (c->cn_rest == 0)
		push(c, burst_start(c, sm, now), c->cn_seen);
	else if (c->cn_anchors == 0)
		push(c, c->cn_called, c->cn_seen);
	c->cn_called = now;
	expire(c, lower(sm->sm_last, now));
	if (c->cn_anchors == 0)
		push(c, now, seen);
	oldest = &c->cn_anchor[c->cn_first];
	events = (seen - oldest->ca_seen) / c->cn_count;
	if (events > 0)
		consume(c, oldest->ca_seen + events * c->cn_count);
	newest = &c->cn_anchor[(c->cn_first + c->cn_anchors - 1) % SLOTS];
	if (now / part(c) != newest->ca_time / part(c))
		push(c, now, seen);
	c->cn_seen = seen;
	c->cn_rest = add(now, part(c) - now % part(c));
	return events;
}

/*
 * For a source that does not count ended silences: finds a silence that still
 * lasts, or that a single packet has ended.
 */
static uint64_t
take_idle(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	uint64_t events = 0, last = lower(sm->sm_last, now);

	if (now >= c->cn_rest)
		c->cn_rest = 0;
	if (sm->sm_seen > c->cn_seen) {
		c->cn_vague = sm->sm_last == UINT64_MAX;
		if (c->cn_vague)
			c->cn_rest = add(now, part(c));
		if (c->cn_armed && sm->sm_seen - c->cn_seen == 1 &&
		    last >= c->cn_last && last - c->cn_last >= c->cn_time)
			events = 1;
		c->cn_seen = sm->sm_seen;
		c->cn_last = last;
		c->cn_armed = true;
	}
	if (c->cn_armed && now >= add(c->cn_last, c->cn_time)) {
		c->cn_armed = false;
		events++;
	}
	return events;
}

/*
 * Takes the time of the last packet from a source that counts silences.  Such
 * a source writes the time before the counts: true if the packet, and the
 * silence that it ended, are about to be counted.
 */
static bool
take_last(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	c->cn_vague = false;
	c->cn_rest = 0;
	if (sm->sm_last == UINT64_MAX || lower(sm->sm_last, now) <= c->cn_last)
		return false;
	c->cn_last = lower(sm->sm_last, now);
	return sm->sm_seen == c->cn_seen;
}

/*
 * For a source that counts ended silences: a silence that still lasts is an
 * event as soon as it is long enough, and is not counted again when it ends.
 */
static uint64_t
take_silences(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	uint64_t events = 0;

	if (take_last(c, sm, now)) {
		c->cn_rest = add(now, 1);
		return 0;
	}
	if (sm->sm_seen > c->cn_seen) {
		/*
		 * The packet after an event may have come just before the
		 * event: the source then has not counted that silence.
		 */
		if (!c->cn_armed)
			c->cn_consumed = lower(c->cn_consumed, sm->sm_silences);
		c->cn_armed = true;
		c->cn_seen = sm->sm_seen;
	}
	if (sm->sm_silences > c->cn_consumed)
		events = sm->sm_silences - c->cn_consumed;
	if (c->cn_armed && now >= add(c->cn_last, c->cn_time)) {
		c->cn_armed = false;
		events++;
	}
	c->cn_consumed += events;
	return events;
}

uint64_t
condition_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	switch (c->cn_kind) {
	case CONDITION_RATE:
		return take_rate(c, sm, now);
	case CONDITION_IDLE:
		return sm->sm_silences == UINT64_MAX ?
		    take_idle(c, sm, now) :
		    take_silences(c, sm, now);
	default:
		return take_every(c, sm->sm_seen);
	}
}

bool
condition_fits(
    enum condition_kind kind, uint64_t count, uint64_t events, uint64_t sum)
{
	if (events == 0)
		return false;
	if (kind == CONDITION_IDLE)
		return count == 0 && sum == 0;
	return count != 0 && sum % count == 0 && sum / count == events;
}

uint64_t
condition_next(const struct condition *c)
{
	switch (c->cn_kind) {
	case CONDITION_RATE:
		return c->cn_rest == 0 ? add(c->cn_seen, 1) : UINT64_MAX;
	case CONDITION_IDLE:
		if (c->cn_armed && (!c->cn_vague || c->cn_rest != 0))
			return UINT64_MAX;
		return add(c->cn_seen, 1);
	default:
		return add(c->cn_consumed, c->cn_count);
	}
}

uint64_t
condition_deadline(const struct condition *c)
{
	switch (c->cn_kind) {
	case CONDITION_RATE:
		return c->cn_rest == 0 ? UINT64_MAX : c->cn_rest;
	case CONDITION_IDLE:
		if (!c->cn_armed)
			return UINT64_MAX;
		if (c->cn_rest != 0)
			return lower(c->cn_rest, add(c->cn_last, c->cn_time));
		return add(c->cn_last, c->cn_time);
	default:
		return UINT64_MAX;
	}
}
