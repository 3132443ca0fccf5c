/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "base/log.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "runner/events.h"
#include "runner/orders.h"
#include "runner/run_log.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"
#include "runner/shutdown.h"
#include "runner/watcher_link.h"

/* Messages read in one turn, so that a flood of them delays no signal. */
#define ORDERS_AT_ONCE 16

/* Starts a command, now or when the rule before a reload has none. */
static void
start_command(struct runner *r, struct job *jb, const struct order_start *os)
{
	bool hopeless = false;

	jb->jb_held = job_table_holds(&r->ru_jobs, jb);
	if (jb->jb_held) {
		jb->jb_start = *os;
	} else if (job_start(jb, os, r->ru_now, &hopeless) == 0) {
		job_table_started(&r->ru_jobs, jb);
		if (!job_late(jb))
			events_print(r, jb, os);
	} else if (hopeless) {
		shutdown_now(r, 1, GRACE_SHORT);
	} else {
		watcher_link_report(r, ORDER_FAILED, jb);
	}
}

static void
start_run(struct runner *r, struct job *jb, struct order_start os)
{
	if (r->ru_stopping)
		return;
	events_stamp(r, &os);
	if (r->ru_conf->c_dry || jb->jb_trigger->ct_argv == NULL)
		events_run(r, jb, &os);
	else
		start_command(r, jb, &os);
}

void
orders_start_held(struct runner *r)
{
	struct job *jb = r->ru_jobs.jt_list;
	struct job *end = jb + r->ru_jobs.jt_n;

	for (; jb < end; jb++)
		if (jb->jb_held)
			start_run(r, jb, jb->jb_start);
}

/* Ends a run; one that has not started failed to start. */
static void
end_run(struct runner *r, struct job *jb)
{
	job_table_end_run(&r->ru_jobs, jb, r->ru_now, GRACE);
	events_end(r, jb);
	if (jb->jb_held)
		watcher_link_report(r, ORDER_FAILED, jb);
	jb->jb_held = false;
}

/* Validates an order.  An invalid one means a compromised watcher. */
static bool
valid(const struct runner *r, const struct order *o)
{
	const struct job *jb;

	if (o->o_trigger >= r->ru_jobs.jt_triggers)
		return false;
	jb = r->ru_jobs.jt_first[o->o_trigger];
	if (o->o_run >= jb->jb_trigger->ct_runs)
		return false;
	switch (o->o_type) {
	case ORDER_START:
		return job_may_start(jb + o->o_run, &o->o_start);
	case ORDER_STATS:
		return stats_query_fit(&r->ru_stats, &r->ru_jobs, o);
	case ORDER_KEY:
	case ORDER_KEYS:
		return keys_query_fits(&r->ru_keys, &r->ru_jobs, o);
	case ORDER_FULL:
		return jb->jb_trigger->ct_by.ks_n != 0 &&
		    o->o_full.ou_refused != 0;
	case ORDER_READY:
		return reload_begins(&r->ru_reload) ||
		    reload_changes(&r->ru_reload);
	case ORDER_PING:
	case ORDER_END:
	case ORDER_FATAL:
		return true;
	case ORDER_GONE:
	case ORDER_BACK:
	case ORDER_FOUND:
	case ORDER_OTHER:
		return o->o_change.oc_interface < jb->jb_rule->cr_ninterfaces;
	case ORDER_DONE:
		return r->ru_conf->c_savefile != NULL &&
		    !job_table_running(&r->ru_jobs);
	default:
		return false;
	}
}

/* The new table is in force: installs the new jobs, sends delayed messages. */
static void
finish_reload(struct runner *r)
{
	reload_done(&r->ru_reload, &r->ru_jobs, r->ru_now, GRACE);
	keys_query_restart(&r->ru_keys);
	watcher_link_catch_up(r);
}

/* The first table is in force: logs each trigger. */
static void
begin_counting(struct runner *r)
{
	char **how = r->ru_partner->pa_how;
	const struct conf_rule *rules = r->ru_conf->c_rules->cs_rules;
	const struct job_table *jt = &r->ru_jobs;
	const struct job *jb;
	size_t i;

	for (i = 0; i < jt->jt_triggers; i++) {
		jb = jt->jt_first[i];
		run_log_ready(
		    jb, how == NULL ? "a savefile" : how[jb->jb_rule - rules]);
	}
	reload_begin(&r->ru_reload);
}

static void
watcher_ready(struct runner *r)
{
	if (reload_changes(&r->ru_reload))
		finish_reload(r);
	else
		begin_counting(r);
}

/* The watcher has ended: of a savefile all lines are printed before. */
static void
end_replay(struct runner *r, int status)
{
	if (r->ru_conf->c_savefile != NULL)
		shutdown_after_lines(r, status);
	else
		shutdown_now(r, status, GRACE_SHORT);
}

/* All keys have come: sends them to the control process. */
static void
end_keys(struct runner *r)
{
	size_t len;
	char *text;

	text = keys_query_end(&r->ru_keys, &r->ru_jobs, &len, r->ru_now);
	control_link_reply(&r->ru_control, text, len, r->ru_now);
}

static void
carry_out(struct runner *r, const struct order *o)
{
	struct job *jb;

	if (!valid(r, o)) {
		log_warnx("watcher: invalid message %u; exiting",
		    (unsigned int)o->o_type);
		shutdown_now(r, 1, GRACE_SHORT);
		return;
	}
	jb = r->ru_jobs.jt_first[o->o_trigger] + o->o_run;
	switch (o->o_type) {
	case ORDER_READY:
		watcher_ready(r);
		break;
	case ORDER_PING:
		sdnotify_alive();
		break;
	case ORDER_START:
		start_run(r, jb, o->o_start);
		break;
	case ORDER_END:
		end_run(r, jb);
		break;
	case ORDER_STATS:
		watcher_link_ask(r,
		    stats_query_take(&r->ru_stats, &r->ru_jobs, &r->ru_control,
			o, r->ru_now));
		break;
	case ORDER_KEY:
		keys_query_take(&r->ru_keys, &r->ru_jobs, o, r->ru_now);
		break;
	case ORDER_KEYS:
		end_keys(r);
		break;
	case ORDER_FULL:
		job_full(jb, &o->o_full, r->ru_now);
		break;
	case ORDER_FATAL:
		run_log_fatal(r->ru_conf->c_savefile != NULL ?
			r->ru_conf->c_savefile :
			job_name(jb),
		    &o->o_fatal);
		end_replay(r, 1);
		break;
	case ORDER_GONE:
	case ORDER_BACK:
	case ORDER_FOUND:
	case ORDER_OTHER:
		interface_log_add(&jb->jb_first->jb_interface_log,
		    jb->jb_rule->cr_interfaces,
		    (size_t)o->o_change.oc_interface, o->o_type, r->ru_now);
		job_table_wait(&r->ru_jobs, jb->jb_first);
		break;
	case ORDER_DONE:
		end_replay(r, 0);
		break;
	default:
		break;
	}
}

void
orders_read(struct runner *r)
{
	struct order_batch ob;
	size_t k;
	int i;

	for (i = 0;
	     i < ORDERS_AT_ONCE && r->ru_ends.oe_orders != -1 && events_room(r);
	     i++) {
		switch (order_recv_batch(r->ru_ends.oe_orders, &ob)) {
		case ORDER_NONE:
			return;
		case ORDER_ONE:
			for (k = 0; k < ob.ob_len; k++)
				carry_out(r, &ob.ob_orders[k]);
			break;
		case ORDER_ERROR:
			shutdown_fatal(r, "watcher: receive");
			break;
		case ORDER_CLOSED:
			r->ru_lost = !r->ru_stopping;
			shutdown_now(r, 1, GRACE_SHORT);
			break;
		}
	}
}

void
orders_opener(struct runner *r)
{
	bool changes = reload_changes(&r->ru_reload);

	if (reload_read(&r->ru_reload, &r->ru_jobs) == -1)
		shutdown_fatal(r, "opener: receive");
	/* The table before stays in force. */
	if (changes && !reload_changes(&r->ru_reload))
		watcher_link_catch_up(r);
}
