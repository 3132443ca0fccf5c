/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The lanes of a rule with triggers that count by key, and the reports of their
 * runs.  Triggers are named by their index in the rule.
 *
 * Pure but for the memory; times are monotonic ns.
 */
#ifndef KEYED_H
#define KEYED_H

#include <stddef.h>
#include <stdint.h>

#include "engine/lanes.h"

struct conf_trigger;
struct order;

struct keyed_trigger {
	struct lanes_trigger kt_lanes;
	uint32_t kt_reports[LANES_RUNS]; /* of runs, an order_type; 0: none */
};

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
void keyed_add(struct keyed *, size_t index, const struct conf_trigger *);
int keyed_begin(struct keyed *, const uint64_t seed[2]);

/* Frees the memory; accepts NULL. */
void keyed_free(struct keyed *);

/* Takes a report of the runner, which counts at keyed_reports(). */
void keyed_report(struct keyed *, size_t index, const struct order *);
void keyed_reports(struct keyed *, uint64_t now);

#endif
