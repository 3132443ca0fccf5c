/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/condition.h"
#include "engine/condition_internal.h"

static bool
starts_armed(enum condition_kind kind, uint64_t seen)
{
	if (kind == CONDITION_AFTER)
		return seen == 0;
	return kind != CONDITION_CALM && kind != CONDITION_WHILE;
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
	if (kind == CONDITION_EVERY)
		c->cn_consumed = seen;
	c->cn_called = c->cn_last = c->cn_when = now;
	c->cn_armed = starts_armed(kind, seen);
	c->cn_vague = true;
	if (kind == CONDITION_BELOW)
		condition_window_push(c, now, seen);
}

static uint64_t
take_every(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	uint64_t events;

	(void)now;
	if (sm->sm_seen < c->cn_consumed)
		return 0;
	events = (sm->sm_seen - c->cn_consumed) / c->cn_count;
	c->cn_consumed += events * c->cn_count;
	return events;
}

uint64_t
condition_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	static uint64_t (*const take[CONDITION_KINDS])(
	    struct condition *, const struct condition_sample *, uint64_t) = {
		[CONDITION_EVERY] = take_every,
		[CONDITION_RATE] = condition_rate_take,
		[CONDITION_IDLE] = condition_idle_take,
		[CONDITION_BELOW] = condition_below_take,
		[CONDITION_AFTER] = condition_after_take,
		[CONDITION_CALM] = condition_idle_calm,
		[CONDITION_WHILE] = condition_after_while,
	};
	const uint64_t when = c->cn_when,
		       last = condition_lower(sm->sm_last, now);
	uint64_t events;

	/* Kinds whose events are due at another time set cn_when. */
	c->cn_when = last;
	events = take[c->cn_kind](c, sm, now);
	if (events == 0)
		c->cn_when = when;
	return events;
}

bool
condition_over(const struct condition *c)
{
	switch (c->cn_kind) {
	case CONDITION_IDLE:
	case CONDITION_BELOW:
	case CONDITION_CALM:
		return c->cn_armed;
	case CONDITION_WHILE:
		return !c->cn_armed;
	default:
		return false;
	}
}

uint64_t
condition_when(const struct condition *c)
{
	return c->cn_when;
}

/* Returns true if an event stands for the count of the condition. */
static bool
stands_for_count(enum condition_kind kind)
{
	return kind == CONDITION_EVERY || kind == CONDITION_RATE;
}

uint64_t
condition_sum(const struct condition *c, uint64_t events)
{
	return stands_for_count(c->cn_kind) ? events * c->cn_count : 0;
}

bool
condition_fits(
    enum condition_kind kind, uint64_t count, uint64_t events, uint64_t sum)
{
	bool counts = stands_for_count(kind);

	if (events == 0 || (count != 0) != (counts || kind == CONDITION_BELOW))
		return false;
	if (!counts)
		return sum == 0;
	return sum % count == 0 && sum / count == events;
}

uint64_t
condition_next(const struct condition *c)
{
	const uint64_t packet = condition_add(c->cn_seen, 1);
	const bool unseen = c->cn_vague && c->cn_rest == 0;

	switch (c->cn_kind) {
	case CONDITION_RATE:
	case CONDITION_BELOW:
		return c->cn_rest == 0 ? packet : UINT64_MAX;
	case CONDITION_IDLE:
		return !c->cn_armed || unseen ? packet : UINT64_MAX;
	case CONDITION_AFTER:
		return c->cn_armed || unseen ? packet : UINT64_MAX;
	case CONDITION_CALM:
		return UINT64_MAX;
	case CONDITION_WHILE:
		return packet;
	default:
		return condition_add(c->cn_consumed, c->cn_count);
	}
}

/* Returns the lower of two times, 0: never. */
static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Returns the time at which a silence is complete, or that of a look. */
static uint64_t
silence_end(const struct condition *c)
{
	const uint64_t end = condition_add(c->cn_last, c->cn_time);

	/* after: waits for a packet that is about to be counted. */
	if (c->cn_kind == CONDITION_AFTER && c->cn_rest != 0)
		return sooner(c->cn_ahead, c->cn_rest);
	return sooner(c->cn_ahead, sooner(c->cn_rest, end));
}

uint64_t
condition_deadline(const struct condition *c)
{
	switch (c->cn_kind) {
	case CONDITION_RATE:
		return c->cn_rest == 0 ? UINT64_MAX : c->cn_rest;
	case CONDITION_BELOW:
		if (c->cn_rest != 0)
			return c->cn_rest;
		return c->cn_armed ? condition_below_due(c) : UINT64_MAX;
	case CONDITION_AFTER:
		return c->cn_armed ? UINT64_MAX : silence_end(c);
	case CONDITION_IDLE:
	case CONDITION_CALM:
	case CONDITION_WHILE:
		return c->cn_armed ? silence_end(c) : UINT64_MAX;
	default:
		return UINT64_MAX;
	}
}
