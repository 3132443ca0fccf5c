/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Queries for statistics, of the user (SIGUSR1) and the control process.  The
 * watcher answers one query at a time, with an ORDER_STATS for each trigger in
 * turn.
 */
#ifndef STATS_QUERY_H
#define STATS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order;
struct job_table;
struct control_link;

/* Askers; a set of them is the or. */
#define STATS_USER    1U
#define STATS_CONTROL 2U

struct stats_query {
	uint64_t sq_started;  /* start of the daemon, ns */
	size_t sq_answers;    /* answers awaited; 0: no query */
	unsigned int sq_asks; /* askers of the current query */
	unsigned int sq_next; /* askers of the next query */
};

/*
 * Adds askers; who may be 0.  Returns true if ORDER_QUERY must be sent now, for
 * all askers that wait; false if none waits, a query is under way, or may is
 * false.
 */
bool stats_query_ask(
    struct stats_query *, const struct job_table *, unsigned int who, bool may);

/* ORDER_QUERY could not be sent: the askers wait. */
void stats_query_unask(struct stats_query *);

/*
 * Takes an answer.  After the last one the user gets log lines, the control
 * process its reply, and the askers who wait are returned.
 */
unsigned int stats_query_take(struct stats_query *, struct job_table *,
    struct control_link *, const struct order *, uint64_t now);

/* Returns true if this is the answer that comes next. */
bool stats_query_fit(
    const struct stats_query *, const struct job_table *, const struct order *);

#endif
