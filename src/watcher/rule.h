/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A rule in the watcher: one count of the packets of all its interfaces, which
 * its triggers turn into orders.
 */
#ifndef RULE_H
#define RULE_H

#include <stddef.h>
#include <stdint.h>

struct order;
struct place;
struct source_count;
struct watched_rule;
struct watched_trigger;
struct watcher;

/* Returns the packets of the rule as of the last samples. */
const struct source_count *rule_count(const struct watched_rule *);

/* Makes the sum of the last samples of the rule's counters. */
void rule_sum(struct watched_rule *);

/*
 * Takes the counts, reports and the time, at w_now, and sends the orders that
 * result.  All counters of the rule have been sampled.  Returns 0, or -1 and
 * errno.
 */
int rule_serve(const struct watcher *, struct watched_rule *);

/*
 * Lowers *wanted to the counts of the place's source at which the rule must be
 * served.
 */
void rule_want(const struct place *, struct source_count *wanted);

/* Takes a report of the runner, which counts when the rule is served. */
void rule_report(struct watched_trigger *, const struct order *);

/* Returns the time at which the rule must be served without packets, ns. */
uint64_t rule_deadline(const struct watched_rule *);

/* Return the runs of a trigger in progress, and its events without a run. */
size_t rule_runs(const struct watched_trigger *);
uint64_t rule_waiting(const struct watched_trigger *);

#endif
