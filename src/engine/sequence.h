/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The order of the commands of one rule: never two at a time, and in the order
 * in which their events came.  Events at the same time: the trigger that waits
 * longer first, then the one added first.  An event that is held back by an
 * interval takes its place when the interval has passed.
 *
 * Pure: no clock, no I/O, no allocation, no globals.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/policy.h"

/* A trigger of a rule; part of the caller's trigger. */
struct sequence_node {
	struct policy sn_policy;
	struct sequence_node *sn_next; /* of the same rule */
	size_t sn_index; /* of the trigger in its rule; for the caller */
};

struct sequence {
	struct sequence_node *sq_first; /* in the order of sequence_add */
	struct sequence_node *sq_last;
	uint64_t sq_newest; /* time of the rule's newest event */
	size_t sq_runs;	    /* runs in progress */
};

void sequence_init(struct sequence *);

/*
 * Adds a trigger, whose policy may be in any state.  All that a sequence knows
 * is in the policies: to move triggers or to remove some, even while a command
 * runs, add copies of those that stay to a new sequence.
 */
void sequence_add(struct sequence *, struct sequence_node *);

/*
 * Takes an input of a trigger's policy, for which policy_step has the
 * arguments.  Returns POLICY_NOTHING or POLICY_END.
 */
enum policy_order sequence_input(struct sequence *, struct sequence_node *,
    enum policy_input, uint64_t events, uint64_t at, uint64_t now);

/* Returns the trigger that has the next turn; NULL: none, or a command runs. */
struct sequence_node *sequence_peek(const struct sequence *);

/*
 * Returns the trigger whose command is to start now, for po_running events;
 * NULL: none.  To be called after the inputs of one time.
 */
struct sequence_node *sequence_next(struct sequence *, uint64_t now);

#endif
