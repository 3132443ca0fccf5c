/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "engine/heap.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "ipc/order.h"
#include "source/source_keys.h"
#include "watcher/full.h"
#include "watcher/keyed.h"
#include "watcher/watcher_internal.h"
#include "watcher/watcher_keys.h"

/* Places of a table that are looked at in a step. */
#define STEP 1024

/* One of the keys with the most packets. */
struct listed {
	struct heap_node li_node; /* hn_time: packets */
	struct order_key li_key;
};

/* The answer to ORDER_KEYS so far. */
struct watcher_keys {
	size_t wk_trigger; /* being listed, or next */
	size_t wk_place;   /* next place in its table */
	size_t wk_most;	   /* keys of a trigger, at most */
	size_t wk_n;	   /* keys in wk_list */
	size_t wk_sent;
	struct heap wk_heap; /* of wk_list, the fewest packets first */
	struct heap_node *wk_nodes[ORDER_KEYS_MOST];
	struct listed wk_list[ORDER_KEYS_MOST];
};

/* Returns the keys that each table may have in the answer. */
static size_t
share(const struct table *tb)
{
	size_t i, n = 0, most;

	for (i = 0; i < tb->tb_ntriggers; i++)
		n += tb->tb_triggers[i].wt_keys != NULL;
	most = n == 0 ? 0 : ORDER_KEYS_IN_ALL / n;
	if (most > ORDER_KEYS_MOST)
		return ORDER_KEYS_MOST;
	return most == 0 ? 1 : most;
}

int
watcher_keys_begin(struct watcher *w)
{
	const struct order end = { .o_type = ORDER_KEYS };
	struct watcher_keys *wk = w->w_keys;

	if (wk == NULL && (wk = malloc(sizeof(*wk))) == NULL)
		return order_send(w->w_ends.oe_orders, &end);
	w->w_keys = wk;
	wk->wk_trigger = wk->wk_place = wk->wk_n = wk->wk_sent = 0;
	wk->wk_heap.he_list = wk->wk_nodes;
	wk->wk_heap.he_n = 0;
	wk->wk_most = share(&w->w_table);
	return 0;
}

/* Puts a key into the list, if the key is one of those with most packets. */
static void
list(struct watcher_keys *wk, const struct key_entry *ke)
{
	struct listed *li = (struct listed *)heap_first(&wk->wk_heap);

	if (wk->wk_n < wk->wk_most) {
		li = &wk->wk_list[wk->wk_n++];
		memset(li, 0, sizeof(*li));
	} else if (ke->ke_packets <= li->li_node.hn_time) {
		return;
	}
	memcpy(li->li_key.ok_key, ke->ke_key.k_bytes, KEY_SIZE);
	li->li_key.ok_packets = ke->ke_packets;
	li->li_key.ok_bytes = ke->ke_bytes;
	li->li_key.ok_events = ke->ke_events;
	li->li_key.ok_last = ke->ke_last;
	heap_set(&wk->wk_heap, &li->li_node, ke->ke_packets);
}

/* Looks at further places of a table.  Returns false if there are none. */
static bool
look_on(struct watcher_keys *wk, const struct watched_trigger *t)
{
	const size_t end = t->wt_keys == NULL ? 0 : t->wt_conf.ct_keys;
	struct key_entry ke;
	size_t i;

	if (wk->wk_place >= end)
		return false;
	for (i = 0; i < STEP && wk->wk_place < end; i++)
		if (source_keys_entry(
			t->wt_keys->co_source, wk->wk_place++, &ke))
			list(wk, &ke);
	return true;
}

/* Sends further keys of the list.  Returns 0, or -1 and errno. */
static int
send_some(struct watcher *w)
{
	struct order_batch ob = { .ob_len = 0 };
	struct watcher_keys *wk = w->w_keys;
	struct order *o;

	while (wk->wk_sent < wk->wk_n && ob.ob_len < ORDER_BATCH) {
		o = &ob.ob_orders[ob.ob_len++];
		memset(o, 0, sizeof(*o));
		o->o_type = ORDER_KEY;
		o->o_trigger = (uint32_t)wk->wk_trigger;
		o->o_key = wk->wk_list[wk->wk_sent++].li_key;
	}
	return order_send_batch(w->w_ends.oe_orders, &ob);
}

int
watcher_keys_step(struct watcher *w)
{
	const struct order end = { .o_type = ORDER_KEYS };
	const struct table *tb = &w->w_table;
	struct watcher_keys *wk = w->w_keys;

	for (; wk->wk_trigger < tb->tb_ntriggers; wk->wk_trigger++) {
		if (look_on(wk, &tb->tb_triggers[wk->wk_trigger]))
			return 0;
		if (wk->wk_sent < wk->wk_n)
			return send_some(w);
		wk->wk_place = wk->wk_n = wk->wk_sent = 0;
		wk->wk_heap.he_n = 0;
	}
	free(wk);
	w->w_keys = NULL;
	return order_send(w->w_ends.oe_orders, &end);
}

/* Returns what the table of a trigger had no place for. */
static uint64_t
refused(const struct watched_trigger *t)
{
	const struct watched_rule *r = t->wt_rule;
	struct key_table_sums sums;

	if (t->wt_keys == NULL)
		return lanes_calms(
		    r->wr_keyed->kd_lanes, (size_t)(t - r->wr_triggers))
		    ->lc_refused;
	(void)source_keys_sums(t->wt_keys->co_source, &sums);
	return sums.ks_refused;
}

/* Sends ORDER_FULL of a trigger, if it is time.  Returns 0, or -1 and errno. */
static int
look(const struct watcher *w, struct watched_trigger *t)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FULL;
	o.o_trigger = t->wt_trigger.t_number;
	o.o_full.ou_refused = refused(t);
	if (!full_look(&t->wt_full, o.o_full.ou_refused, w->w_now))
		return 0;
	return order_send(w->w_ends.oe_orders, &o);
}

int
watcher_keys_look(const struct watcher *w, struct watched_rule *r)
{
	struct watched_trigger *t;

	if (r->wr_keyed == NULL)
		return 0;
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++)
		if (t->wt_trigger.t_keyed && look(w, t) == -1)
			return -1;
	return 0;
}
