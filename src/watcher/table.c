/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fdpass.h"
#include "conf/conf.h"
#include "ipc/table_proto.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "watcher/keyed.h"
#include "watcher/rule.h"
#include "watcher/rule_keys.h"
#include "watcher/table.h"
#include "watcher/watcher_internal.h"

void
table_discard(struct table *tb)
{
	size_t i;

	for (i = 0; i < tb->tb_ncounters; i++)
		source_close(tb->tb_counters[i].co_source);
	for (i = 0; i < tb->tb_nrules; i++)
		keyed_free(tb->tb_rules[i].wr_keyed);
	free(tb->tb_counters);
	free(tb->tb_rules);
	free(tb->tb_places);
	free((void *)tb->tb_sources);
	free(tb->tb_triggers);
	free((void *)tb->tb_deadlines.he_list);
	free(tb->tb_pfd);
	free((void *)tb->tb_polled);
	memset(tb, 0, sizeof(*tb));
}

/* Allocates the arrays.  Returns false without memory for one of them. */
static bool
allocate(struct table *tb, size_t sources, size_t rules, size_t places,
    size_t triggers)
{
	const size_t polled = POLL_SOURCES + sources;

	tb->tb_counters = calloc(sources, sizeof(*tb->tb_counters));
	tb->tb_rules = calloc(rules, sizeof(*tb->tb_rules));
	tb->tb_places = calloc(places, sizeof(*tb->tb_places));
	tb->tb_sources = (struct source **)calloc(places, sizeof(void *));
	tb->tb_triggers = calloc(triggers, sizeof(*tb->tb_triggers));
	tb->tb_deadlines.he_list =
	    (struct heap_node **)calloc(sources, sizeof(void *));
	tb->tb_pfd = calloc(polled, sizeof(*tb->tb_pfd));
	tb->tb_polled = (struct counter **)calloc(polled, sizeof(void *));
	return tb->tb_counters != NULL && tb->tb_rules != NULL &&
	    tb->tb_places != NULL && tb->tb_sources != NULL &&
	    tb->tb_triggers != NULL && tb->tb_deadlines.he_list != NULL &&
	    tb->tb_pfd != NULL && tb->tb_polled != NULL;
}

int
table_begin(struct watcher *w, const struct table_sizes *ts)
{
	struct table *tb = &w->w_next;

	table_discard(tb);
	w->w_sources = w->w_rules = w->w_places = w->w_triggers = 0;
	w->w_refused = 0;
	if (!allocate(tb, (size_t)ts->ts_sources, (size_t)ts->ts_rules,
		(size_t)ts->ts_places, (size_t)ts->ts_triggers)) {
		table_discard(tb);
		errno = ENOMEM;
		return -1;
	}
	tb->tb_npfd = POLL_SOURCES;
	tb->tb_ncounters = (size_t)ts->ts_sources;
	tb->tb_nrules = (size_t)ts->ts_rules;
	tb->tb_nplaces = (size_t)ts->ts_places;
	tb->tb_ntriggers = (size_t)ts->ts_triggers;
	return 0;
}

void
table_add_source(struct watcher *w, struct source *s)
{
	struct counter *co = &w->w_next.tb_counters[w->w_sources++];

	co->co_source = s;
	co->co_count.sc_last = CLOCK_NEVER;
	s->s_owner = co;
}

void
table_add_rule(struct watcher *w)
{
	struct watched_rule *r = &w->w_next.tb_rules[w->w_rules++];

	r->wr_places = &w->w_next.tb_places[w->w_places];
	r->wr_sources = &w->w_next.tb_sources[w->w_places];
	r->wr_triggers = &w->w_next.tb_triggers[w->w_triggers];
}

/* Returns the rule that was added last. */
static struct watched_rule *
last_rule(struct watcher *w)
{
	return &w->w_next.tb_rules[w->w_rules - 1];
}

/* Returns the source that a counter of w_next has, or takes over. */
static const struct source *
source_of(const struct counter *co)
{
	return co->co_from == NULL ? co->co_source : co->co_from->co_source;
}

void
table_add_place(struct watcher *w, size_t source)
{
	struct place *pl = &w->w_next.tb_places[w->w_places++];

	pl->pl_rule = last_rule(w);
	pl->pl_counter = &w->w_next.tb_counters[source];
	if (source_keys_is(source_of(pl->pl_counter)))
		pl->pl_rule->wr_ntables++;
	else
		pl->pl_rule->wr_nplaces++;
}

void
table_add_trigger(struct watcher *w, const struct conf_trigger *ct)
{
	struct watched_trigger *t = &w->w_next.tb_triggers[w->w_triggers++];

	t->wt_conf = *ct;
	t->wt_rule = last_rule(w);
	t->wt_rule->wr_ntriggers++;
}

int
table_complete(struct watcher *w)
{
	struct table *tb = &w->w_next;
	size_t i;

	for (i = 0; i < tb->tb_nrules; i++)
		if (rule_keys_begin(&tb->tb_rules[i], w->w_seed) == -1)
			return -1;
	return 0;
}

int
table_answer(const struct watcher *w, unsigned int type, int error)
{
	const struct table_message tm = { .tm_type = type, .tm_error = error };
	struct pollfd pfd = { .fd = w->w_ends.oe_opener, .events = POLLOUT };

	while (table_proto_send(w->w_ends.oe_opener, &tm, NULL) == -1)
		if (errno != EAGAIN ||
		    (poll(&pfd, 1, -1) == -1 && errno != EINTR))
			return -1;
	return 0;
}

/* Moves a source and its state from the table before. */
static void
move_counter(struct counter *co)
{
	struct counter *from = co->co_from;

	co->co_source = from->co_source;
	from->co_source = NULL;
	co->co_source->s_owner = co;
	co->co_count = from->co_count;
	co->co_wakeups = from->co_wakeups;
	co->co_look = from->co_look;
}

/* Gives a trigger a free slot, in which its source counts silences. */
static void
take_slot(struct watched_trigger *t, uint64_t now)
{
	struct counter *co = t->wt_rule->wr_places->pl_counter;
	const uint64_t time = t->wt_trigger.t_condition.cn_time;
	size_t slot = 0;

	/* The first packet of all ends a silence for `after`. */
	if (t->wt_conf.ct_kind == CONDITION_AFTER)
		now -= time;
	while (slot < SOURCE_SILENCES && co->co_slots[slot])
		slot++;
	if (slot == SOURCE_SILENCES ||
	    !source_silence(co->co_source, slot, time, now))
		return;
	co->co_slots[slot] = true;
	t->wt_trigger.t_slot = slot;
}

/* Moves the triggers that the table before has, too, with their slots. */
static void
move_triggers(struct table *tb)
{
	struct watched_trigger *t, *from;
	size_t slot;

	for (t = tb->tb_triggers; t < tb->tb_triggers + tb->tb_ntriggers; t++) {
		if ((from = t->wt_from) == NULL)
			continue;
		t->wt_trigger = from->wt_trigger;
		t->wt_trigger.t_number = (uint32_t)(t - tb->tb_triggers);
		t->wt_report = from->wt_report;
		t->wt_full = from->wt_full;
		slot = t->wt_trigger.t_slot;
		if (slot < SOURCE_SILENCES)
			t->wt_rule->wr_places->pl_counter->co_slots[slot] =
			    true;
	}
}

/* Frees the slots of triggers that have left. */
static void
free_slots(const struct counter *co, uint64_t now)
{
	size_t i;

	for (i = 0; i < SOURCE_SILENCES; i++)
		if (!co->co_slots[i])
			source_silence(co->co_source, i, 0, now);
}

static void
move_counters(struct table *tb, uint64_t now)
{
	struct counter *co;

	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++) {
		if (co->co_from != NULL)
			move_counter(co);
		/* The notice of a change since the opening may have been read.
		 */
		else
			co->co_look = co->co_source->s_look_fd != -1;
	}
	move_triggers(tb);
	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++)
		if (co->co_from != NULL)
			free_slots(co, now);
}

/* Links the places of each counter, in the order of rules. */
static void
link_places(struct table *tb)
{
	struct place *pl = tb->tb_places + tb->tb_nplaces;

	while (pl-- > tb->tb_places) {
		pl->pl_next = pl->pl_counter->co_places;
		pl->pl_counter->co_places = pl;
	}
}

/* Gives the triggers of a rule their tables, and tells its sources of these. */
static void
link_tables(struct watched_rule *r)
{
	const struct place *pl = r->wr_places;
	struct watched_trigger *t;
	size_t i;

	for (i = 0; i < r->wr_nplaces + r->wr_ntables; i++)
		r->wr_sources[i] = pl[i].pl_counter->co_source;
	pl += r->wr_nplaces;
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++)
		if (conf_has_table(&t->wt_conf))
			t->wt_keys = pl++->pl_counter;
	if (r->wr_ntables > 0)
		source_keys_feed(r->wr_sources, r->wr_nplaces, r->wr_ntables);
}

/* Starts a trigger that the table before does not have. */
static void
start_trigger(struct table *tb, struct watched_trigger *t, uint64_t now)
{
	const enum condition_kind kind = t->wt_conf.ct_kind;

	trigger_init(&t->wt_trigger, (uint32_t)(t - tb->tb_triggers),
	    &t->wt_conf, rule_count(t->wt_rule), now);
	if (t->wt_rule->wr_nplaces == 1 && !t->wt_trigger.t_keyed &&
	    (kind == CONDITION_IDLE || kind == CONDITION_AFTER))
		take_slot(t, now);
}

/* Starts the new triggers of a rule, and makes the sequence of all. */
static void
start_rule(struct table *tb, struct watched_rule *r, uint64_t now)
{
	const struct trigger *front = NULL;
	struct watched_trigger *t;

	rule_sum(r);
	rule_keys_move(r);
	sequence_init(&r->wr_sequence);
	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++) {
		if (t->wt_from == NULL)
			start_trigger(tb, t, now);
		t->wt_trigger.t_node.sn_index = (size_t)(t - r->wr_triggers);
		front = trigger_follow(&t->wt_trigger, front);
		sequence_add(&r->wr_sequence, &t->wt_trigger.t_node);
		tb->tb_running += t->wt_runs = rule_runs(t);
	}
}

void
table_install(struct watcher *w)
{
	struct table *tb = &w->w_next;
	size_t i;

	move_counters(tb, w->w_now);
	link_places(tb);
	for (i = 0; i < tb->tb_nrules; i++)
		link_tables(&tb->tb_rules[i]);
	for (i = 0; i < tb->tb_nrules; i++)
		start_rule(tb, &tb->tb_rules[i], w->w_now);
	table_discard(&w->w_table);
	w->w_table = w->w_next;
	memset(&w->w_next, 0, sizeof(w->w_next));
	w->w_commit = false;
	w->w_due = NULL;
	w->w_last = &w->w_due;
	watcher_poll_all(w);
}
