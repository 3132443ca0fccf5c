/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "engine/policy.h"
#include "ipc/order.h"
#include "watcher/keyed.h"
#include "watcher/replay_internal.h"

/* Message about a run, from the runner. */
enum outcome {
	OUTCOME_NONE,
	OUTCOME_FAILED /* the command could not be started */
};

bool
replay_run_over(const struct replay *rp)
{
	return rp->rp_gone || rp->rp_done;
}

static void
flush(struct replay *rp)
{
	if (rp->rp_batch.ob_len != 0 &&
	    order_send_batch(rp->rp_ends.oe_orders, &rp->rp_batch) == -1)
		rp->rp_gone = true;
}

void
replay_run_send(struct replay *rp, const struct order *o)
{
	rp->rp_batch.ob_orders[rp->rp_batch.ob_len++] = *o;
	if (o->o_type != ORDER_START || !rp->rp_conf->c_dry ||
	    rp->rp_batch.ob_len == ORDER_BATCH)
		flush(rp);
}

/* Adds to ORDER_STATS what the lanes and the table of a trigger tell. */
static void
add_keys(const struct replay_rule *rr, const struct trigger *t,
    struct order_stats *ot)
{
	const size_t i = (size_t)(t - rr->rr_triggers);
	const struct lanes *la = rr->rr_keyed->kd_lanes;
	const struct key_table *table = &rr->rr_tables[i];

	ot->ot_waiting = lanes_waiting(la, i);
	if (!conf_has_table(&rr->rr_rule->cr_triggers[i])) {
		ot->ot_keys = lanes_calms(la, i)->lc_keys;
		ot->ot_untracked = lanes_calms(la, i)->lc_refused;
		return;
	}
	ot->ot_waiting += table->kt_events - t->t_events;
	ot->ot_keys = table->kt_keys;
	ot->ot_untracked = table->kt_sums.ks_refused + table->kt_sums.ks_cut;
	ot->ot_keyless = table->kt_sums.ks_keyless;
}

/* Answers ORDER_QUERY: the statistics of each trigger. */
static void
send_stats(struct replay *rp)
{
	const struct replay_rule *rr = rp->rp_rules;
	struct order o;
	size_t i;

	for (i = 0; i < rp->rp_ntriggers; i++) {
		while (i >= (size_t)(rr->rr_triggers - rp->rp_triggers) +
			rr->rr_ntriggers)
			rr++;
		trigger_stats(&rp->rp_triggers[i], &rr->rr_count, &o);
		if (rp->rp_triggers[i].t_keyed)
			add_keys(rr, &rp->rp_triggers[i], &o.o_stats);
		o.o_stats.ot_wakeups = rp->rp_wakeups;
		replay_run_send(rp, &o);
	}
}

struct replay_rule *
replay_run_rule(const struct replay *rp, const struct trigger *t)
{
	struct replay_rule *rr = rp->rp_rules;

	while (t < rr->rr_triggers || t >= rr->rr_triggers + rr->rr_ntriggers)
		rr++;
	return rr;
}

/* Takes a report of a run of the rule. */
static void
take_report(
    const struct replay *rp, struct replay_rule *rr, const struct order *o)
{
	struct trigger *t = &rp->rp_triggers[o->o_trigger];
	const struct lanes_run run = { (size_t)(t - rr->rr_triggers),
		o->o_run };

	if (t->t_keyed)
		lanes_report(rr->rr_keyed->kd_lanes, &run,
		    trigger_outcome(o->o_type), rp->rp_now);
	else
		trigger_report(t, &rr->rr_sequence, o->o_type, rp->rp_now);
}

/* Returns true if a run of the trigger is in progress. */
static bool
is_running(const struct replay *rp, const struct trigger *t)
{
	const struct replay_rule *rr;

	if (!t->t_keyed)
		return trigger_runs(t);
	rr = replay_run_rule(rp, t);
	return lanes_running(
		   rr->rr_keyed->kd_lanes, (size_t)(t - rr->rr_triggers)) > 0;
}

/*
 * Takes ORDER_FAILED.  Nothing waits for the command of `while`: its policy
 * tries again in the time of the capture.
 */
static enum outcome
take_failure(struct replay *rp, const struct order *o)
{
	if (o->o_trigger >= rp->rp_ntriggers)
		return OUTCOME_NONE;
	if (rp->rp_triggers[o->o_trigger].t_condition.cn_kind !=
	    CONDITION_WHILE)
		return OUTCOME_FAILED;
	take_report(rp, replay_run_rule(rp, &rp->rp_triggers[o->o_trigger]), o);
	return OUTCOME_NONE;
}

/* Reads a message of the runner that no order has asked for. */
static enum outcome
read_message(struct replay *rp)
{
	struct order o;

	switch (order_recv(rp->rp_ends.oe_orders, &o)) {
	case ORDER_ONE:
		if (o.o_type == ORDER_FAILED)
			return take_failure(rp, &o);
		if (o.o_type == ORDER_QUERY)
			send_stats(rp);
		if (o.o_type == ORDER_PING)
			replay_run_send(rp, &o);
		break;
	case ORDER_NONE:
		break;
	default:
		rp->rp_gone = true;
		break;
	}
	return OUTCOME_NONE;
}

/* Reads the report of a run that has ended. */
static void
read_report(struct replay *rp)
{
	struct order o;

	if (order_recv(rp->rp_ends.oe_reports, &o) == ORDER_ONE &&
	    o.o_trigger < rp->rp_ntriggers)
		take_report(
		    rp, replay_run_rule(rp, &rp->rp_triggers[o.o_trigger]), &o);
}

/*
 * Sleeps until `fd` or a socket of the runner is readable, or until the time
 * `until`, and reads a message and a report of the runner.  Returns true if
 * `fd` is readable.
 */
static bool
sleep_until(struct replay *rp, int fd, uint64_t until, enum outcome *said)
{
	struct pollfd pfd[3] = {
		{ .fd = rp->rp_ends.oe_orders, .events = POLLIN },
		{ .fd = rp->rp_ends.oe_reports, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	flush(rp);
	*said = OUTCOME_NONE;
	if (poll(pfd, 3, clock_wait(clock_now(), until)) == -1) {
		rp->rp_gone = errno != EINTR && errno != EAGAIN;
		return false;
	}
	rp->rp_wakeups++;
	if (pfd[0].revents != 0)
		*said = read_message(rp);
	if (pfd[1].revents != 0)
		read_report(rp);
	return pfd[2].revents != 0;
}

void
replay_run_close(struct replay *rp)
{
	enum outcome said;

	while (!rp->rp_gone)
		sleep_until(rp, -1, CLOCK_NEVER, &said);
}

int
replay_run_fatal(struct replay *rp, enum order_place place, int error)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FATAL;
	o.o_fatal.of_error = error;
	o.o_fatal.of_place = place;
	replay_run_send(rp, &o);
	replay_run_close(rp);
	return 1;
}

bool
replay_run_wait_for_file(void *arg)
{
	struct replay *rp = arg;
	enum outcome said;

	while (!rp->rp_gone)
		if (sleep_until(rp, rp->rp_file.sf_fd, CLOCK_NEVER, &said))
			return !rp->rp_gone;
	return false;
}

/* Orders a run, with the time of the capture. */
static void
send_start(struct replay *rp, struct order *o)
{
	o->o_start.os_time = rp->rp_now > UINT64_MAX - rp->rp_first ?
	    UINT64_MAX :
	    rp->rp_first + rp->rp_now;
	replay_run_send(rp, o);
}

/*
 * Waits for the end of a run, and orders the end after the timeout, which is in
 * real time.  Returns OUTCOME_FAILED if the command could not be started.
 */
static enum outcome
await_end(
    struct replay *rp, const struct trigger *t, uint32_t run, uint64_t timeout)
{
	uint64_t until = timeout == 0 ? CLOCK_NEVER : clock_now() + timeout;
	enum outcome said;
	struct order o;

	while (!rp->rp_gone && is_running(rp, t)) {
		sleep_until(rp, -1, until, &said);
		if (said == OUTCOME_FAILED)
			return said;
		if (is_running(rp, t) && clock_now() >= until) {
			trigger_end(t, run, &o);
			replay_run_send(rp, &o);
			until = CLOCK_NEVER;
		}
	}
	return OUTCOME_NONE;
}

void
replay_run_await(struct replay *rp, struct trigger *t)
{
	(void)await_end(rp, t, 0, 0);
}

/* Waits for the next try to start a command. */
static void
pause_for(struct replay *rp, uint64_t ns)
{
	const uint64_t until = clock_now() + ns;
	enum outcome said;

	while (!rp->rp_gone && clock_now() < until)
		sleep_until(rp, -1, until, &said);
}

/*
 * Orders a run and waits for the end.  Tries again if the command cannot be
 * started, after longer and longer pauses.
 */
static void
run_command(struct replay *rp, const struct replay_rule *rr,
    const struct trigger *t, struct order *o)
{
	const struct conf_trigger *ct =
	    &rr->rr_rule->cr_triggers[t - rr->rr_triggers];
	uint64_t backoff = POLICY_BACKOFF_MIN;

	send_start(rp, o);
	while (await_end(rp, t, o->o_run, ct->ct_timeout) == OUTCOME_FAILED) {
		pause_for(rp, backoff);
		backoff *= 2;
		if (backoff > POLICY_BACKOFF_MAX)
			backoff = POLICY_BACKOFF_MAX;
		send_start(rp, o);
	}
}

/* Ends a run that is only printed. */
static void
end_dry(const struct replay *rp, struct replay_rule *rr, const struct order *o)
{
	const struct order ended = { .o_type = ORDER_ENDED,
		.o_trigger = o->o_trigger,
		.o_run = o->o_run };

	take_report(rp, rr, &ended);
}

/* Returns the trigger whose turn it is, and its order; NULL: none. */
static struct trigger *
next_start(struct replay *rp, struct replay_rule *rr, struct order *o)
{
	struct sequence_node *node;
	struct lanes_start ld;
	struct trigger *t;

	if (rr->rr_keyed == NULL) {
		node = sequence_next(&rr->rr_sequence, rp->rp_now);
	} else if (!lanes_next(rr->rr_keyed->kd_lanes, &rr->rr_sequence,
		       rp->rp_now, &ld)) {
		node = NULL;
	} else if (ld.ld_key != NULL) {
		t = &rr->rr_triggers[ld.ld_run.lr_trigger];
		trigger_start_key(t, &ld, o);
		return t;
	} else {
		node = ld.ld_node;
	}
	if (node == NULL)
		return NULL;
	t = trigger_of(node);
	trigger_start(t, &rr->rr_count, o);
	return t;
}

void
replay_run_all(struct replay *rp, struct replay_rule *rr)
{
	struct trigger *t;
	struct order o;

	while (!replay_run_over(rp) && (t = next_start(rp, rr, &o)) != NULL) {
		if (t->t_condition.cn_kind == CONDITION_WHILE) {
			send_start(rp, &o);
		} else if (rp->rp_conf->c_dry) {
			send_start(rp, &o);
			end_dry(rp, rr, &o);
		} else {
			run_command(rp, rr, t, &o);
		}
		/* -z: the first run is the last. */
		if (rp->rp_conf->c_dry && rp->rp_conf->c_single)
			rp->rp_done = true;
	}
}
