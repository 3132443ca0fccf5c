/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "conf/conf.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "engine/policy.h"
#include "ipc/order.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "watcher/keyed.h"
#include "watcher/rule_keys.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"

/* Keys whose events are taken in one turn, so that many delay no other rule. */
#define KEYS_MAX 64

/*
 * ns from one look to the next while many events of keys come, and none leads
 * to a run.
 */
#define REST UINT64_C(1000000)

int
rule_keys_begin(struct watched_rule *r, const uint64_t seed[2])
{
	const struct watched_trigger *t = r->wr_triggers;
	size_t i, n = 0;

	for (i = 0; i < r->wr_ntriggers; i++)
		n += t[i].wt_conf.ct_by.ks_n > 0;
	if (n == 0)
		return 0;
	if ((r->wr_keyed = keyed_new(r->wr_ntriggers)) == NULL)
		return -1;
	for (i = 0; i < r->wr_ntriggers; i++)
		if (t[i].wt_conf.ct_by.ks_n > 0)
			keyed_add(r->wr_keyed, i, &t[i].wt_conf);
	return keyed_begin(r->wr_keyed, seed);
}

void
rule_keys_move(struct watched_rule *r)
{
	struct watched_rule *from;
	struct keyed *own = r->wr_keyed;
	size_t i;

	if (own == NULL || r->wr_triggers->wt_from == NULL)
		return;
	from = r->wr_triggers->wt_from->wt_rule;
	if (from->wr_ntriggers != r->wr_ntriggers || from->wr_keyed == NULL)
		return;
	for (i = 0; i < r->wr_ntriggers; i++)
		if (r->wr_triggers[i].wt_from != &from->wr_triggers[i])
			return;
	r->wr_keyed = from->wr_keyed;
	r->wr_wakes = from->wr_wakes;
	from->wr_keyed = own;
}

/* Sends the order to end a run. */
static int
send_end(const struct watcher *w, const struct watched_rule *r,
    const struct lanes_run *end)
{
	struct order o;

	trigger_end(
	    &r->wr_triggers[end->lr_trigger].wt_trigger, end->lr_run, &o);
	return order_send(w->w_ends.oe_orders, &o);
}

/* Takes the events of the next key.  Returns 1, 0: there is none, or -1. */
static int
take_next(const struct watcher *w, struct watched_trigger *t)
{
	struct watched_rule *r = t->wt_rule;
	struct lanes_run end;
	struct key_event ev;
	int ends;

	if (!source_keys_event(t->wt_keys->co_source, w->w_now, &ev))
		return 0;
	r->wr_taken = true;
	trigger_took(&t->wt_trigger, &ev, w->w_now);
	ends = lanes_events(r->wr_keyed->kd_lanes, (size_t)(t - r->wr_triggers),
	    &ev, w->w_now, &end);
	if (ends == -1 || (ends == 1 && send_end(w, r, &end) == -1))
		return -1;
	return 1;
}

int
rule_keys_take(const struct watcher *w, struct watched_trigger *t)
{
	const struct counter *co = t->wt_keys;
	const struct lanes *la = t->wt_rule->wr_keyed->kd_lanes;
	size_t n;
	int took = 1;

	for (n = 0; took == 1 && n < KEYS_MAX && lanes_room(la); n++)
		if ((took = take_next(w, t)) == -1)
			return -1;
	t->wt_more =
	    took == 1 && co->co_count.sc_packets > t->wt_trigger.t_events;
	t->wt_rule->wr_more |= t->wt_more;
	return 0;
}

/* Finds the events of calm, unless events in front are left. */
static int
find_calm(const struct watcher *w, struct watched_rule *r)
{
	struct lanes *la = r->wr_keyed->kd_lanes;
	struct watched_trigger *t;
	struct lanes_run end;

	while (!r->wr_more && lanes_calm(la, w->w_now, &end))
		if (send_end(w, r, &end) == -1)
			return -1;
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++)
		if (t->wt_trigger.t_keyed && t->wt_keys == NULL)
			trigger_calm(&t->wt_trigger,
			    lanes_calms(la, (size_t)(t - r->wr_triggers)));
	return 0;
}

/* Starts the commands whose turn it is; *started: any. */
static int
start(const struct watcher *w, struct watched_rule *r,
    const struct source_count *count, bool *started)
{
	struct lanes *la = r->wr_keyed->kd_lanes;
	struct watched_trigger *t = r->wr_triggers;
	struct lanes_start ld;
	struct order o;

	*started = false;
	while (lanes_next(la, &r->wr_sequence, w->w_now, &ld)) {
		*started = true;
		if (ld.ld_key != NULL)
			trigger_start_key(
			    &t[ld.ld_run.lr_trigger].wt_trigger, &ld, &o);
		else
			trigger_start(trigger_of(ld.ld_node), count, &o);
		if (order_send(w->w_ends.oe_orders, &o) == -1)
			return -1;
	}
	return 0;
}

/*
 * Packets of keys that are held back, or whose commands run, are events, too:
 * while many of them come and start nothing, they are looked at now and then.
 */
static void
rest(struct watched_rule *r, bool started, uint64_t now)
{
	r->wr_rest = 0;
	if (!r->wr_taken || started)
		return;
	if (now - r->wr_vain < 2 * REST)
		r->wr_rest = now + REST;
	r->wr_vain = now;
}

int
rule_keys_order(const struct watcher *w, struct watched_rule *r,
    const struct source_count *count)
{
	struct lanes *la = r->wr_keyed->kd_lanes;
	struct lanes_run end;
	bool started;

	if (find_calm(w, r) == -1)
		return -1;
	while (lanes_late(la, w->w_now, &end))
		if (send_end(w, r, &end) == -1)
			return -1;
	if (start(w, r, count, &started) == -1)
		return -1;
	r->wr_wakes = lanes_wakes(la, &r->wr_sequence);
	rest(r, started, w->w_now);
	return 0;
}

void
rule_keys_want(const struct place *pl, struct source_count *wanted)
{
	const struct watched_rule *r = pl->pl_rule;
	const struct watched_trigger *t = r->wr_triggers;

	if ((r->wr_wakes & POLICY_WAKE_EVENTS) == 0 || r->wr_rest != 0)
		return;
	while (t->wt_keys != pl->pl_counter)
		t++;
	wanted->sc_packets =
	    t->wt_more ? 0 : pl->pl_counter->co_count.sc_packets + 1;
}

uint64_t
rule_keys_deadline(const struct watched_rule *r)
{
	const struct lanes *la = r->wr_keyed->kd_lanes;
	uint64_t when, first = lanes_deadline(la);

	/* Without room, events that are left may put a calm off. */
	if (!r->wr_more || lanes_room(la)) {
		when = lanes_calm_deadline(la);
		first = when < first ? when : first;
	}
	if (r->wr_rest != 0 && (r->wr_wakes & POLICY_WAKE_EVENTS) != 0)
		first = r->wr_rest < first ? r->wr_rest : first;
	return first;
}
