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
enum job_policy {
	JOB_ONCE,    /* one more run for all of them */
	JOB_DROP,    /* they are forgotten */
	JOB_QUEUE,   /* a run for each */
	JOB_RESTART, /* the run is ended, one more for all of them */
	JOB_POLICIES
};

enum job_state {
	JOB_IDLE,    /* nothing runs, an event starts the command */
	JOB_HELD,    /* nothing runs, and nothing may before j_not_before */
	JOB_RUNNING, /* ordered to start, no end reported */
	JOB_ENDING,  /* ordered to end, no end reported */
	JOB_STATES
};

enum job_input {
	JOB_EVENTS, /* so many events came due */
	JOB_ENDED,  /* the runner reports: the run is over */
	JOB_FAILED, /* the runner reports: the command could not be started */
	JOB_TIME,   /* the clock, for what has become due by itself */
	JOB_INPUTS
};

enum job_order {
	JOB_NOTHING,
	JOB_START, /* start the command, for j_running events */
	JOB_END	   /* end the run */
};

/* Inputs that a job listens to.  No other input needs to wake the caller. */
#define JOB_HEARS_EVENTS 1U
#define JOB_HEARS_END	 2U

struct job {
	enum job_policy j_policy;
	enum job_state j_state;
	uint64_t j_interval;   /* between two starts */
	uint64_t j_timeout;    /* that a run may take; 0: any time */
	uint64_t j_pending;    /* events that wait for a run */
	uint64_t j_running;    /* events that the run stands for */
	uint64_t j_met;	       /* events that came while it ran */
	uint64_t j_started;    /* when the run was ordered */
	uint64_t j_not_before; /* when the next start is allowed */
	uint64_t j_backoff;    /* wait after the last failed start */
	bool j_crowded;	       /* the run before met several events */
	bool j_replaceable;    /* restart: the interval has passed */
};

/* First and longest wait after a start that failed; it doubles. */
#define JOB_BACKOFF_MIN UINT64_C(10000000)
#define JOB_BACKOFF_MAX UINT64_C(1000000000)

void job_init(
    struct job *, enum job_policy, uint64_t interval, uint64_t timeout);

/* events counts for JOB_EVENTS alone.  Any input in any state is safe. */
enum job_order job_step(
    struct job *, enum job_input, uint64_t events, uint64_t now);

/*
 * Returns the time of the next JOB_TIME.  A deadline stays until JOB_TIME has
 * met it: a caller that asks late still finds it, in the past.
 */
uint64_t job_deadline(const struct job *);

/*
 * Returns those of JOB_HEARS_EVENTS and JOB_HEARS_END that can change the job.
 * The result changes only by job_step, never by the passing of time.  While no
 * event waits, the end of a run is reported together with the next event, so
 * an event costs one wake-up and not two.  When events come in a crowd, they
 * are counted at the end of the run, so a run costs one wake-up.
 */
unsigned int job_hears(const struct job *);

#endif
