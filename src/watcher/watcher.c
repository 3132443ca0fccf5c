/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "engine/policy.h"
#include "ipc/order.h"
#include "source/source.h"
#include "source/source_set.h"
#include "watcher/handover.h"
#include "watcher/trigger.h"
#include "watcher/watcher.h"
#include "watcher/watcher_internal.h"

/* Sends ORDER_FATAL, which the runner logs.  Returns the exit status. */
static int
fatal(const struct watcher *w, enum order_place place, uint32_t trigger)
{
	struct order o = { .o_type = ORDER_FATAL, .o_trigger = trigger };

	o.o_fatal.of_error = errno;
	o.o_fatal.of_place = place;
	/* If this fails, too, the runner sees the exit status. */
	(void)order_send(w->w_ends.oe_orders, &o);
	return 1;
}

/* The same for an error of source_sample and source_look; see source.h. */
static int
fatal_source(const struct watcher *w, enum order_place place, uint32_t trigger)
{
	if (errno == EPIPE)
		place = PLACE_OPENER;
	else if (errno == ENXIO)
		place = PLACE_GONE;
	if (place == PLACE_OPENER || place == PLACE_GONE)
		errno = 0;
	return fatal(w, place, trigger);
}

static int
send_order(const struct watcher *w, const struct order *o)
{
	return order_send(w->w_ends.oe_orders, o);
}

/* Feeds an input to the trigger's policy and sends the order that results. */
static int
step(
    const struct watcher *w, struct watched_trigger *t, enum policy_input input)
{
	struct order o;

	if (!trigger_step(
		&t->wt_trigger, input, &t->wt_counter->co_count, w->w_now, &o))
		return 0;
	return send_order(w, &o);
}

/* Turns the last sample into events and sends the order that results. */
static int
take_count(const struct watcher *w, struct watched_trigger *t)
{
	struct order o;

	if (!trigger_count(
		&t->wt_trigger, &t->wt_counter->co_count, w->w_now, &o))
		return 0;
	return send_order(w, &o);
}

/* Takes the end of a run, if it was reported. */
static int
take_end(const struct watcher *w, struct watched_trigger *t)
{
	if (!t->wt_ended)
		return 0;
	t->wt_ended = false;
	return step(w, t, POLICY_ENDED);
}

/* Returns the first trigger of a counter: orders name a source by it. */
static uint32_t
first_trigger(const struct watcher *w, const struct counter *co)
{
	const struct watched_trigger *t = w->w_triggers;

	while (t->wt_counter != co)
		t++;
	return t->wt_trigger.t_number;
}

/* Answers ORDER_QUERY: statistics of each trigger, in ascending order. */
static int
send_stats(const struct watcher *w)
{
	const struct watched_trigger *t, *end = w->w_triggers + w->w_ntriggers;
	struct order_batch ob = { .ob_len = 0 };
	struct order *o;

	for (t = w->w_triggers; t < end; t++) {
		o = &ob.ob_orders[ob.ob_len++];
		memset(o, 0, sizeof(*o));
		o->o_type = ORDER_STATS;
		o->o_trigger = t->wt_trigger.t_number;
		o->o_stats.ot_events = t->wt_trigger.t_events;
		o->o_stats.ot_last = t->wt_trigger.t_last;
		o->o_stats.ot_wakeups = w->w_wakeups;
		o->o_stats.ot_packets = t->wt_counter->co_count.sc_packets;
		o->o_stats.ot_bytes = t->wt_counter->co_count.sc_bytes;
		o->o_stats.ot_absent =
		    t->wt_counter->co_source->s_absent ? 1 : 0;
		if ((ob.ob_len == ORDER_BATCH || t + 1 == end) &&
		    order_send_batch(w->w_ends.oe_orders, &ob) == -1)
			return -1;
	}
	return 0;
}

/*
 * Reads the order socket and answers.  Returns 1, 0 when the runner has exited,
 * or -1 and errno.
 */
static int
read_questions(struct watcher *w)
{
	struct order o;

	while (w->w_asked) {
		switch (order_recv(w->w_ends.oe_orders, &o)) {
		case ORDER_ERROR:
			return -1;
		case ORDER_CLOSED:
			return 0;
		case ORDER_NONE:
			return 1;
		case ORDER_ONE:
			break;
		}
		if (o.o_type == ORDER_QUERY && send_stats(w) == -1)
			return -1;
		if (o.o_type == ORDER_PING && send_order(w, &o) == -1)
			return -1;
		if (o.o_type == ORDER_LEAVE) {
			w->w_leaving = true;
			return 1;
		}
		if (o.o_type != ORDER_FAILED || o.o_trigger >= w->w_ntriggers)
			continue;
		w->w_triggers[o.o_trigger].wt_counter->co_due = true;
		if (step(w, &w->w_triggers[o.o_trigger], POLICY_FAILED) == -1)
			return -1;
	}
	return 1;
}

/* Reads reports, at most one for each run in progress. */
static int
read_reports(struct watcher *w)
{
	enum order_got got;
	struct order o;
	size_t i, running = 0;

	for (i = 0; i < w->w_ntriggers; i++)
		running += trigger_runs(&w->w_triggers[i].wt_trigger);
	for (; running > 0; running--) {
		got = order_recv(w->w_ends.oe_reports, &o);
		if (got != ORDER_ONE)
			return got == ORDER_ERROR ? -1 : 0;
		if (o.o_trigger >= w->w_ntriggers)
			continue;
		w->w_triggers[o.o_trigger].wt_ended = true;
		w->w_triggers[o.o_trigger].wt_counter->co_due = true;
	}
	return 0;
}

/* Takes events, the end of a run and the time, in the order they came. */
static int
advance(const struct watcher *w, struct watched_trigger *t)
{
	int result;

	/* Packets did not wake the watcher: they came before the end. */
	if (policy_wakes(&t->wt_trigger.t_policy) & POLICY_WAKE_END)
		result = take_count(w, t) == -1 || take_end(w, t) == -1;
	else
		result = take_end(w, t) == -1 || take_count(w, t) == -1;
	return result != 0 || step(w, t, POLICY_TIME) == -1 ? -1 : 0;
}

/* Looks at the interface of a source and reports a change. */
static int
look_at_interface(struct watcher *w, struct counter *co)
{
	static const enum order_type news[] = {
		[SOURCE_GONE] = ORDER_GONE,
		[SOURCE_BACK] = ORDER_BACK,
		[SOURCE_FOUND] = ORDER_FOUND,
		[SOURCE_OTHER] = ORDER_OTHER,
	};
	struct order o;
	enum source_change change;

	co->co_due = true;
	change = source_look(co->co_source, w->w_now);
	/* Notices may have been lost while rebinding: look once more. */
	co->co_look = change == SOURCE_BACK || change == SOURCE_FOUND;
	if (change == SOURCE_ERROR || change == SOURCE_SAME)
		return change == SOURCE_ERROR ? -1 : 0;
	memset(&o, 0, sizeof(o));
	o.o_type = news[change];
	o.o_trigger = first_trigger(w, co);
	return send_order(w, &o);
}

/*
 * Looks at the interfaces and samples the sources that are due.  Returns -1, or
 * the exit status after a fatal error.
 */
static int
sample_sources(struct watcher *w)
{
	struct counter *co;

	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		if (co->co_look && w->w_now >= co->co_source->s_look_at &&
		    look_at_interface(w, co) == -1)
			return fatal_source(
			    w, PLACE_LOOK, first_trigger(w, co));
		if (co->co_due &&
		    source_sample(co->co_source, w->w_now, &co->co_count) == -1)
			return fatal_source(
			    w, PLACE_SOURCE, first_trigger(w, co));
	}
	return -1;
}

static bool
opener_ended(const struct watcher *w)
{
	return w->w_pfd[POLL_OPENER].revents != 0 &&
	    source_shared_check(&w->w_shared) == -1;
}

/* Arms the sources.  Returns false if a count has been reached already. */
static bool
arm(const struct watcher *w)
{
	static const struct source_count never = { .sc_packets = UINT64_MAX,
		.sc_bytes = UINT64_MAX };
	const struct watched_trigger *t;
	struct counter *co;
	bool asleep = true;

	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++)
		co->co_wanted = never;
	for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++)
		if (t->wt_counter->co_due)
			trigger_want(&t->wt_trigger, &t->wt_counter->co_wanted);
	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		if (!co->co_due)
			continue;
		co->co_due =
		    source_wake_at(co->co_source, &co->co_wanted, w->w_now);
		if (co->co_due)
			asleep = false;
	}
	return asleep;
}

/* Gives an idle trigger a free slot, in which its source counts silences. */
static void
take_slot(struct watched_trigger *t, uint64_t now)
{
	struct counter *co = t->wt_counter;
	size_t slot = 0;

	while (slot < SOURCE_SILENCES && co->co_slots[slot])
		slot++;
	if (slot == SOURCE_SILENCES ||
	    !source_silence(
		co->co_source, slot, t->wt_trigger.t_condition.cn_time, now))
		return;
	co->co_slots[slot] = true;
	t->wt_trigger.t_slot = slot;
}

/* Frees slots, handed over, whose triggers no longer exist. */
static void
free_slots(struct watcher *w)
{
	const struct watched_trigger *t;
	const struct counter *co;
	size_t i;

	for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++)
		if (t->wt_known && t->wt_trigger.t_slot < SOURCE_SILENCES)
			t->wt_counter->co_slots[t->wt_trigger.t_slot] = true;
	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++)
		for (i = 0; i < SOURCE_SILENCES; i++)
			if (co->co_known && !co->co_slots[i])
				source_silence(co->co_source, i, 0, w->w_now);
}

/* Starts new triggers at the current count.  Returns 0, or -1 and errno. */
static int
start_triggers(struct watcher *w)
{
	struct counter *co;
	struct watched_trigger *t;

	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		/* The old watcher may have read the notice of a change. */
		co->co_look =
		    w->w_ends.oe_before != -1 && co->co_source->s_look_fd != -1;
		if (co->co_known &&
		    source_sample(co->co_source, w->w_now, &co->co_count) == -1)
			return -1;
	}
	free_slots(w);
	for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++) {
		if (t->wt_known)
			continue;
		trigger_init(&t->wt_trigger, (uint32_t)(t - w->w_triggers),
		    t->wt_conf, &t->wt_counter->co_count, w->w_now);
		if (t->wt_conf->ct_kind == CONDITION_IDLE)
			take_slot(t, w->w_now);
	}
	return 0;
}

/* Hands over to another watcher, after all reports have been read. */
static int
hand_over(struct watcher *w)
{
	if (read_reports(w) == -1 || handover_give(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	return 0;
}

/* Watches until the runner exits; returns the exit status. */
static int
loop(struct watcher *w)
{
	struct watched_trigger *t;
	int result;

	for (;;) {
		if ((w->w_now = clock_now()) == CLOCK_NEVER)
			return fatal(w, PLACE_CLOCK, 0);
		watcher_poll_mark(w);
		if (opener_ended(w)) {
			errno = 0;
			return fatal(w, PLACE_OPENER, 0);
		}
		if (read_reports(w) == -1)
			return fatal(w, PLACE_ORDER, 0);
		if ((result = sample_sources(w)) != -1)
			return result;
		for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++)
			if (t->wt_counter->co_due && advance(w, t) == -1)
				return fatal(w, PLACE_ORDER, 0);
		switch (read_questions(w)) {
		case -1:
			return fatal(w, PLACE_ORDER, 0);
		case 0:
			return 0;
		default:
			break;
		}
		if (w->w_leaving)
			return hand_over(w);
		if (arm(w) && watcher_poll(w) == -1)
			return fatal(w, PLACE_POLL, 0);
	}
}

int
watcher_run(struct watcher *w)
{
	const struct order ready = { .o_type = ORDER_READY };

	if (w->w_ends.oe_before != -1 && handover_take(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	if ((w->w_now = clock_now()) == CLOCK_NEVER)
		return fatal(w, PLACE_CLOCK, 0);
	if (start_triggers(w) == -1)
		return fatal(w, PLACE_SOURCE, 0);
	if (send_order(w, &ready) == -1)
		return fatal(w, PLACE_ORDER, 0);
	return loop(w);
}

static void
add_trigger(
    struct watcher *w, const struct conf_trigger *ct, struct counter *co)
{
	struct watched_trigger *t = &w->w_triggers[w->w_ntriggers];

	t->wt_conf = ct;
	t->wt_counter = co;
	w->w_ntriggers++;
}

struct watcher *
watcher_new(const struct conf_rules *rules, const struct source_set *so,
    const struct order_ends *ends, const struct handover *ho)
{
	const struct conf_rule *rule = rules->cs_rules;
	struct watcher *w;
	size_t i, j;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->w_counters = calloc(so->so_n, sizeof(*w->w_counters));
	w->w_triggers = calloc(conf_triggers(rules), sizeof(*w->w_triggers));
	w->w_pfd = calloc(POLL_SOURCES + so->so_n, sizeof(*w->w_pfd));
	if (w->w_counters == NULL || w->w_triggers == NULL ||
	    w->w_pfd == NULL) {
		free(w->w_counters);
		free(w->w_triggers);
		free(w->w_pfd);
		free(w);
		return NULL;
	}
	w->w_ends = *ends;
	w->w_handover = ho;
	w->w_shared = so->so_shared;
	w->w_ncounters = so->so_n;
	for (i = 0; i < so->so_n; i++) {
		w->w_counters[i].co_source = so->so_list[i].si_source;
		w->w_counters[i].co_due = true;
		w->w_counters[i].co_count.sc_last = CLOCK_NEVER;
	}
	for (i = 0; i < rules->cs_nrules; i++)
		for (j = 0; j < rule[i].cr_ntriggers; j++)
			add_trigger(w, &rule[i].cr_triggers[j],
			    &w->w_counters[so->so_of[i]]);
	return w;
}
