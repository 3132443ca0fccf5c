/*
 * A job decides when a trigger's command starts and ends.  Events go in, and
 * what the runner reports, and the time; an order for the runner comes out.
 * At most one run at a time; a backlog is a number.
 * Pure: no clock, no I/O, no allocation, no globals.  Times are nanoseconds
 * on one monotonic clock, UINT64_MAX is never.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* What becomes of events that come while the command still runs. */
enum policy_kind {
	POLICY_ONCE,	/* one more run for all of them */
	POLICY_DROP,	/* they are forgotten */
	POLICY_QUEUE,	/* a run for each */
	POLICY_RESTART, /* the run is ended, one more for all of them */
	POLICY_KINDS
};

enum policy_state {
	POLICY_IDLE,	/* nothing runs, an event starts the command */
	POLICY_HELD,	/* nothing runs, and nothing may before po_not_before */
	POLICY_RUNNING, /* ordered to start, no end reported */
	POLICY_ENDING,	/* ordered to end, no end reported */
	POLICY_STATES
};

enum policy_input {
	POLICY_EVENTS, /* so many events came due */
	POLICY_ENDED,  /* the runner reports: the run is over */
	POLICY_FAILED, /* the runner reports: the command could not be started
			*/
	POLICY_TIME,   /* the clock, for what has become due by itself */
	POLICY_INPUTS
};

enum policy_order {
	POLICY_NOTHING,
	POLICY_START, /* start the command, for po_running events */
	POLICY_END    /* end the run */
};

/* Inputs that a job listens to.  No other input needs to wake the caller. */
#define POLICY_HEARS_EVENTS 1U
#define POLICY_HEARS_END    2U

struct policy {
	enum policy_kind po_policy;
	enum policy_state po_state;
	uint64_t po_interval;	/* between two starts */
	uint64_t po_timeout;	/* that a run may take; 0: any time */
	uint64_t po_pending;	/* events that wait for a run */
	uint64_t po_running;	/* events that the run stands for */
	uint64_t po_met;	/* events that came while it ran */
	uint64_t po_started;	/* when the run was ordered */
	uint64_t po_not_before; /* when the next start is allowed */
	uint64_t po_backoff;	/* wait after the last failed start */
	bool po_crowded;	/* the run before met several events */
	bool po_replaceable;	/* restart: the interval has passed */
};

/* First and longest wait after a start that failed; it doubles. */
#define POLICY_BACKOFF_MIN UINT64_C(10000000)
#define POLICY_BACKOFF_MAX UINT64_C(1000000000)

void policy_init(
    struct policy *, enum policy_kind, uint64_t interval, uint64_t timeout);

/* events counts for POLICY_EVENTS alone.  Any input in any state is safe. */
enum policy_order policy_step(
    struct policy *, enum policy_input, uint64_t events, uint64_t now);

/*
 * Returns the time of the next POLICY_TIME.  A deadline stays until POLICY_TIME
 * has met it: a caller that asks late still finds it, in the past.
 */
uint64_t policy_deadline(const struct policy *);

/*
 * Returns those of POLICY_HEARS_EVENTS and POLICY_HEARS_END that can change the
 * job. The result changes only by policy_step, never by the passing of time.
 * While no event waits, the end of a run is reported together with the next
 * event, so an event costs one wake-up and not two.  When events come in a
 * crowd, they are counted at the end of the run, so a run costs one wake-up.
 */
unsigned int policy_hears(const struct policy *);

#endif
