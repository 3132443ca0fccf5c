/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "engine/condition.h"
#include "engine/policy.h"
#include "filter/filter.h"
#include "ipc/order.h"
#include "ipc/savefile_proto.h"
#include "source/source.h"
#include "watcher/replay.h"
#include "watcher/savefile.h"
#include "watcher/trigger.h"

struct replay {
	const struct conf *rp_conf;
	struct trigger *rp_triggers;
	size_t rp_n;
	struct order_ends rp_ends;
	struct savefile rp_file;
	struct source_count rp_count;
	bool rp_timed;	   /* a trigger has a deadline */
	bool rp_begun;	   /* rp_first is set */
	uint64_t rp_first; /* time of the first packet, ns since 1970 */
	uint64_t rp_now;   /* ns since rp_first, never decreasing */
	uint64_t rp_wakeups;
	struct order_batch rp_batch; /* orders not sent yet */
	bool rp_done;		     /* -z: the only run has been printed */
	bool rp_gone; /* the runner has exited or cannot be reached */
};

/* Message about the current run, from the runner. */
enum outcome {
	OUTCOME_NONE,
	OUTCOME_ENDED,
	OUTCOME_FAILED /* the command could not be started */
};

/* Returns true after the last run. */
static bool
is_over(const struct replay *rp)
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

/*
 * Sends an order to the runner.  Runs that are only printed (-n) are sent in
 * batches, since a file may cause many.
 */
static void
send_order(struct replay *rp, const struct order *o)
{
	rp->rp_batch.ob_orders[rp->rp_batch.ob_len++] = *o;
	if (o->o_type != ORDER_START || !rp->rp_conf->c_dry ||
	    rp->rp_batch.ob_len == ORDER_BATCH)
		flush(rp);
}

/* Answers ORDER_QUERY: the statistics of each trigger. */
static void
send_stats(struct replay *rp)
{
	struct order o;
	size_t i;

	for (i = 0; i < rp->rp_n; i++) {
		memset(&o, 0, sizeof(o));
		o.o_type = ORDER_STATS;
		o.o_trigger = (uint32_t)i;
		o.o_stats.ot_events = rp->rp_triggers[i].t_events;
		o.o_stats.ot_wakeups = rp->rp_wakeups;
		o.o_stats.ot_packets = rp->rp_count.sc_packets;
		o.o_stats.ot_bytes = rp->rp_count.sc_bytes;
		send_order(rp, &o);
	}
}

/* Reads a message of the runner that no order has asked for. */
static enum outcome
read_message(struct replay *rp)
{
	struct order o;

	switch (order_recv(rp->rp_ends.oe_orders, &o)) {
	case ORDER_ONE:
		if (o.o_type == ORDER_FAILED)
			return OUTCOME_FAILED;
		if (o.o_type == ORDER_QUERY)
			send_stats(rp);
		if (o.o_type == ORDER_PING)
			send_order(rp, &o);
		break;
	case ORDER_NONE:
		break;
	default:
		rp->rp_gone = true;
		break;
	}
	return OUTCOME_NONE;
}

/*
 * Sleeps until `fd` or the runner's socket is readable, or until the time
 * `until`; reads a message of the runner into *said.  Returns true if `fd` is
 * readable.
 */
static bool
sleep_until(struct replay *rp, int fd, uint64_t until, enum outcome *said)
{
	struct pollfd pfd[2] = {
		{ .fd = rp->rp_ends.oe_orders, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	flush(rp);
	*said = OUTCOME_NONE;
	if (poll(pfd, 2, clock_wait(clock_now(), until)) == -1) {
		rp->rp_gone = errno != EINTR && errno != EAGAIN;
		return false;
	}
	rp->rp_wakeups++;
	if (pfd[0].revents != 0)
		*said = read_message(rp);
	return pfd[1].revents != 0;
}

/* Waits until the runner has read all orders and closes the socket. */
static void
wait_for_runner(struct replay *rp)
{
	enum outcome said;

	while (!rp->rp_gone)
		sleep_until(rp, -1, CLOCK_NEVER, &said);
}

/* Reports a fatal error; returns the exit status. */
static int
fatal(struct replay *rp, enum order_place place, int error)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FATAL;
	o.o_fatal.of_error = error;
	o.o_fatal.of_place = place;
	send_order(rp, &o);
	wait_for_runner(rp);
	return 1;
}

/* The wait of savefile_begin: the savefile may be a pipe. */
static bool
wait_for_file(void *arg)
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
	send_order(rp, o);
}

/* Orders the end of a run. */
static void
send_end(struct replay *rp, const struct trigger *t)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_END;
	o.o_trigger = t->t_number;
	send_order(rp, &o);
}

/* Waits for the end of a run, and orders the end after the timeout. */
static enum outcome
await_end(struct replay *rp, const struct trigger *t)
{
	const struct conf_rule *rule = rp->rp_conf->c_rules->cs_rules;
	uint64_t timeout = rule->cr_triggers[t->t_number].ct_timeout;
	uint64_t until = timeout == 0 ? CLOCK_NEVER : clock_now() + timeout;
	enum outcome said;
	struct order o;

	while (!rp->rp_gone) {
		if (sleep_until(rp, rp->rp_ends.oe_reports, until, &said) &&
		    order_recv(rp->rp_ends.oe_reports, &o) == ORDER_ONE)
			return OUTCOME_ENDED;
		if (said == OUTCOME_FAILED)
			return said;
		if (clock_now() >= until) {
			send_end(rp, t);
			until = CLOCK_NEVER;
		}
	}
	return OUTCOME_NONE;
}

/*
 * Orders a run and waits for the end.  Tries again if the command cannot be
 * started, after longer and longer pauses.
 */
static void
run_command(struct replay *rp, const struct trigger *t, struct order *o)
{
	uint64_t until, backoff = POLICY_BACKOFF_MIN;
	enum outcome said;

	send_start(rp, o);
	if (rp->rp_conf->c_dry) {
		/* -z: the first run is the last. */
		rp->rp_done = rp->rp_conf->c_single;
		return;
	}
	while (await_end(rp, t) == OUTCOME_FAILED) {
		until = clock_now() + backoff;
		while (!rp->rp_gone && clock_now() < until)
			sleep_until(rp, -1, until, &said);
		backoff *= 2;
		if (backoff > POLICY_BACKOFF_MAX)
			backoff = POLICY_BACKOFF_MAX;
		send_start(rp, o);
	}
}

/* Carries out an order, and the orders that follow the end of the run. */
static void
run_all(struct replay *rp, struct trigger *t, struct order *o)
{
	do
		run_command(rp, t, o);
	while (!is_over(rp) &&
	    trigger_step(t, POLICY_ENDED, &rp->rp_count, rp->rp_now, o));
}

/* Starts a run that was held back, if the interval has passed. */
static void
release(struct replay *rp, struct trigger *t)
{
	struct order o;

	if (t->t_policy.po_state == POLICY_HELD && !is_over(rp) &&
	    trigger_step(t, POLICY_TIME, &rp->rp_count, rp->rp_now, &o))
		run_all(rp, t, &o);
}

/* Turns the count into events and runs, then releases. */
static void
wake(struct replay *rp, struct trigger *t)
{
	struct order o;

	if (trigger_count(t, &rp->rp_count, rp->rp_now, &o))
		run_all(rp, t, &o);
	release(rp, t);
}

/*
 * Returns true if a trigger is due before `until`, and the time in *when.  A
 * silence that is complete at `until` is due: the packet comes after the
 * silence.  At the end of the file (CLOCK_NEVER) only a run that is held back
 * is due.
 */
static bool
is_due(const struct trigger *t, uint64_t until, uint64_t *when)
{
	uint64_t condition = condition_deadline(&t->t_condition);
	uint64_t policy = policy_deadline(&t->t_policy);
	bool held = t->t_policy.po_state == POLICY_HELD;

	if (until == CLOCK_NEVER ||
	    (held && policy < until && policy < condition)) {
		*when = policy;
		return held;
	}
	*when = condition;
	return condition <= until;
}

/* Advances the time to `until`: wakes due triggers, the earliest first. */
static void
advance(struct replay *rp, uint64_t until)
{
	struct trigger *t, *first;
	uint64_t when, earliest = CLOCK_NEVER;

	while (!is_over(rp)) {
		first = NULL;
		for (t = rp->rp_triggers; t < rp->rp_triggers + rp->rp_n; t++)
			if (is_due(t, until, &when) &&
			    (first == NULL || when < earliest)) {
				first = t;
				earliest = when;
			}
		if (first == NULL)
			return;
		if (rp->rp_now < earliest)
			rp->rp_now = earliest;
		if (until == CLOCK_NEVER)
			release(rp, first);
		else
			wake(rp, first);
	}
}

/* Counts a packet, at its time. */
static void
count_packet(struct replay *rp, const struct savefile_packet *packet)
{
	struct trigger *t;
	uint64_t now;

	if (!rp->rp_begun)
		rp->rp_first = packet->sp_time;
	rp->rp_begun = true;
	now =
	    packet->sp_time > rp->rp_first ? packet->sp_time - rp->rp_first : 0;
	if (now > rp->rp_now) {
		if (rp->rp_timed)
			advance(rp, now);
		rp->rp_now = now;
	}
	if (!packet->sp_counts)
		return;
	rp->rp_count.sc_packets++;
	rp->rp_count.sc_bytes += packet->sp_bytes;
	rp->rp_count.sc_last = rp->rp_count.sc_woke = rp->rp_now;
	for (t = rp->rp_triggers; t < rp->rp_triggers + rp->rp_n; t++)
		if (!is_over(rp))
			wake(rp, t);
}

/* Replays the file; returns the exit status. */
static int
loop(struct replay *rp)
{
	enum savefile_got got;
	struct savefile_packet packet;
	struct order o;

	while (
	    (got = savefile_next(&rp->rp_file, &packet)) == SAVEFILE_PACKET &&
	    !is_over(rp))
		count_packet(rp, &packet);
	advance(rp, CLOCK_NEVER);
	if (rp->rp_gone)
		return 0;
	if (got == SAVEFILE_ERROR && !rp->rp_done)
		return fatal(rp, rp->rp_file.sf_place, rp->rp_file.sf_error);
	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_DONE;
	send_order(rp, &o);
	wait_for_runner(rp);
	return 0;
}

/* Makes the triggers, with all counts and the time at 0. */
static int
open_triggers(struct replay *rp, const struct conf_rule *rule)
{
	struct trigger *t;
	uint32_t i;

	rp->rp_triggers = calloc(rule->cr_ntriggers, sizeof(*rp->rp_triggers));
	if (rp->rp_triggers == NULL)
		return -1;
	rp->rp_n = rule->cr_ntriggers;
	rp->rp_count.sc_last = CLOCK_NEVER;
	for (i = 0; i < rp->rp_n; i++) {
		t = &rp->rp_triggers[i];
		trigger_init(t, i, &rule->cr_triggers[i], &rp->rp_count, 0);
		if (rule->cr_triggers[i].ct_kind != CONDITION_EVERY ||
		    rule->cr_triggers[i].ct_interval != 0)
			rp->rp_timed = true;
		/* -T is in real time: await_end sees to it. */
		t->t_policy.po_timeout = 0;
	}
	return 0;
}

int
replay_run(const struct conf *c, int fd, const struct order_ends *ends)
{
	static struct filter filter;
	static struct replay rp;
	const struct conf_rule *rule = &c->c_rules->cs_rules[0];
	struct savefile *sf = &rp.rp_file;
	struct order ready;

	rp.rp_conf = c;
	rp.rp_ends = *ends;
	if (open_triggers(&rp, rule) == -1)
		return fatal(&rp, PLACE_READ, errno);
	if (savefile_begin(sf, fd, wait_for_file, &rp) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	if (rule->cr_filter != NULL &&
	    (savefile_proto_ask(ends, sf->sf_linktype, sf->sf_swapped, &filter,
		 sizeof(filter)) == -1 ||
		filter.f_len > FILTER_MAX))
		return 1;
	if (savefile_filter(sf, &filter) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	send_order(&rp, &ready);
	return loop(&rp);
}
