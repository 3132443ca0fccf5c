/*
 * A job decides when a trigger's command starts and ends.  Events go in, and
 * what the runner reports, and the time; an order for the runner comes out.
 * At most one run at a time; a backlog is a number.
 * Pure: no clock, no I/O, no allocation, no globals.  Times are nanoseconds
 * on one monotonic clock, UINT64_MAX is never.
 */
#ifndef JOB_H
#define JOB_H

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

/* What a job listens to: of anything else nobody need wake it. */
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
};

/* First and longest wait after a start that failed; it doubles. */
#define JOB_BACKOFF_MIN UINT64_C(10000000)
#define JOB_BACKOFF_MAX UINT64_C(1000000000)

void job_init(
    struct job *, enum job_policy, uint64_t interval, uint64_t timeout);

/* events counts for JOB_EVENTS alone.  Any input in any state is safe. */
enum job_order job_step(
    struct job *, enum job_input, uint64_t events, uint64_t now);

/* When JOB_TIME is wanted next. */
uint64_t job_deadline(const struct job *, uint64_t now);

/*
 * Which of JOB_HEARS_EVENTS and JOB_HEARS_END can change anything now.  The
 * end of a run that nothing waits for is of no interest before the next event
 * is, so that an event costs one wake-up and not two; in a crowd of events it
 * is the other way round, so that a run does.
 */
unsigned int job_hears(const struct job *, uint64_t now);

#endif
