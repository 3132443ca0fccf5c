/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * State of a replay, for its files: replay.c turns packets into events,
 * replay_keys.c those that count by key, replay_run.c talks to the runner and
 * waits for the ends of runs.
 */
#ifndef REPLAY_INTERNAL_H
#define REPLAY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/heap.h"
#include "engine/sequence.h"
#include "ipc/order.h"
#include "source/source.h"
#include "watcher/savefile.h"
#include "watcher/trigger.h"

struct conf;
struct conf_rule;
struct key_table;
struct keyed;

/* A rule, with the packets that it accepts. */
struct replay_rule {
	struct heap_node rr_due; /* in rp_due; first member */
	bool rr_behind;		 /* due behind packets of the time before */
	const struct conf_rule *rr_rule;
	struct source_count rr_count;
	struct sequence rr_sequence;
	struct trigger *rr_triggers;
	size_t rr_ntriggers;
	struct keyed *rr_keyed;	     /* NULL: no trigger counts by key */
	struct key_table *rr_tables; /* of triggers, by index; or NULL */
	bool rr_left;		     /* events had no room in the lanes */
	bool rr_repeated; /* the rule before has the same triggers: unused */
};

struct replay {
	const struct conf *rp_conf;
	struct replay_rule *rp_rules;
	struct trigger *rp_triggers; /* of all rules, by t_number */
	size_t rp_ntriggers;
	struct heap rp_due; /* rules by the time at which they are due */
	struct order_ends rp_ends;
	struct savefile rp_file;
	bool rp_begun;	   /* rp_first is set */
	uint64_t rp_first; /* time of the first packet, ns since 1970 */
	uint64_t rp_now;   /* ns since rp_first, never decreasing */
	uint64_t rp_end;   /* rp_now at the end of the file; or CLOCK_NEVER */
	uint64_t rp_wakeups;
	struct order_batch rp_batch; /* orders not sent yet */
	bool rp_done;		     /* -z: the only run has been printed */
	bool rp_gone; /* the runner has exited or cannot be reached */
};

/* Returns true after the last run. */
bool replay_run_over(const struct replay *);

/*
 * Sends an order to the runner.  Runs that are only printed (-n) are sent in
 * batches, since a file may cause many.
 */
void replay_run_send(struct replay *, const struct order *);

/*
 * Starts the commands of a rule whose turn it is, and waits for their ends;
 * that of `while` runs on.
 */
void replay_run_all(struct replay *, struct replay_rule *);

/* Waits for the end of a trigger's run, if there is one. */
void replay_run_await(struct replay *, struct trigger *);

/* The wait of savefile_begin: the savefile may be a pipe. */
bool replay_run_wait_for_file(void *);

/* Returns the rule of a trigger. */
struct replay_rule *replay_run_rule(
    const struct replay *, const struct trigger *);

/* Reports a fatal error; returns the exit status. */
int replay_run_fatal(struct replay *, enum order_place, int error);

/*
 * Makes what a rule needs to count by key, if it does.  Returns 0, or -1 and
 * errno.
 */
int replay_keys_begin(struct replay_rule *, const uint64_t seed[2]);

/* Counts a packet that the rule accepts, at its time. */
void replay_keys_count(
    struct replay *, struct replay_rule *, const struct savefile_packet *);

/*
 * Takes the events of a trigger from its table, if there is one, as far as
 * there is room; else sets rr_left.
 */
void replay_keys_take(struct replay *, struct replay_rule *, struct trigger *);

/* Tells the lanes of a rule the time. */
void replay_keys_tell(struct replay *, struct replay_rule *);

/* Sends ORDER_FULL for each table that was full. */
void replay_keys_end(struct replay *);

/* Returns the time of the next event without a packet that has room. */
uint64_t replay_keys_deadline(const struct replay_rule *);

/* Waits until the runner has read all orders and closes the socket. */
void replay_run_close(struct replay *);

#endif
