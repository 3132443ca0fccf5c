/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A policy decides when a trigger's command starts and ends.  Input: events,
 * reports of the runner, the time, and the turn that a sequence gives.  Output:
 * an order for the runner.  At most one run at a time; a backlog is a number.
 *
 * Pure: no clock, no I/O, no allocation, no globals.  Times are nanoseconds
 * on one monotonic clock, UINT64_MAX is never.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Treatment of events that come while the command still runs. */
enum policy_kind {
	POLICY_ONCE,	/* one more run for all of them */
	POLICY_DROP,	/* no run */
	POLICY_QUEUE,	/* a run for each of them */
	POLICY_RESTART, /* end the run, one more for all of them */
	POLICY_WHILE,	/* no run, but one more if the run is being ended;
			   only for the condition of that name */
	POLICY_KINDS
};

enum policy_state {
	POLICY_IDLE,	/* no run, no event */
	POLICY_HELD,	/* no run, no start before po_not_before */
	POLICY_RETRY,	/* no run, the last one broke: again at po_retry_at */
	POLICY_WAITING, /* no run, may start: waits for POLICY_TURN */
	POLICY_RUNNING, /* ordered to start, end not reported */
	POLICY_ENDING,	/* ordered to end, end not reported */
	POLICY_STATES
};

enum policy_input {
	POLICY_EVENTS, /* events came due */
	POLICY_OVER,   /* the state that the last event announced has ended */
	POLICY_ENDED,  /* report: the run has ended with status 0 */
	POLICY_BROKE,  /* report: with another status, or by a signal */
	POLICY_FAILED, /* report: the command could not be started */
	POLICY_TIME,   /* the deadline has passed */
	POLICY_TURN,   /* a command that waits may start now */
	POLICY_NEWER,  /* another trigger of the rule has a newer event */
	POLICY_INPUTS
};

enum policy_order {
	POLICY_NOTHING,
	POLICY_START, /* start the command for po_running events */
	POLICY_END    /* end the run */
};

/* Inputs that wake the caller. */
#define POLICY_WAKE_EVENTS 1U
#define POLICY_WAKE_END	   2U

struct policy {
	enum policy_kind po_policy;
	enum policy_state po_state;
	uint64_t po_interval;	/* ns between two starts, at least */
	uint64_t po_timeout;	/* ns for a run; 0: no limit */
	uint64_t po_retry;	/* ns from a broken run to the next; 0: none */
	uint64_t po_pending;	/* events without a run yet */
	uint64_t po_running;	/* events of the current run */
	uint64_t po_broken;	/* events of a broken run, to be repeated */
	uint64_t po_met;	/* events during the current run */
	uint64_t po_first;	/* time of the oldest pending event */
	uint64_t po_last;	/* time of the newest event that was kept */
	uint64_t po_ran;	/* po_first before the current run */
	uint64_t po_started;	/* time of the order to start */
	uint64_t po_not_before; /* earliest time of the next start */
	uint64_t po_retry_at;	/* earliest time of the start for po_broken */
	uint64_t po_backoff;	/* ns, wait after a failed start */
	bool po_repeats;	/* the current run is for po_broken */
	bool po_final;		/* the current run is not repeated */
	bool po_crowded;	/* several events came during the last run */
	bool po_replaceable;	/* restart: the interval has passed */
};

/* ns; the wait after a failed start doubles from the first to the longest. */
#define POLICY_BACKOFF_MIN UINT64_C(10000000)
#define POLICY_BACKOFF_MAX UINT64_C(1000000000)

void policy_init(struct policy *, enum policy_kind, uint64_t interval,
    uint64_t timeout, uint64_t retry);

/*
 * Returns the order that follows from an input.  Any input is valid in any
 * state.  `events`, and their time `at`, which never decreases, are ignored for
 * inputs other than POLICY_EVENTS.  POLICY_START is the answer to POLICY_TURN
 * only.
 *
 * POLICY_OVER drops the events that have no run yet, except under queue, and
 * ends the run of while.  A run is repeated after POLICY_BROKE unless a newer
 * event waits or the state is over.
 */
enum policy_order policy_step(struct policy *, enum policy_input,
    uint64_t events, uint64_t at, uint64_t now);

/* Gives up the retry that waits, and those of all runs to come. */
void policy_give_up(struct policy *, uint64_t now);

/* Returns true if a run is in progress; the runner reports its end. */
bool policy_runs(const struct policy *);

/*
 * Returns true if the policy has a place in the order of its rule: it waits for
 * the turn, or for a new try after a start that failed.  A command that cannot
 * be started for long (POLICY_BACKOFF_MAX) loses the place.
 */
bool policy_queues(const struct policy *);

/*
 * Returns the place in that order: the time of the newest pending event, queue:
 * of the oldest one, and after the first run of a backlog of the newest one.
 */
uint64_t policy_at(const struct policy *);

/*
 * Returns the time of the next POLICY_TIME.  A deadline stays, even in the
 * past, until a POLICY_TIME at or after it.
 */
uint64_t policy_deadline(const struct policy *);

/*
 * Returns the inputs that require a wake-up: POLICY_WAKE_EVENTS,
 * POLICY_WAKE_END, both or none (0).  The result changes by policy_step, never
 * by the passing of time.  While no event waits, the end of a run is read
 * together with the next event: one wake-up for an event, not two.  A run with
 * a retry requires its end, where the time of the retry begins.  When many
 * events come, they are counted at the end of the run: one wake-up for a run.
 * A policy that waits for the turn requires the end of its rule's run.
 */
unsigned int policy_wakes(const struct policy *);

#endif
