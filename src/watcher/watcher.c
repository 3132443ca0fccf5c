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

/* Returns what main exits with; the runner tells the user. */
static int
fatal(const struct watcher *w, enum order_place place, uint32_t trigger)
{
	struct order o = { .o_type = ORDER_FATAL, .o_trigger = trigger };

	o.o_fatal.of_error = errno;
	o.o_fatal.of_place = place;
	/* When this fails, too, the status says that something was wrong. */
	(void)order_send(w->w_ends.oe_orders, &o);
	return 1;
}

/*
 * The end after a source has failed.  EPIPE comes from the opener's socket,
 * ENXIO from an interface that is gone where no opener can find it again.
 */
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
say(const struct watcher *w, const struct order *o)
{
	return order_send(w->w_ends.oe_orders, o);
}

static int
step(
    const struct watcher *w, struct watched_trigger *t, enum policy_input input)
{
	struct order o;

	if (!trigger_step(
		&t->wt_trigger, input, &t->wt_counter->co_count, w->w_now, &o))
		return 0;
	return say(w, &o);
}

/* What was counted until now becomes events. */
static int
count(const struct watcher *w, struct watched_trigger *t)
{
	struct order o;

	if (!trigger_count(
		&t->wt_trigger, &t->wt_counter->co_count, w->w_now, &o))
		return 0;
	return say(w, &o);
}

/* The end of a run, when it was told of. */
static int
end(const struct watcher *w, struct watched_trigger *t)
{
	if (!t->wt_ended)
		return 0;
	t->wt_ended = false;
	return step(w, t, POLICY_ENDED);
}

/* The first trigger that belongs to a counter, for what is told of it. */
static uint32_t
first_of(const struct watcher *w, const struct counter *co)
{
	const struct watched_trigger *t = w->w_triggers;

	while (t->wt_counter != co)
		t++;
	return t->wt_trigger.t_number;
}

/* What has become of each trigger, in the order of their numbers. */
static int
answer(const struct watcher *w)
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

/* What the runner asks: 1, or 0 when it is gone, or -1. */
static int
hear_questions(struct watcher *w)
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
		if (o.o_type == ORDER_QUERY && answer(w) == -1)
			return -1;
		if (o.o_type == ORDER_PING && say(w, &o) == -1)
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

static int
hear_reports(struct watcher *w)
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

/* Events and ends, in the order in which they came. */
static int
advance(const struct watcher *w, struct watched_trigger *t)
{
	int result;

	/* Who waited for the end has let events pass before it. */
	if (policy_hears(&t->wt_trigger.t_policy) & POLICY_HEARS_END)
		result = count(w, t) == -1 || end(w, t) == -1;
	else
		result = end(w, t) == -1 || count(w, t) == -1;
	return result != 0 || step(w, t, POLICY_TIME) == -1 ? -1 : 0;
}

static int
look(struct watcher *w, struct counter *co)
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
	/* Who is back has missed what was told meanwhile. */
	co->co_look = change == SOURCE_BACK || change == SOURCE_FOUND;
	if (change == SOURCE_ERROR || change == SOURCE_SAME)
		return change == SOURCE_ERROR ? -1 : 0;
	memset(&o, 0, sizeof(o));
	o.o_type = news[change];
	o.o_trigger = first_of(w, co);
	return say(w, &o);
}

/* Looks at what woke us.  -1, or a fatal end. */
static int
look_at_sources(struct watcher *w)
{
	struct counter *co;

	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		if (co->co_look && w->w_now >= co->co_source->s_look_at &&
		    look(w, co) == -1)
			return fatal_source(w, PLACE_LOOK, first_of(w, co));
		if (co->co_due &&
		    source_sample(co->co_source, w->w_now, &co->co_count) == -1)
			return fatal_source(w, PLACE_SOURCE, first_of(w, co));
	}
	return -1;
}

static bool
opener_ended(const struct watcher *w)
{
	return w->w_pfd[POLL_OPENER].revents != 0 &&
	    source_shared_check(&w->w_shared) == -1;
}

/* Arms the sources; false when a count was reached already. */
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

/* Has the silences of an idle trigger counted, by a free slot of its source. */
static void
count_silences(struct watched_trigger *t, uint64_t now)
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

/* Frees the slots of triggers that a watcher before this one had. */
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

/* New triggers start at the current count. */
static int
begin(struct watcher *w)
{
	struct counter *co;
	struct watched_trigger *t;

	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		/* Another one may have taken the word that it has changed. */
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
			count_silences(t, w->w_now);
	}
	return 0;
}

/* Another one goes on, with all that was told to us. */
static int
leave(struct watcher *w)
{
	if (hear_reports(w) == -1 || handover_give(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	return 0;
}

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
		if (hear_reports(w) == -1)
			return fatal(w, PLACE_ORDER, 0);
		if ((result = look_at_sources(w)) != -1)
			return result;
		for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++)
			if (t->wt_counter->co_due && advance(w, t) == -1)
				return fatal(w, PLACE_ORDER, 0);
		switch (hear_questions(w)) {
		case -1:
			return fatal(w, PLACE_ORDER, 0);
		case 0:
			return 0;
		default:
			break;
		}
		if (w->w_leaving)
			return leave(w);
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
	if (begin(w) == -1)
		return fatal(w, PLACE_SOURCE, 0);
	if (say(w, &ready) == -1)
		return fatal(w, PLACE_ORDER, 0);
	return loop(w);
}

static void
add(struct watcher *w, const struct conf_trigger *ct, struct counter *co)
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
			add(w, &rule[i].cr_triggers[j],
			    &w->w_counters[so->so_of[i]]);
	return w;
}
