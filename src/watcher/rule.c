/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "engine/lanes.h"
#include "engine/policy.h"
#include "engine/sequence.h"
#include "ipc/order.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "watcher/keyed.h"
#include "watcher/rule.h"
#include "watcher/rule_keys.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"

const struct source_count *
rule_count(const struct watched_rule *r)
{
	return r->wr_nplaces == 1 ? &r->wr_places->pl_counter->co_count :
				    &r->wr_sum;
}

/* Returns the later time; one that is unknown is later than any other. */
static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Returns the earlier wake-up, where 0 is none. */
static uint64_t
earlier_wake(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

void
rule_sum(struct watched_rule *r)
{
	const struct source_count *part;
	struct source_count *sum = &r->wr_sum;
	uint64_t last = 0;
	size_t i;

	if (r->wr_nplaces == 1)
		return;
	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < r->wr_nplaces; i++) {
		part = &r->wr_places[i].pl_counter->co_count;
		sum->sc_packets += part->sc_packets;
		sum->sc_bytes += part->sc_bytes;
		sum->sc_woke = earlier_wake(sum->sc_woke, part->sc_woke);
		if (part->sc_packets != 0)
			last = later(last, part->sc_last);
	}
	sum->sc_last = last == 0 ? CLOCK_NEVER : last;
}

/* Feeds an input to the trigger and sends the order that results. */
static int
step(
    const struct watcher *w, struct watched_trigger *t, enum policy_input input)
{
	struct order o;

	if (!trigger_step(
		&t->wt_trigger, &t->wt_rule->wr_sequence, input, w->w_now, &o))
		return 0;
	return order_send(w->w_ends.oe_orders, &o);
}

/* Turns the last sample into events and sends the order that results. */
static int
take_count(const struct watcher *w, struct watched_trigger *t)
{
	struct order o;

	if (!trigger_count(&t->wt_trigger, &t->wt_rule->wr_sequence,
		rule_count(t->wt_rule), w->w_now, &o))
		return 0;
	return order_send(w->w_ends.oe_orders, &o);
}

/* Takes the report of a run, if one has come. */
static void
take_report(const struct watcher *w, struct watched_trigger *t)
{
	if (t->wt_report != 0)
		trigger_report(&t->wt_trigger, &t->wt_rule->wr_sequence,
		    t->wt_report, w->w_now);
	t->wt_report = 0;
}

/* Takes events, the end of a run and the time, in the order they came. */
static int
advance(const struct watcher *w, struct watched_trigger *t)
{
	/* Packets do not wake the watcher: they came before the end. */
	const bool packets_first =
	    policy_wakes(&t->wt_trigger.t_node.sn_policy) == POLICY_WAKE_END;

	if (!packets_first)
		take_report(w, t);
	if (take_count(w, t) == -1)
		return -1;
	if (packets_first)
		take_report(w, t);
	return step(w, t, POLICY_TIME);
}

/* Starts the command that is next, if none of the rule runs. */
static int
start_next(const struct watcher *w, struct watched_rule *r)
{
	struct sequence_node *node;
	struct order o;

	while ((node = sequence_next(&r->wr_sequence, w->w_now)) != NULL) {
		trigger_start(trigger_of(node), rule_count(r), &o);
		if (order_send(w->w_ends.oe_orders, &o) == -1)
			return -1;
	}
	return 0;
}

/* Takes the events of the rule's triggers, of keys or without a key. */
static int
take_events(const struct watcher *w, struct watched_rule *r)
{
	struct watched_trigger *t;

	r->wr_taken = r->wr_more = false;
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++) {
		if (!t->wt_trigger.t_keyed && advance(w, t) == -1)
			return -1;
		if (t->wt_keys != NULL && rule_keys_take(w, t) == -1)
			return -1;
	}
	return 0;
}

/* As rule_serve(), for a rule of which triggers count by key. */
static int
serve_keys(const struct watcher *w, struct watched_rule *r)
{
	/* Events did not wake the watcher: they came before the end. */
	const bool events_first = r->wr_wakes == POLICY_WAKE_END;

	if (!events_first)
		keyed_reports(r->wr_keyed, w->w_now);
	if (take_events(w, r) == -1)
		return -1;
	if (events_first)
		keyed_reports(r->wr_keyed, w->w_now);
	return rule_keys_order(w, r, rule_count(r));
}

int
rule_serve(const struct watcher *w, struct watched_rule *r)
{
	struct watched_trigger *t;

	rule_sum(r);
	if (r->wr_keyed != NULL)
		return serve_keys(w, r);
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++)
		if (advance(w, t) == -1)
			return -1;
	return start_next(w, r);
}

void
rule_report(struct watched_trigger *t, const struct order *o)
{
	if (t->wt_trigger.t_keyed)
		keyed_report(t->wt_rule->wr_keyed,
		    (size_t)(t - t->wt_rule->wr_triggers), o);
	else
		t->wt_report = o->o_type;
}

/*
 * Returns the count of one of several sources at which their sum may be
 * `wanted`: at least one of them reaches its share before.
 */
static uint64_t
share(uint64_t part, uint64_t sum, uint64_t wanted, size_t n)
{
	uint64_t more;

	if (wanted == UINT64_MAX)
		return wanted;
	more = wanted <= sum ? 0 : (wanted - sum - 1) / n + 1;
	return more > UINT64_MAX - part ? UINT64_MAX : part + more;
}

void
rule_want(const struct place *pl, struct source_count *wanted)
{
	const struct watched_rule *r = pl->pl_rule;
	const struct source_count *part = &pl->pl_counter->co_count;
	struct source_count all = { .sc_packets = UINT64_MAX,
		.sc_bytes = UINT64_MAX };
	size_t i;

	if (source_keys_is(pl->pl_counter->co_source)) {
		rule_keys_want(pl, wanted);
		return;
	}
	for (i = 0; i < r->wr_ntriggers; i++)
		trigger_want(&r->wr_triggers[i].wt_trigger, &all);
	if (r->wr_nplaces > 1) {
		all.sc_packets = share(part->sc_packets, r->wr_sum.sc_packets,
		    all.sc_packets, r->wr_nplaces);
		all.sc_bytes = share(part->sc_bytes, r->wr_sum.sc_bytes,
		    all.sc_bytes, r->wr_nplaces);
	}
	if (all.sc_packets < wanted->sc_packets)
		wanted->sc_packets = all.sc_packets;
	if (all.sc_bytes < wanted->sc_bytes)
		wanted->sc_bytes = all.sc_bytes;
}

uint64_t
rule_deadline(const struct watched_rule *r)
{
	uint64_t when, first = CLOCK_NEVER;
	size_t i;

	if (r->wr_keyed != NULL)
		first = rule_keys_deadline(r);
	for (i = 0; i < r->wr_ntriggers; i++) {
		when = trigger_deadline(&r->wr_triggers[i].wt_trigger);
		if (when < first)
			first = when;
	}
	return first;
}

size_t
rule_runs(const struct watched_trigger *t)
{
	if (t->wt_trigger.t_keyed)
		return lanes_running(t->wt_rule->wr_keyed->kd_lanes,
		    (size_t)(t - t->wt_rule->wr_triggers));
	return trigger_runs(&t->wt_trigger);
}

uint64_t
rule_waiting(const struct watched_trigger *t)
{
	uint64_t n;

	if (!t->wt_trigger.t_keyed)
		return trigger_waiting(&t->wt_trigger);
	n = lanes_waiting(t->wt_rule->wr_keyed->kd_lanes,
	    (size_t)(t - t->wt_rule->wr_triggers));
	/* Events may have been taken since the table was sampled. */
	if (t->wt_keys != NULL &&
	    t->wt_keys->co_count.sc_packets > t->wt_trigger.t_events)
		n += t->wt_keys->co_count.sc_packets - t->wt_trigger.t_events;
	return n;
}
