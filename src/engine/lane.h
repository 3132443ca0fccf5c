/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Feeds the triggers of one lane.  For lanes.c, which updates the heaps and the
 * sums of the rule after each of these calls.
 */
#ifndef LANE_H
#define LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/lane_table.h"

struct key_event;

/* Returns a trigger of the lane by its index. */
struct lane_part *lane_part(struct lane *, size_t trigger);

/*
 * Takes events of a trigger.  An interval that ended before them does not hold
 * them back, even if nobody has looked since.  Returns true if the lane's run
 * must be ended, with the run in *end; so do lane_time(), lane_calm() and
 * lane_count().
 */
bool lane_take(struct lane *, struct lane_part *, uint64_t events, uint64_t at,
    uint64_t now, struct lanes_run *end);

/* Ends the intervals and timeouts that are over at `now`. */
bool lane_time(struct lane *, uint64_t now, struct lanes_run *end);

/* Takes the events of calm that have come due. */
bool lane_calm(
    struct lanes *, struct lane *, uint64_t now, struct lanes_run *end);

/*
 * Counts events of a trigger for the calm triggers behind: a calm that was due
 * before them is an event, any other one that was announced is over.
 */
bool lane_count(struct lanes *, struct lane *, size_t front,
    const struct key_event *, uint64_t now, struct lanes_run *end);

/* Returns the inputs, POLICY_WAKE_..., that a lane with a run requires. */
unsigned int lane_wakes(const struct lane *);

#endif
