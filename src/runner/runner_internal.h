/* The state of the runner, shared by the files that change it. */
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

#endif
