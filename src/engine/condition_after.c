/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/condition_internal.h"

/*
 * For a source that counts ended silences.  If the condition was armed, the
 * first of the new packets is an event, also if its silence is not counted yet.
 */
static uint64_t
take_silences(struct condition *c, uint64_t silences, bool more, uint64_t now)
{
	uint64_t events = condition_idle_silences(c, silences, now);

	if (events == 0 && more && c->cn_armed) {
		c->cn_ahead = condition_add(now, condition_part(c));
		c->cn_consumed++;
		events = 1;
	}
	return events;
}

/*
 * For a source that does not count ended silences.  Returns 1 if the condition
 * was armed, or if a single packet has ended a silence that is long enough.
 */
static uint64_t
take_single(const struct condition *c, uint64_t seen, uint64_t last)
{
	return c->cn_armed ||
	    (seen - c->cn_seen == 1 && !c->cn_vague && last >= c->cn_last &&
		last - c->cn_last >= c->cn_time);
}

/*
 * Arms the condition when a silence is complete.  If `last` is later than
 * cn_last, the source, which writes the time before the counts, is about to
 * count a packet: looks once more.  Or the packet came while it was counted.
 */
static void
arm(struct condition *c, uint64_t last, bool looked, uint64_t now)
{
	if (now < condition_add(c->cn_last, c->cn_time))
		return;
	if (last > c->cn_last && !looked) {
		c->cn_rest = condition_add(now, 1);
		return;
	}
	if (last > c->cn_last)
		c->cn_last = last;
	c->cn_armed = now >= condition_add(c->cn_last, c->cn_time);
}

/* Takes packets into account, the last of which came at `last`. */
static void
count(struct condition *c, uint64_t seen, uint64_t last, uint64_t now)
{
	c->cn_rest = c->cn_vague ? condition_add(now, condition_part(c)) : 0;
	c->cn_armed = false;
	c->cn_seen = seen;
	c->cn_last = last;
}

uint64_t
condition_after_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const bool more = sm->sm_seen > c->cn_seen;
	const bool looked = c->cn_rest != 0 && now >= c->cn_rest;
	const uint64_t last = condition_lower(sm->sm_last, now);
	uint64_t events = 0;

	c->cn_vague = sm->sm_last == UINT64_MAX;
	if (c->cn_armed && sm->sm_woke != 0)
		c->cn_when = condition_lower(sm->sm_woke, last);
	if (sm->sm_silences != UINT64_MAX)
		events = take_silences(c, sm->sm_silences, more, now);
	else if (more)
		events = take_single(c, sm->sm_seen, last);
	/* A silence is counted before the packet that has ended it. */
	if (more || events > 0)
		count(c, sm->sm_seen, last, now);
	else if (looked)
		c->cn_rest = 0;
	/* A new condition learns the time of an earlier packet. */
	if (!c->cn_vague && last < c->cn_last)
		c->cn_last = last;
	if (!c->cn_armed)
		arm(c, c->cn_vague ? c->cn_last : last, looked, now);
	return events;
}

uint64_t
condition_after_while(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const bool more = sm->sm_seen > c->cn_seen;
	const bool vague = sm->sm_last == UINT64_MAX;
	const uint64_t last = condition_lower(sm->sm_last, now);

	/* A packet whose time is known may be about to be counted. */
	if (more || (!vague && last > c->cn_last))
		c->cn_last = last;
	c->cn_seen = more ? sm->sm_seen : c->cn_seen;
	c->cn_armed = more ||
	    (c->cn_armed && now < condition_add(c->cn_last, c->cn_time));
	if (!vague)
		c->cn_rest = 0;
	else if (more || now >= c->cn_rest)
		c->cn_rest = condition_add(now, condition_part(c));
	return more;
}
