/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A trigger in the watcher: its condition turns counts into events, its policy
 * and its rule's sequence turn events into orders for the runner.  Pure; times
 * are monotonic ns.
 */
#ifndef TRIGGER_H
#define TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/condition.h"
#include "engine/policy.h"
#include "engine/sequence.h"
#include "ipc/order.h"
#include "source/source.h"

struct conf_trigger;
struct key_event;
struct lanes_calm;
struct lanes_start;

/* t_slot: no slot of the source counts the silences of this trigger. */
#define TRIGGER_NO_SLOT SOURCE_SILENCES

struct trigger {
	struct sequence_node t_node; /* in the rule's sequence */
	uint32_t t_number;	     /* o_trigger of its orders */
	bool t_bytes;		     /* counts bytes, not packets */
	bool t_keyed;		     /* counts by key: see keyed.h */
	size_t t_slot; /* index in sc_silences, or TRIGGER_NO_SLOT */
	const struct trigger *t_front; /* calm: trigger in front; or NULL */
	struct condition t_condition;
	uint64_t t_events; /* since the start; by key: those taken */
	uint64_t t_last;   /* time of the last event */
};

/*
 * Starts a trigger at `count`, without a slot and a trigger in front.  A
 * trigger that counts by key takes no other call of this file than the orders
 * and statistics: its policy is the initial one of each key.
 */
void trigger_init(struct trigger *, uint32_t number,
    const struct conf_trigger *, const struct source_count *count,
    uint64_t now);

/*
 * Sets t_front; front: result for the trigger before in the rule, NULL for the
 * first.  Returns the front of the next trigger.
 */
const struct trigger *trigger_follow(
    struct trigger *, const struct trigger *front);

/*
 * Take a new count, or an input of the policy.  Both return true if an order
 * for the runner results, in *o; starts result from the sequence alone.
 */
bool trigger_count(struct trigger *, struct sequence *,
    const struct source_count *count, uint64_t now, struct order *o);
bool trigger_step(struct trigger *, struct sequence *, enum policy_input,
    uint64_t now, struct order *o);

/* Returns the input of a report, ORDER_ENDED, ORDER_BROKE or ORDER_FAILED. */
enum policy_input trigger_outcome(uint32_t report);

/* Takes such a report of the runner; no order results. */
void trigger_report(
    struct trigger *, struct sequence *, uint32_t report, uint64_t now);

/* Returns the trigger of a node. */
struct trigger *trigger_of(struct sequence_node *);

/*
 * Count the events of a trigger by key: those taken from the table, and what
 * the lanes have found of a calm.
 */
void trigger_took(struct trigger *, const struct key_event *, uint64_t now);
void trigger_calm(struct trigger *, const struct lanes_calm *);

/*
 * Make the order to start a trigger, which sequence_next() has returned, to
 * start a run of a key, and to end a run.
 */
void trigger_start(
    const struct trigger *, const struct source_count *count, struct order *o);
void trigger_start_key(
    const struct trigger *, const struct lanes_start *, struct order *o);
void trigger_end(const struct trigger *, uint32_t run, struct order *o);

/* Returns true if a run is in progress; the runner reports its end. */
bool trigger_runs(const struct trigger *);

/* Returns true if the end of its run requires a wake-up. */
bool trigger_waits(const struct trigger *);

/* Returns the events without a run yet. */
uint64_t trigger_waiting(const struct trigger *);

/* Makes ORDER_STATS of what the trigger and its count tell. */
void trigger_stats(
    const struct trigger *, const struct source_count *count, struct order *o);

/* Lowers *wanted to the count at which trigger_count is due. */
void trigger_want(const struct trigger *, struct source_count *wanted);

/*
 * Returns the time at which the trigger is due even without packets: then call
 * trigger_count, and trigger_step with POLICY_TIME.
 */
uint64_t trigger_deadline(const struct trigger *);

#endif
