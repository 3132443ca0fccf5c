/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kinds of conditions.  A condition_KIND_take implements condition_take,
 * condition_next and condition_deadline are in condition.c.
 */
#ifndef CONDITION_INTERNAL_H
#define CONDITION_INTERNAL_H

#include "engine/condition.h"

static inline uint64_t
condition_add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static inline uint64_t
condition_lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Returns the distance of looks, 1/CONDITION_PARTS of cn_time. */
static inline uint64_t
condition_part(const struct condition *c)
{
	return c->cn_time < CONDITION_PARTS ? 1 : c->cn_time / CONDITION_PARTS;
}

uint64_t condition_rate_take(
    struct condition *, const struct condition_sample *, uint64_t now);

/* Returns the time at which below is due if no more packets come. */
uint64_t condition_below_due(const struct condition *);
uint64_t condition_below_take(
    struct condition *, const struct condition_sample *, uint64_t now);

uint64_t condition_idle_take(
    struct condition *, const struct condition_sample *, uint64_t now);
uint64_t condition_idle_calm(
    struct condition *, const struct condition_sample *, uint64_t now);

/*
 * Returns the ended silences that the source has counted since the last call.
 *
 * cn_consumed is ahead by the silence of an event that the source has not
 * counted when the event is found: it still lasts, or another processor's
 * packet is seen first.  The source never counts it if it began to count after
 * the packet, or if the packet came just before the event.  A look some time
 * after the packet, at cn_ahead, tells.
 */
uint64_t condition_idle_silences(
    struct condition *, uint64_t silences, uint64_t now);

uint64_t condition_after_take(
    struct condition *, const struct condition_sample *, uint64_t now);
uint64_t condition_after_while(
    struct condition *, const struct condition_sample *, uint64_t now);

/*
 * rate and below: the anchors of the last cn_time, and the looks that leave
 * anchors while packets come.
 */

/*
 * Adds an anchor, in place of the oldest if there is no room; ca_last is
 * `time`. Returns the anchor.
 */
struct condition_anchor *condition_window_push(
    struct condition *, uint64_t time, uint64_t seen);

/* Returns the anchor that was added last; there must be one. */
struct condition_anchor *condition_window_newest(struct condition *);

/* Returns the anchor of number i; 0 is the oldest. */
const struct condition_anchor *condition_window_anchor(
    const struct condition *, size_t i);

/* Removes the oldest anchor. */
void condition_window_drop(struct condition *);

/* Raises the count of each anchor to `seen` at least. */
void condition_window_raise(struct condition *, uint64_t seen);

/*
 * Returns the start of the first burst after a quiet time: a time before which
 * none of the new packets came.  sm_woke is 0 when the count was read before a
 * wake-up: then the last call, at which the count was the old one.
 */
uint64_t condition_window_burst(
    const struct condition *, const struct condition_sample *, uint64_t now);

/*
 * Sets the time of the next look, the end of a part, if packets came (more).  A
 * look that finds none begins a quiet time: the next packet wakes.
 */
void condition_window_rest(struct condition *, bool more, uint64_t now);

#endif
