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

/*
 * A rate looks at the count on a grid of these times.  So one look is exactly
 * cn_time after an anchor, and finds what came up to then.
 */
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

/* Drops the anchors that are older than cn_time. */
static void
expire(struct condition *c, uint64_t now)
{
	while (c->cn_anchors > 0 &&
	    now > add(c->cn_anchor[c->cn_first].ca_time, c->cn_time)) {
		c->cn_first = (c->cn_first + 1) % SLOTS;
		c->cn_anchors--;
	}
}

/* Takes what events stand for, up to `seen`, out of the anchors. */
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

/* The first packets after a quiet time: a moment before which none came. */
static uint64_t
began(
    const struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	if (sm->sm_woke >= now)
		return now;
	return sm->sm_woke > c->cn_called ? sm->sm_woke : c->cn_called;
}

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
		push(c, began(c, sm, now), c->cn_seen);
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
 * Nothing counts silences that have ended: one is found when it lasts, or when
 * a single packet has ended it.
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
 * Takes the time of the last packet, of a source that counts silences.  True
 * when the packet is about to be counted, with the silence that it has ended.
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
 * The source counts silences that have ended; the one that lasts is an event
 * as soon as it is long enough.
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
		/* By its own time a packet may have ended it just before. */
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
