/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/key_table.h"
#include "engine/lanes.h"
#include "ipc/order.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "watcher/keyed.h"
#include "watcher/rule.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"
#include "watcher/watcher_stats.h"

/* Returns the wake-ups by the rule's sources and their triggers. */
static uint64_t
wakeups(const struct watched_rule *r)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < r->wr_nplaces + r->wr_ntables; i++)
		n += r->wr_places[i].pl_counter->co_wakeups;
	return n;
}

/* Returns true if an interface of the rule is absent. */
static bool
is_absent(const struct watched_rule *r)
{
	size_t i;

	for (i = 0; i < r->wr_nplaces; i++)
		if (r->wr_places[i].pl_counter->co_source->s_absent)
			return true;
	return false;
}

/* Fills in the sums of a trigger's table of keys; calm counts in its lanes. */
static void
add_keys(const struct watched_trigger *t, struct order_stats *ot)
{
	const struct watched_rule *r = t->wt_rule;
	const struct lanes_calm *lc;
	struct key_table_sums sums;

	if (t->wt_keys == NULL) {
		lc = lanes_calms(
		    r->wr_keyed->kd_lanes, (size_t)(t - r->wr_triggers));
		ot->ot_keys = lc->lc_keys;
		ot->ot_untracked = lc->lc_refused;
		return;
	}
	ot->ot_keys = source_keys_sums(t->wt_keys->co_source, &sums);
	ot->ot_untracked = sums.ks_refused + sums.ks_cut;
	ot->ot_keyless = sums.ks_keyless;
}

/* Makes ORDER_STATS of a trigger. */
static void
describe(
    const struct watcher *w, const struct watched_trigger *t, struct order *o)
{
	trigger_stats(&t->wt_trigger, rule_count(t->wt_rule), o);
	o->o_stats.ot_last = t->wt_trigger.t_last;
	o->o_stats.ot_waiting = rule_waiting(t);
	o->o_stats.ot_wakeups = w->w_wakeups;
	o->o_stats.ot_woken = wakeups(t->wt_rule);
	o->o_stats.ot_absent = is_absent(t->wt_rule) ? 1 : 0;
	if (t->wt_trigger.t_keyed)
		add_keys(t, &o->o_stats);
}

int
watcher_stats_send(const struct watcher *w)
{
	const struct table *tb = &w->w_table;
	const struct watched_trigger *t, *end;
	struct order_batch ob = { .ob_len = 0 };

	end = tb->tb_triggers + tb->tb_ntriggers;
	for (t = tb->tb_triggers; t < end; t++) {
		describe(w, t, &ob.ob_orders[ob.ob_len++]);
		if ((ob.ob_len == ORDER_BATCH || t + 1 == end) &&
		    order_send_batch(w->w_ends.oe_orders, &ob) == -1)
			return -1;
	}
	return 0;
}
