/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The state of the runner.  The files that take a struct runner share it:
 * runner.c (event loop), orders.c (messages in), watcher_link.c (messages out)
 * and shutdown.c, which alone writes ru_stopping, ru_give_up and ru_exit.
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
#include "runner/keys_query.h"
#include "runner/reload.h"
#include "runner/stats_query.h"

struct conf;
struct partner;

/* Time from the signal to SIGKILL: for the user's signal, and after an error.
 */
#define GRACE	    (5 * CLOCK_S)
#define GRACE_SHORT (500 * CLOCK_MS)

/* Times are ns of clock_now(). */
struct runner {
	const struct conf *ru_conf;
	const struct partner *ru_partner;
	struct job_table ru_jobs;
	struct stats_query ru_stats;
	struct keys_query ru_keys;
	struct control_link ru_control;
	struct reload ru_reload;
	uint64_t ru_now; /* time of the last wake-up */

	/* Watcher. */
	pid_t ru_watcher;	   /* 0: reaped */
	struct order_ends ru_ends; /* sockets; closed by shutdown_now() */
	bool ru_full_orders;	   /* order socket full */
	bool ru_full_reports;	   /* report socket full */
	bool ru_ping;		   /* ORDER_PING not sent yet */
	bool ru_lost; /* watcher closed its socket without a reason */

	/* Shutdown. */
	bool ru_lines;	/* lines of events are left, see events_flush() */
	bool ru_ending; /* shutdown_now() follows the last line */
	bool ru_stopping;
	uint64_t ru_give_up; /* time to exit even if processes are left */
	uint64_t ru_drop;    /* time to drop the lines that are left */
	int ru_exit;	     /* exit status */
};

#endif
