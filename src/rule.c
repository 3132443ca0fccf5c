#include <string.h>

#include "rule.h"

#define SLOTS \
	(sizeof(((struct rule *)NULL)->r_anchor) / sizeof(struct rule_anchor))

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
 * A rate is looked at on a grid of these.  So one look is exactly r_time after
 * an anchor, and finds what came up to then.
 */
static uint64_t
part(const struct rule *r)
{
	return r->r_time < RULE_PARTS ? 1 : r->r_time / RULE_PARTS;
}

void
rule_init(struct rule *r, enum rule_kind kind, uint64_t count, uint64_t time,
    uint64_t seen, uint64_t now)
{
	memset(r, 0, sizeof(*r));
	r->r_kind = kind;
	r->r_count = count;
	r->r_time = time;
	r->r_seen = seen;
	r->r_consumed = seen;
	r->r_called = now;
	r->r_last = now;
	r->r_armed = true;
	r->r_vague = true;
}

static uint64_t
take_every(struct rule *r, uint64_t seen)
{
	uint64_t events;

	if (seen < r->r_consumed)
		return 0;
	events = (seen - r->r_consumed) / r->r_count;
	r->r_consumed += events * r->r_count;
	return events;
}

static void
push(struct rule *r, uint64_t time, uint64_t seen)
{
	struct rule_anchor *a;

	a = &r->r_anchor[(r->r_first + r->r_anchors) % SLOTS];
	if (r->r_anchors < SLOTS)
		r->r_anchors++;
	else
		r->r_first = (r->r_first + 1) % SLOTS;
	a->ra_time = time;
	a->ra_seen = seen;
}

/* Drops the anchors from which on more than r_time has passed. */
static void
expire(struct rule *r, uint64_t now)
{
	while (r->r_anchors > 0 &&
	    now - r->r_anchor[r->r_first].ra_time > r->r_time) {
		r->r_first = (r->r_first + 1) % SLOTS;
		r->r_anchors--;
	}
}

/* What an event stands for is used up. */
static void
consume(struct rule *r, uint64_t seen)
{
	struct rule_anchor *a;
	size_t i;

	for (i = 0; i < r->r_anchors; i++) {
		a = &r->r_anchor[(r->r_first + i) % SLOTS];
		if (a->ra_seen < seen)
			a->ra_seen = seen;
	}
}

static uint64_t
take_rate(struct rule *r, uint64_t seen, uint64_t now)
{
	const struct rule_anchor *oldest, *newest;
	uint64_t events, called = r->r_called;

	r->r_called = now;
	if (seen <= r->r_seen) {
		if (now >= r->r_rest)
			r->r_rest = 0;
		return 0;
	}
	/* What ends a silence came just now, other packets since the call. */
	if (r->r_rest == 0)
		push(r, now, r->r_seen);
	else if (r->r_anchors == 0)
		push(r, called, r->r_seen);
	expire(r, now);
	if (r->r_anchors == 0)
		push(r, now, seen);
	oldest = &r->r_anchor[r->r_first];
	events = (seen - oldest->ra_seen) / r->r_count;
	if (events > 0)
		consume(r, oldest->ra_seen + events * r->r_count);
	newest = &r->r_anchor[(r->r_first + r->r_anchors - 1) % SLOTS];
	if (now / part(r) != newest->ra_time / part(r))
		push(r, now, seen);
	r->r_seen = seen;
	r->r_rest = add(now, part(r) - now % part(r));
	return events;
}

static uint64_t
take_idle(struct rule *r, uint64_t seen, uint64_t last, uint64_t now)
{
	uint64_t events = 0;

	if (now >= r->r_rest)
		r->r_rest = 0;
	if (seen > r->r_seen) {
		r->r_vague = last == UINT64_MAX;
		if (r->r_vague)
			r->r_rest = add(now, part(r));
		if (last > now)
			last = now;
		/* When it was one alone, the time before it was silent. */
		if (r->r_armed && seen - r->r_seen == 1 && last >= r->r_last &&
		    last - r->r_last >= r->r_time)
			events = 1;
		r->r_seen = seen;
		r->r_last = last;
		r->r_armed = true;
	}
	if (r->r_armed && now >= add(r->r_last, r->r_time)) {
		r->r_armed = false;
		events++;
	}
	return events;
}

uint64_t
rule_take(struct rule *r, uint64_t seen, uint64_t last, uint64_t now)
{
	switch (r->r_kind) {
	case RULE_RATE:
		return take_rate(r, seen, now);
	case RULE_IDLE:
		return take_idle(r, seen, last, now);
	default:
		return take_every(r, seen);
	}
}

uint64_t
rule_next(const struct rule *r)
{
	switch (r->r_kind) {
	case RULE_RATE:
		return r->r_rest == 0 ? add(r->r_seen, 1) : UINT64_MAX;
	case RULE_IDLE:
		if (r->r_armed && (!r->r_vague || r->r_rest != 0))
			return UINT64_MAX;
		return add(r->r_seen, 1);
	default:
		return add(r->r_consumed, r->r_count);
	}
}

uint64_t
rule_deadline(const struct rule *r)
{
	switch (r->r_kind) {
	case RULE_RATE:
		return r->r_rest == 0 ? UINT64_MAX : r->r_rest;
	case RULE_IDLE:
		if (!r->r_armed)
			return UINT64_MAX;
		if (r->r_vague && r->r_rest != 0)
			return lower(r->r_rest, add(r->r_last, r->r_time));
		return add(r->r_last, r->r_time);
	default:
		return UINT64_MAX;
	}
}
