/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The part of rule.h for rules with triggers that count by key, wr_keyed. */
#ifndef RULE_KEYS_H
#define RULE_KEYS_H

#include <stdint.h>

struct place;
struct source_count;
struct watched_rule;
struct watched_trigger;
struct watcher;

/*
 * Makes wr_keyed, if the rule needs it; its triggers and places are complete.
 * Returns 0, or -1 and errno.
 */
int rule_keys_begin(struct watched_rule *, const uint64_t seed[2]);

/*
 * Takes wr_keyed over from the rule of the table before, if there is a rule
 * with the same triggers.
 */
void rule_keys_move(struct watched_rule *);

/*
 * Takes events of a trigger's keys, a bounded number, as far as there is room;
 * sends the orders that result.  Sets wt_more, wr_more and wr_taken.  Returns
 * 0, or -1 and errno.
 */
int rule_keys_take(const struct watcher *, struct watched_trigger *);

/*
 * Sends the orders for the lanes, and those to start triggers without a key,
 * which have this count; to be called once in a turn, after the inputs.
 * Returns 0, or -1 and errno.
 */
int rule_keys_order(
    const struct watcher *, struct watched_rule *, const struct source_count *);

/* Lowers *wanted to the events at which the table of a trigger is due. */
void rule_keys_want(const struct place *, struct source_count *wanted);

/* Returns the time at which the rule is due for its keys, ns. */
uint64_t rule_keys_deadline(const struct watched_rule *);

#endif
