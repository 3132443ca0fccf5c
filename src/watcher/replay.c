/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "engine/condition.h"
#include "engine/lanes.h"
#include "engine/policy.h"
#include "filter/filter.h"
#include "ipc/order.h"
#include "ipc/savefile_proto.h"
#include "source/source.h"
#include "watcher/keyed.h"
#include "watcher/replay.h"
#include "watcher/replay_internal.h"
#include "watcher/savefile.h"
#include "watcher/trigger.h"

/*
 * Sets the time at which a rule is due.  A silence that is complete when a
 * packet comes is due before the packet; what a policy waits for is due behind
 * a packet of the same time.
 */
static void
settle(struct replay *rp, struct replay_rule *rr)
{
	uint64_t when, condition = CLOCK_NEVER, policy = CLOCK_NEVER;
	const struct trigger *t;

	if (rr->rr_keyed != NULL) {
		condition = replay_keys_deadline(rr);
		policy = lanes_deadline(rr->rr_keyed->kd_lanes);
	}
	for (t = rr->rr_triggers; t < rr->rr_triggers + rr->rr_ntriggers; t++) {
		if (t->t_keyed)
			continue;
		when = condition_deadline(&t->t_condition);
		condition = when < condition ? when : condition;
		when = policy_deadline(&t->t_node.sn_policy);
		policy = when < policy ? when : policy;
	}
	rr->rr_behind = policy < condition;
	heap_set(
	    &rp->rp_due, &rr->rr_due, rr->rr_behind ? policy + 1 : condition);
}

/* Feeds an input; the order to end a run is that of `while`. */
static void
input(struct replay *rp, struct replay_rule *rr, struct trigger *t,
    enum policy_input what)
{
	struct order o;
	bool ends;

	ends = what == POLICY_EVENTS ?
	    trigger_count(t, &rr->rr_sequence, &rr->rr_count, rp->rp_now, &o) :
	    trigger_step(t, &rr->rr_sequence, what, rp->rp_now, &o);
	if (!ends)
		return;
	if (rp->rp_conf->c_dry) {
		(void)trigger_step(
		    t, &rr->rr_sequence, POLICY_ENDED, rp->rp_now, &o);
		return;
	}
	replay_run_send(rp, &o);
	replay_run_await(rp, t);
}

/*
 * Turns the count and the time into events and runs.  Returns true if events
 * that had no room have room now.
 */
static bool
serve_once(struct replay *rp, struct replay_rule *rr)
{
	struct trigger *t;

	rr->rr_left = false;
	for (t = rr->rr_triggers; t < rr->rr_triggers + rr->rr_ntriggers; t++) {
		if (t->t_keyed) {
			replay_keys_take(rp, rr, t);
			continue;
		}
		if (rp->rp_end == CLOCK_NEVER)
			input(rp, rr, t, POLICY_EVENTS);
		input(rp, rr, t, POLICY_TIME);
	}
	if (rr->rr_keyed != NULL)
		replay_keys_tell(rp, rr);
	replay_run_all(rp, rr);
	return rr->rr_left && lanes_room(rr->rr_keyed->kd_lanes) &&
	    !replay_run_over(rp);
}

static void
serve(struct replay *rp, struct replay_rule *rr)
{
	while (serve_once(rp, rr))
		continue;
	settle(rp, rr);
}

/* Advances the time to `until`: serves due rules, the earliest first. */
static void
advance(struct replay *rp, uint64_t until)
{
	struct replay_rule *rr;
	uint64_t when;

	while (!replay_run_over(rp)) {
		/* rr_due is the first member. */
		rr = (struct replay_rule *)heap_first(&rp->rp_due);
		if (rr == NULL || rr->rr_due.hn_time > until)
			break;
		when = rr->rr_due.hn_time - rr->rr_behind;
		if (rp->rp_now < when)
			rp->rp_now = when;
		serve(rp, rr);
	}
	if (rp->rp_now < until)
		rp->rp_now = until;
}

/* Counts a packet, at its time. */
static void
count_packet(struct replay *rp, const struct savefile_packet *packet)
{
	struct replay_rule *rr = rp->rp_rules;
	struct replay_rule *end = rr + rp->rp_conf->c_rules->cs_nrules;

	if (!rp->rp_begun)
		rp->rp_first = packet->sp_time;
	rp->rp_begun = true;
	if (packet->sp_time > rp->rp_first)
		advance(rp, packet->sp_time - rp->rp_first);
	for (; rr < end && !replay_run_over(rp); rr++) {
		if (rr->rr_repeated ||
		    !savefile_accepts(
			&rp->rp_file, (size_t)(rr - rp->rp_rules), packet))
			continue;
		rr->rr_count.sc_packets++;
		rr->rr_count.sc_bytes += packet->sp_bytes;
		rr->rr_count.sc_last = rr->rr_count.sc_woke = rp->rp_now;
		if (rr->rr_tables != NULL)
			replay_keys_count(rp, rr, packet);
		serve(rp, rr);
	}
}

/*
 * Returns the time at which a rule starts what an interval holds back; a
 * repeated run that is held back is given up.
 */
static uint64_t
held_until(const struct replay_rule *rr)
{
	const struct trigger *t;
	uint64_t when, first = CLOCK_NEVER;

	if (rr->rr_keyed != NULL)
		first = lanes_deadline(rr->rr_keyed->kd_lanes);
	for (t = rr->rr_triggers; t < rr->rr_triggers + rr->rr_ntriggers; t++) {
		when = policy_deadline(&t->t_node.sn_policy);
		if (t->t_node.sn_policy.po_state == POLICY_HELD &&
		    t->t_node.sn_policy.po_pending != 0 && when < first)
			first = when;
	}
	return first;
}

/* Returns the rule with the shortest such time, *when; NULL: none. */
static struct replay_rule *
first_held(const struct replay *rp, uint64_t *when)
{
	struct replay_rule *rr = rp->rp_rules, *first = NULL;
	struct replay_rule *end = rr + rp->rp_conf->c_rules->cs_nrules;
	uint64_t until;

	*when = CLOCK_NEVER;
	for (; rr < end; rr++)
		if (!rr->rr_repeated && (until = held_until(rr)) < *when) {
			*when = until;
			first = rr;
		}
	return first;
}

/*
 * The end of the file: ends the commands of `while`, and starts those that an
 * interval holds back.  A silence that lasts to the end is no event.
 */
static void
finish(struct replay *rp)
{
	struct replay_rule *rr;
	struct trigger *t;
	uint64_t when;

	rp->rp_end = rp->rp_now;
	for (t = rp->rp_triggers; t < rp->rp_triggers + rp->rp_ntriggers; t++) {
		rr = replay_run_rule(rp, t);
		if (t == rr->rr_triggers && rr->rr_keyed != NULL)
			lanes_give_up(rr->rr_keyed->kd_lanes, rp->rp_now);
		if (t->t_condition.cn_kind == CONDITION_WHILE) {
			input(rp, rr, t, POLICY_OVER);
			replay_run_all(rp, rr);
		}
	}
	while (!replay_run_over(rp) && (rr = first_held(rp, &when)) != NULL) {
		rp->rp_now = when;
		while (serve_once(rp, rr))
			continue;
	}
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
	    !replay_run_over(rp))
		count_packet(rp, &packet);
	if (!replay_run_over(rp))
		finish(rp);
	if (rp->rp_gone)
		return 0;
	if (got == SAVEFILE_ERROR && !rp->rp_done)
		return replay_run_fatal(
		    rp, rp->rp_file.sf_place, rp->rp_file.sf_error);
	replay_keys_end(rp);
	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_DONE;
	replay_run_send(rp, &o);
	replay_run_close(rp);
	return 0;
}

/* Starts the triggers of a rule, with all counts and the time at 0. */
static void
start_rule(struct replay *rp, struct replay_rule *rr)
{
	const struct conf_rule *rule = rr->rr_rule;
	const struct trigger *front = NULL;
	struct trigger *t;
	size_t i;

	rr->rr_count.sc_last = CLOCK_NEVER;
	sequence_init(&rr->rr_sequence);
	for (i = 0; i < rule->cr_ntriggers; i++) {
		t = &rr->rr_triggers[i];
		trigger_init(t, (uint32_t)(t - rp->rp_triggers),
		    &rule->cr_triggers[i], &rr->rr_count, 0);
		t->t_node.sn_index = i;
		front = trigger_follow(t, front);
		/* Other runs end while the time stands still. */
		if (rule->cr_triggers[i].ct_kind != CONDITION_WHILE)
			t->t_node.sn_policy.po_timeout = 0;
		sequence_add(&rr->rr_sequence, &t->t_node);
	}
	settle(rp, rr);
}

/* Makes the rules.  Returns 0, or -1 and errno. */
static int
open_rules(
    struct replay *rp, const struct conf_rules *rules, const uint64_t seed[2])
{
	struct replay_rule *rr;
	size_t i, n = 0;

	rp->rp_ntriggers = conf_triggers(rules);
	rp->rp_rules = calloc(rules->cs_nrules, sizeof(*rp->rp_rules));
	rp->rp_triggers = calloc(rp->rp_ntriggers, sizeof(*rp->rp_triggers));
	rp->rp_due.he_list =
	    (struct heap_node **)calloc(rules->cs_nrules, sizeof(void *));
	if (rp->rp_rules == NULL || rp->rp_triggers == NULL ||
	    rp->rp_due.he_list == NULL)
		return -1;
	for (i = 0; i < rules->cs_nrules; i++) {
		rr = &rp->rp_rules[i];
		rr->rr_rule = &rules->cs_rules[i];
		rr->rr_triggers = &rp->rp_triggers[n];
		rr->rr_ntriggers = rr->rr_rule->cr_ntriggers;
		rr->rr_repeated = i > 0 &&
		    rr->rr_rule->cr_triggers == rr[-1].rr_rule->cr_triggers;
		n += rr->rr_ntriggers;
		if (rr->rr_repeated)
			continue;
		if (replay_keys_begin(rr, seed) == -1)
			return -1;
		start_rule(rp, rr);
	}
	return 0;
}

/* Gets the filter of a rule from the runner.  Returns 0 or -1. */
static int
ask_filter(struct replay *rp, struct filter *filter, bool *asked)
{
	const struct savefile *sf = &rp->rp_file;

	if (!*asked &&
	    savefile_proto_ask(&rp->rp_ends, sf->sf_linktype, sf->sf_swapped) ==
		-1)
		return -1;
	*asked = true;
	if (savefile_proto_receive(&rp->rp_ends, filter, sizeof(*filter)) == -1)
		return -1;
	return filter->f_len > FILTER_MAX ? -1 : 0;
}

/* Sets the filter of each rule.  Returns -1, or the exit status. */
static int
open_filters(struct replay *rp, const struct conf_rules *rules)
{
	static struct filter filter;
	struct savefile *sf = &rp->rp_file;
	bool asked = false;
	size_t i;

	for (i = 0; i < rules->cs_nrules; i++) {
		filter.f_len = 0;
		if (rules->cs_rules[i].cr_filter != NULL &&
		    ask_filter(rp, &filter, &asked) == -1)
			return 1;
		if (savefile_filter(sf, &filter) == -1)
			return replay_run_fatal(rp, sf->sf_place, sf->sf_error);
	}
	return -1;
}

int
replay_run(const struct conf *c, int fd, const struct order_ends *ends,
    const uint64_t seed[2])
{
	static struct replay rp;
	struct savefile *sf = &rp.rp_file;
	struct order ready;
	int result;

	rp.rp_conf = c;
	rp.rp_ends = *ends;
	rp.rp_end = CLOCK_NEVER;
	if (open_rules(&rp, c->c_rules, seed) == -1)
		return replay_run_fatal(&rp, PLACE_READ, errno);
	if (savefile_begin(sf, fd, replay_run_wait_for_file, &rp) == -1)
		return replay_run_fatal(&rp, sf->sf_place, sf->sf_error);
	if ((result = open_filters(&rp, c->c_rules)) != -1)
		return result;
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	replay_run_send(&rp, &ready);
	return loop(&rp);
}
