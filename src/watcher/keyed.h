/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The triggers of a rule that count by key.  Tables tell the events of each
 * key; here they reach the lanes, which order the runs, and calm, which counts
 * the events of the trigger in front.  Triggers are named by their index in the
 * rule.
 *
 * Pure but for the memory; times are monotonic ns.
 */
#ifndef KEYED_H
#define KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/key_table.h"
#include "engine/lanes.h"

struct conf_trigger;
struct order;
struct trigger;

struct keyed_trigger {
	struct lanes_trigger kt_lanes;
	struct key_table kt_calm; /* calm, else kr_keys is 0 */
	uint64_t kt_refused;	  /* events that kt_calm had no room for */
	uint32_t kt_reports[LANES_RUNS]; /* of runs, an order_type; 0: none */
};

/* kd_lanes serves the caller, too. */
struct keyed {
	struct lanes *kd_lanes;
	struct keyed_trigger *kd_triggers;
	size_t kd_n;
	size_t kd_reports; /* in all kt_reports */
};

/*
 * Makes room for the triggers of a rule.  keyed_add() tells each of them that
 * has a key, then keyed_begin() begins.  Return NULL or -1 and errno without
 * memory.
 */
struct keyed *keyed_new(size_t n);
int keyed_add(struct keyed *, size_t index, const struct conf_trigger *,
    const uint64_t seed[2]);
int keyed_begin(struct keyed *, const uint64_t seed[2]);

/* Frees the memory; accepts NULL. */
void keyed_free(struct keyed *);

/*
 * Takes the next event of a calm trigger that has come due.  The events of the
 * trigger in front are taken before.  Returns false if there is none.
 */
bool keyed_calm(struct keyed *, size_t index, uint64_t now, struct key_event *);

/*
 * Takes events of a trigger; lanes_room() is true.  Returns 1 if an order to
 * end a run results, in *o; 0; or -1 and errno without memory.
 */
int keyed_event(struct keyed *, size_t index, struct trigger *,
    const struct key_event *, uint64_t now, struct order *o);

/* Takes a report of the runner, which counts at keyed_reports(). */
void keyed_report(struct keyed *, size_t index, const struct order *);
void keyed_reports(struct keyed *, uint64_t now);

/* Returns the time of the next event of calm. */
uint64_t keyed_calm_deadline(const struct keyed *);

#endif
