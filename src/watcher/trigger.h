/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A trigger in the watcher: its condition turns counts into events, its policy
 * turns events into orders for the runner.  Pure; times are monotonic ns.
 */
#ifndef TRIGGER_H
#define TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/condition.h"
#include "engine/policy.h"
#include "ipc/order.h"
#include "source/source.h"

struct conf_trigger;

/* t_slot: no slot of the source counts the silences of this trigger. */
#define TRIGGER_NO_SLOT SOURCE_SILENCES

struct trigger {
	uint32_t t_number; /* o_trigger of its orders */
	bool t_bytes;	   /* counts bytes, not packets */
	size_t t_slot;	   /* index in sc_silences, or TRIGGER_NO_SLOT */
	struct condition t_condition;
	struct policy t_policy;
	uint64_t t_events; /* since the start */
	uint64_t t_last;   /* time at which the last event was found */
};

/* Starts a trigger at `count`, without a slot. */
void trigger_init(struct trigger *, uint32_t number,
    const struct conf_trigger *, const struct source_count *count,
    uint64_t now);

/*
 * Take a new count, or an input of the policy.  Both return true if an order
 * for the runner results, in *o.
 */
bool trigger_count(struct trigger *, const struct source_count *, uint64_t now,
    struct order *o);
bool trigger_step(struct trigger *, enum policy_input,
    const struct source_count *, uint64_t now, struct order *o);

/* Returns true if a run is in progress; the runner reports its end. */
bool trigger_runs(const struct trigger *);

/* Lowers *wanted to the count at which trigger_count is due. */
void trigger_want(const struct trigger *, struct source_count *wanted);

/*
 * Returns the time at which the trigger is due even without packets: then call
 * trigger_count, and trigger_step with POLICY_TIME.
 */
uint64_t trigger_deadline(const struct trigger *);

#endif
