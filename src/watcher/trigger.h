/*
 * A trigger in the watcher: its rule turns counts into events, its job turns
 * events into orders for the runner.  Pure, as these are.
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

/* No slot of the source counts the silences of the trigger. */
#define TRIGGER_NO_SLOT SOURCE_SILENCES

struct trigger {
	uint32_t t_number; /* what runner and watcher call it */
	bool t_bytes;
	size_t t_slot; /* of sc_silences, or TRIGGER_NO_SLOT */
	struct condition t_condition;
	struct policy t_policy;
	uint64_t t_events; /* so far */
	uint64_t t_last;   /* when the last of them was found */
};

/* Counting starts at `count`.  The trigger has no slot yet. */
void trigger_init(struct trigger *, uint32_t number,
    const struct conf_trigger *, const struct source_count *count,
    uint64_t now);

/*
 * These take what happened: a count, or an input of the job.  True when there
 * is an order to send, which is then in *order.
 */
bool trigger_count(struct trigger *, const struct source_count *, uint64_t now,
    struct order *);
bool trigger_step(struct trigger *, enum policy_input,
    const struct source_count *, uint64_t now, struct order *);

/* Whether there is a run, whose end will be reported. */
bool trigger_runs(const struct trigger *);

/* Lowers *wanted to the count at which the trigger needs a call. */
void trigger_want(const struct trigger *, struct source_count *wanted);

/*
 * Returns the time at which the trigger needs a call, whatever was counted.
 * It stays until trigger_count and trigger_step, with POLICY_TIME, have met it.
 */
uint64_t trigger_deadline(const struct trigger *);

#endif
