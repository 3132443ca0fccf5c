/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipc/order.h"
#include "runner/runner_internal.h"
#include "runner/shutdown.h"
#include "runner/watcher_link.h"

/*
 * Sends an order.  Returns false if the socket is full; true if the order was
 * sent, or never can be, because the watcher is gone or the daemon ends.
 */
static bool
try_send(struct runner *r, const struct order *o)
{
	bool reports = o->o_type == ORDER_ENDED || o->o_type == ORDER_BROKE;
	int fd = reports ? r->ru_ends.oe_reports : r->ru_ends.oe_orders;
	bool *full = reports ? &r->ru_full_reports : &r->ru_full_orders;

	if (*full)
		return false;
	/* If the watcher is gone, SIGCHLD reports that. */
	if (fd == -1 || order_try(fd, o) == 0 || errno == EPIPE)
		return true;
	if (errno != EAGAIN) {
		shutdown_fatal(r, "watcher: send");
		return true;
	}
	*full = true;
	return false;
}

void
watcher_link_report(struct runner *r, enum order_type type, struct job *jb)
{
	const struct order o = {
		.o_type = type, .o_trigger = jb->jb_number, .o_run = jb->jb_run
	};

	/* The next table of the watcher numbers the triggers differently. */
	if (!reload_changes(&r->ru_reload) && try_send(r, &o))
		return;
	jb->jb_unsent = type;
	job_table_wait(&r->ru_jobs, jb);
}

/* While the tables change the question waits. */
void
watcher_link_ask(struct runner *r, unsigned int who)
{
	const struct order o = { .o_type = ORDER_QUERY };

	if (r->ru_ends.oe_orders != -1 &&
	    stats_query_ask(&r->ru_stats, &r->ru_jobs, who,
		!reload_changes(&r->ru_reload)) &&
	    !try_send(r, &o))
		stats_query_unask(&r->ru_stats);
}

void
watcher_link_ask_keys(struct runner *r)
{
	const struct order o = { .o_type = ORDER_KEYS };

	if (r->ru_ends.oe_orders != -1 && !reload_changes(&r->ru_reload) &&
	    keys_query_deadline(&r->ru_keys) <= r->ru_now && try_send(r, &o))
		keys_query_begin(&r->ru_keys,
		    r->ru_now - r->ru_stats.sq_started,
		    r->ru_jobs.jt_list[0].jb_sums.js_stats.ot_wakeups,
		    r->ru_now);
}

void
watcher_link_ping(struct runner *r)
{
	const struct order o = { .o_type = ORDER_PING };

	r->ru_ping = !try_send(r, &o);
}

void
watcher_link_catch_up(struct runner *r)
{
	struct job_table *jt = &r->ru_jobs;
	struct job *jb;
	enum order_type unsent;
	size_t i;

	r->ru_full_orders = r->ru_full_reports = false;
	if (reload_changes(&r->ru_reload))
		return;
	if (r->ru_ping)
		watcher_link_ping(r);
	for (i = 0; i < jt->jt_ntimed; i++) {
		jb = jt->jt_timed[i];
		unsent = jb->jb_unsent;
		jb->jb_unsent = 0;
		if (unsent != 0)
			watcher_link_report(r, unsent, jb);
	}
	watcher_link_ask(r, 0);
	watcher_link_ask_keys(r);
}
