/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/condition_internal.h"

/* Returns 1 and disarms if a silence lasts that is long enough, otherwise 0. */
static uint64_t
take_lasting(struct condition *c, uint64_t now)
{
	const uint64_t end = condition_add(c->cn_last, c->cn_time);

	if (!c->cn_armed || now < end)
		return 0;
	c->cn_armed = false;
	c->cn_when = end;
	return 1;
}

/*
 * Takes new packets into account, or new events of calm.  Returns 1 if a single
 * one has ended a silence that is long enough, otherwise 0.
 */
static uint64_t
take_more(struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	const uint64_t last = condition_lower(sm->sm_last, now);
	uint64_t events = 0;

	c->cn_vague = sm->sm_last == UINT64_MAX;
	if (c->cn_armed && sm->sm_seen - c->cn_seen == 1 && !c->cn_vague &&
	    last >= c->cn_last && last - c->cn_last >= c->cn_time) {
		events = 1;
		c->cn_when = condition_lower(
		    condition_add(c->cn_last, c->cn_time), last - 1);
	}
	c->cn_seen = sm->sm_seen;
	c->cn_last = last;
	c->cn_armed = true;
	return events;
}

/*
 * For a source that does not count ended silences: finds a silence that still
 * lasts, or that a single packet has ended.
 */
static uint64_t
take_unknown(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	uint64_t events = 0;

	if (now >= c->cn_rest)
		c->cn_rest = 0;
	if (sm->sm_seen > c->cn_seen) {
		events = take_more(c, sm, now);
		if (c->cn_vague)
			c->cn_rest = condition_add(now, condition_part(c));
	}
	return events + take_lasting(c, now);
}

uint64_t
condition_idle_silences(struct condition *c, uint64_t silences, uint64_t now)
{
	const uint64_t next = condition_add(c->cn_last, c->cn_time);
	uint64_t events = 0;

	/* A late call: the next silence may have been counted. */
	if (c->cn_ahead != 0 && c->cn_ahead != UINT64_MAX && now >= next) {
		c->cn_consumed--;
		c->cn_ahead = 0;
	}
	if (silences >= c->cn_consumed) {
		events = silences - c->cn_consumed;
		c->cn_consumed = silences;
		c->cn_ahead = 0;
	} else if (now >= c->cn_ahead) {
		c->cn_consumed--;
		c->cn_ahead = 0;
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
	const uint64_t last = condition_lower(sm->sm_last, now);

	if (sm->sm_last == UINT64_MAX || last <= c->cn_last)
		return false;
	c->cn_last = last;
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
	uint64_t events;

	c->cn_vague = false;
	c->cn_rest = 0;
	events = condition_idle_silences(c, sm->sm_silences, now);
	if (take_last(c, sm, now)) {
		c->cn_rest = condition_add(now, 1);
	} else if (sm->sm_seen > c->cn_seen) {
		if (c->cn_ahead == UINT64_MAX)
			c->cn_ahead = condition_add(now, condition_part(c));
		c->cn_armed = true;
		c->cn_seen = sm->sm_seen;
	}
	/* The last silence has ended with the last packet or before. */
	if (events > 0)
		c->cn_when = c->cn_last - 1;
	if (take_lasting(c, now) > 0) {
		c->cn_ahead = UINT64_MAX;
		c->cn_consumed++;
		events++;
	}
	return events;
}

uint64_t
condition_idle_take(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	return sm->sm_silences == UINT64_MAX ? take_unknown(c, sm, now) :
					       take_silences(c, sm, now);
}

uint64_t
condition_idle_calm(
    struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	uint64_t events = 0;

	if (sm->sm_seen > c->cn_seen)
		events = take_more(c, sm, now);
	return events + take_lasting(c, now);
}
