/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The order of the commands of a rule whose triggers count by key.  A lane has
 * the events and runs of one key: a sequence of the triggers with the same by.
 * Triggers without a key have a sequence of the caller's.
 *
 * The lane that waits for the event that came first has the next turn; at the
 * same time the trigger that is first in the rule, then the lane that waits
 * longer.  Its command starts if nothing of the rule runs, or if it and all
 * that run are of triggers with several runs at a time, and its trigger has
 * fewer.  A lane has one run at a time.  A key has a lane as long as an event,
 * a run, an interval or a calm is pending.
 *
 * A calm trigger has an event when the trigger in front had one of the key, and
 * then none for a time.
 *
 * Pure but for the memory: no clock, no I/O, no globals.  Times are as in
 * policy.h.
 */
#ifndef LANES_H
#define LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/key.h"
#include "engine/policy.h"
#include "engine/sequence.h"

struct key_event;
struct lanes;

/* Runs of a trigger at a time, at most. */
#define LANES_RUNS 64

/* Lanes whose time a call of lanes_late() or lanes_calm() looks at, at most. */
#define LANES_WORK 64

struct lanes_trigger {
	struct key_spec lt_by; /* ks_n 0: has no lanes, others are ignored */
	uint32_t lt_keys;      /* lanes that the trigger can have; calm: keys */
	uint32_t lt_runs;      /* at a time; 1 to LANES_RUNS */
	uint64_t lt_calm;      /* ns; 0: is no calm of a trigger in front */
	struct policy lt_policy; /* as policy_init() makes it */
};

/* A run of a trigger, by its index in the rule. */
struct lanes_run {
	size_t lr_trigger;
	uint32_t lr_run; /* number among the trigger's runs at a time */
};

/* A run to start. */
struct lanes_start {
	struct sequence_node *ld_node; /* of the trigger, in its lane */
	const struct key *ld_key;      /* NULL: of the caller's sequence */
	struct lanes_run ld_run;
	uint64_t ld_packets; /* of the key, at its last event */
	uint64_t ld_bytes;
};

/* Allocates the lanes of a rule.  Returns NULL and errno without memory. */
struct lanes *lanes_new(
    const struct lanes_trigger *, size_t n, const uint64_t seed[2]);

/* Frees the lanes; accepts NULL. */
void lanes_free(struct lanes *);

/*
 * Returns true if there is room for the events of any key: fewer lanes than the
 * largest lt_keys wait for more than a calm.
 */
bool lanes_room(const struct lanes *);

/*
 * Takes events of a trigger that is no calm, while lanes_room() is true.
 * Returns 1 if a run must be ended, with the run in *end; 0 if none must; or -1
 * and errno without memory.
 */
int lanes_events(struct lanes *, size_t trigger, const struct key_event *,
    uint64_t now, struct lanes_run *end);

/*
 * Finds the events of calm, once the events of all other triggers up to `now`
 * have been taken.  Returns true if a run must be ended, with the run in *end:
 * then call again.  Looks at LANES_WORK lanes at most, so lanes_calm_deadline()
 * may still be `now` or earlier after false.
 */
bool lanes_calm(struct lanes *, uint64_t now, struct lanes_run *end);

/* Takes the end of a run: POLICY_ENDED, POLICY_BROKE or POLICY_FAILED. */
void lanes_report(
    struct lanes *, const struct lanes_run *, enum policy_input, uint64_t now);

/*
 * Ends intervals and timeouts that are over at `now`.  Returns true if a run
 * must be ended, with the run in *end: then call again.  Looks at LANES_WORK
 * lanes at most, so lanes_deadline() may still be `now` or earlier after false.
 */
bool lanes_late(struct lanes *, uint64_t now, struct lanes_run *end);

/*
 * Starts the next run of a lane or of the sequence, if one may start now, and
 * fills it in.  Returns false if none may.  To be called repeatedly, after all
 * inputs of a time.
 */
bool lanes_next(
    struct lanes *, struct sequence *, uint64_t now, struct lanes_start *);

/* Return the time of the next lanes_late(), and of the next lanes_calm(). */
uint64_t lanes_deadline(const struct lanes *);
uint64_t lanes_calm_deadline(const struct lanes *);

/*
 * Returns the inputs that require a wake-up, as policy_wakes() does; the
 * sequence is that of the triggers without a key.
 */
unsigned int lanes_wakes(const struct lanes *, const struct sequence *);

/* Return the runs of a trigger, and its events without a run yet. */
uint32_t lanes_running(const struct lanes *, size_t trigger);
uint64_t lanes_waiting(const struct lanes *, size_t trigger);

/* The keys and events of a calm trigger. */
struct lanes_calm {
	uint64_t lc_events;  /* events so far */
	uint64_t lc_last;    /* time of the latest event, ns; 0: none yet */
	uint64_t lc_refused; /* events in front that lt_keys had no room for */
	size_t lc_keys;	     /* keys that are not calm yet */
};

const struct lanes_calm *lanes_calms(const struct lanes *, size_t trigger);

/* Returns the number of lanes. */
size_t lanes_count(const struct lanes *);

/* Forgets all retries: from now on no run is repeated. */
void lanes_give_up(struct lanes *, uint64_t now);

#endif
