#include <string.h>

#include "engine/condition.h"

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
 * A rate looks at the count on a grid of these times.  So one look is exactly
 * r_time after an anchor, and finds what came up to then.
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
	r->r_consumed = kind == RULE_IDLE ? 0 : seen;
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

/* Drops the anchors that are older than r_time. */
static void
expire(struct rule *r, uint64_t now)
{
	while (r->r_anchors > 0 &&
	    now > add(r->r_anchor[r->r_first].ra_time, r->r_time)) {
		r->r_first = (r->r_first + 1) % SLOTS;
		r->r_anchors--;
	}
}

/* Takes what events stand for, up to `seen`, out of the anchors. */
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

/* The first packets after a quiet time: a moment before which none came. */
static uint64_t
began(const struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	if (rs->rs_woke >= now)
		return now;
	return rs->rs_woke > r->r_called ? rs->rs_woke : r->r_called;
}

static uint64_t
take_rate(struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	const struct rule_anchor *oldest, *newest;
	uint64_t events, seen = rs->rs_seen;

	if (seen <= r->r_seen) {
		r->r_called = now;
		if (now >= r->r_rest)
			r->r_rest = 0;
		return 0;
	}
	if (r->r_rest == 0)
		push(r, began(r, rs, now), r->r_seen);
	else if (r->r_anchors == 0)
		push(r, r->r_called, r->r_seen);
	r->r_called = now;
	expire(r, lower(rs->rs_last, now));
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

/*
 * Nothing counts silences that have ended: one is found when it lasts, or when
 * a single packet has ended it.
 */
static uint64_t
take_idle(struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	uint64_t events = 0, last = lower(rs->rs_last, now);

	if (now >= r->r_rest)
		r->r_rest = 0;
	if (rs->rs_seen > r->r_seen) {
		r->r_vague = rs->rs_last == UINT64_MAX;
		if (r->r_vague)
			r->r_rest = add(now, part(r));
		if (r->r_armed && rs->rs_seen - r->r_seen == 1 &&
		    last >= r->r_last && last - r->r_last >= r->r_time)
			events = 1;
		r->r_seen = rs->rs_seen;
		r->r_last = last;
		r->r_armed = true;
	}
	if (r->r_armed && now >= add(r->r_last, r->r_time)) {
		r->r_armed = false;
		events++;
	}
	return events;
}

/*
 * Takes the time of the last packet, of a source that counts silences.  True
 * when the packet is about to be counted, with the silence that it has ended.
 */
static bool
take_last(struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	r->r_vague = false;
	r->r_rest = 0;
	if (rs->rs_last == UINT64_MAX || lower(rs->rs_last, now) <= r->r_last)
		return false;
	r->r_last = lower(rs->rs_last, now);
	return rs->rs_seen == r->r_seen;
}

/*
 * The source counts silences that have ended; the one that lasts is an event
 * as soon as it is long enough.
 */
static uint64_t
take_silences(struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	uint64_t events = 0;

	if (take_last(r, rs, now)) {
		r->r_rest = add(now, 1);
		return 0;
	}
	if (rs->rs_seen > r->r_seen) {
		/* By its own time a packet may have ended it just before. */
		if (!r->r_armed)
			r->r_consumed = lower(r->r_consumed, rs->rs_silences);
		r->r_armed = true;
		r->r_seen = rs->rs_seen;
	}
	if (rs->rs_silences > r->r_consumed)
		events = rs->rs_silences - r->r_consumed;
	if (r->r_armed && now >= add(r->r_last, r->r_time)) {
		r->r_armed = false;
		events++;
	}
	r->r_consumed += events;
	return events;
}

uint64_t
rule_take(struct rule *r, const struct rule_sample *rs, uint64_t now)
{
	switch (r->r_kind) {
	case RULE_RATE:
		return take_rate(r, rs, now);
	case RULE_IDLE:
		return rs->rs_silences == UINT64_MAX ?
		    take_idle(r, rs, now) :
		    take_silences(r, rs, now);
	default:
		return take_every(r, rs->rs_seen);
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
		if (r->r_rest != 0)
			return lower(r->r_rest, add(r->r_last, r->r_time));
		return add(r->r_last, r->r_time);
	default:
		return UINT64_MAX;
	}
}
