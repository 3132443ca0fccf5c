/*
 * What the runner's files have together: runner.c waits and ends things,
 * hear.c does what the watcher and its keeper say.
 */
#ifndef RUNNER_INTERNAL_H
#define RUNNER_INTERNAL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "ipc/order.h"
#include "runner/control_link.h"
#include "runner/job_table.h"
#include "runner/reload.h"
#include "runner/stats_query.h"

struct conf;
struct partner;

/* From SIGTERM to SIGKILL: for the user's wishes, and when all is lost. */
#define GRACE	    (5 * CLOCK_S)
#define GRACE_SHORT (500 * CLOCK_MS)

struct runner {
	const struct conf *ru_conf;
	const struct partner *ru_partner;
	struct job_table ru_jobs;
	pid_t ru_watcher;	   /* 0 when it was reaped */
	struct order_ends ru_ends; /* closed when stopping */
	struct stats_query ru_stats;
	struct control_link ru_control;
	struct reload ru_reload;
	bool ru_full_orders;  /* the watcher had no room there */
	bool ru_full_reports; /* nor there: it may be waiting for us */
	bool ru_leave;	      /* it has to, and was not told yet */
	bool ru_ping;	      /* it is to answer, likewise */
	bool ru_lost; /* the watcher hung up before we knew of a reason */
	bool ru_stopping;
	uint64_t ru_give_up;
	int ru_exit;
	uint64_t ru_now;
};

/* Ends the runs, and then everything; the first reason is what counts. */
void runner_end(struct runner *, int status, uint64_t grace);

/* The same, when nothing that the watcher says matters any more. */
void runner_stop(struct runner *, int status, uint64_t grace);

/* The same, because of errno. */
void runner_fatal(struct runner *, const char *what);

/* Tells the watcher; false when it has no room, until runner_catch_up. */
bool runner_try(struct runner *, const struct order *);

/* Something of a trigger, of which it is all that there is to tell. */
void runner_tell(struct runner *, enum order_type, struct job *);

/* And what there was no room for, or nobody to hear it. */
void runner_catch_up(struct runner *);

/* Asks it for all of them, for STATS_USER or STATS_CONTROL. */
void runner_ask(struct runner *, unsigned int who);

/* What there is of the watcher's orders, and of the keeper's words. */
void orders_read(struct runner *);
void orders_opener(struct runner *);

/* For ru_leave. */
void orders_leave(struct runner *);

/* What -n has printed is let out; to be called before it waits. */
void orders_flush(struct runner *);

#endif
