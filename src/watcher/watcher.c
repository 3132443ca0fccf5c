/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "ipc/table_proto.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_set.h"
#include "watcher/rule.h"
#include "watcher/table.h"
#include "watcher/trigger.h"
#include "watcher/watcher.h"
#include "watcher/watcher_internal.h"
#include "watcher/watcher_keys.h"
#include "watcher/watcher_stats.h"

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
	if (errno != ENXIO)
		return fatal(w, place, trigger);
	errno = 0;
	return fatal(w, PLACE_GONE, trigger);
}

/* The same for an error of the opener's socket. */
static int
fatal_opener(const struct watcher *w, uint32_t trigger)
{
	if (errno != EPIPE)
		return fatal(w, PLACE_ORDER, trigger);
	errno = 0;
	return fatal(w, PLACE_OPENER, trigger);
}

static int
send_order(const struct watcher *w, const struct order *o)
{
	return order_send(w->w_ends.oe_orders, o);
}

/* Returns the first trigger of a counter: orders name a source by it. */
static uint32_t
first_trigger(const struct counter *co)
{
	return co->co_places->pl_rule->wr_triggers->wt_trigger.t_number;
}

/* Returns the trigger of a report, whose counter is due then; NULL: none. */
static struct watched_trigger *
find_trigger(struct watcher *w, uint32_t number)
{
	struct watched_trigger *t;

	if (number >= w->w_table.tb_ntriggers)
		return NULL;
	t = &w->w_table.tb_triggers[number];
	watcher_poll_wake(w, t->wt_rule->wr_places->pl_counter);
	return t;
}

/*
 * Reads the order socket.  Returns 1, 0 when the runner has exited, or -1 and
 * errno.
 */
static int
read_questions(struct watcher *w)
{
	struct watched_trigger *t;
	struct order o;

	for (;;) {
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
		if (o.o_type == ORDER_PING && send_order(w, &o) == -1)
			return -1;
		if (o.o_type == ORDER_QUERY) {
			w->w_query = true;
			watcher_poll_all(w);
		}
		if (o.o_type == ORDER_KEYS && watcher_keys_begin(w) == -1)
			return -1;
		if (o.o_type == ORDER_FAILED &&
		    (t = find_trigger(w, o.o_trigger)) != NULL)
			rule_report(t, &o);
	}
}

/* Reads reports, at most one for each run in progress. */
static int
read_reports(struct watcher *w)
{
	struct watched_trigger *t;
	enum order_got got;
	struct order o;
	size_t i;

	for (i = 0; i < w->w_table.tb_running; i++) {
		got = order_recv(w->w_ends.oe_reports, &o);
		if (got != ORDER_ONE)
			return got == ORDER_ERROR ? -1 : 0;
		if ((t = find_trigger(w, o.o_trigger)) != NULL)
			rule_report(t, &o);
	}
	return 0;
}

/* Reports a change of the counter's interface.  Returns -1 for an error. */
static int
report_change(
    const struct watcher *w, struct counter *co, enum source_change change)
{
	static const enum order_type news[] = {
		[SOURCE_GONE] = ORDER_GONE,
		[SOURCE_BACK] = ORDER_BACK,
		[SOURCE_FOUND] = ORDER_FOUND,
		[SOURCE_OTHER] = ORDER_OTHER,
	};
	struct order o;

	/* Notices may have been lost while rebinding: look once more. */
	co->co_look = change == SOURCE_BACK || change == SOURCE_FOUND;
	if (change == SOURCE_ERROR || change == SOURCE_SAME)
		return change == SOURCE_ERROR ? -1 : 0;
	memset(&o, 0, sizeof(o));
	o.o_type = news[change];
	o.o_trigger = first_trigger(co);
	o.o_change.oc_interface =
	    (uint64_t)(co->co_places - co->co_places->pl_rule->wr_places);
	return send_order(w, &o);
}

/* Asks the opener for a device.  Returns 0, or -1 and errno. */
static int
ask_opener(struct watcher *w, struct counter *co)
{
	const struct table_message tm = { .tm_type = TABLE_ASK,
		.tm_source = (uint32_t)(co - w->w_table.tb_counters) };

	if (w->w_full || !co->co_source->s_asks)
		return 0;
	if (table_proto_send(w->w_ends.oe_opener, &tm, NULL) == 0) {
		co->co_source->s_asks = false;
		return 0;
	}
	w->w_full = errno == EAGAIN;
	/* If the opener has ended, table_read says so. */
	return w->w_full || errno == EPIPE ? 0 : -1;
}

/*
 * Looks at the interface of a source and samples the source.  Returns -1, or
 * the exit status after a fatal error.
 */
static int
sample(struct watcher *w, struct counter *co)
{
	struct source *s = co->co_source;

	if (co->co_look && w->w_now >= s->s_look_at &&
	    report_change(w, co, source_look(s, w->w_now)) == -1)
		return fatal_source(w, PLACE_LOOK, first_trigger(co));
	if (source_sample(s, w->w_now, &co->co_count) == -1)
		return fatal_source(w, PLACE_SOURCE, first_trigger(co));
	if (ask_opener(w, co) == -1)
		return fatal_opener(w, first_trigger(co));
	return -1;
}

/* Makes the other counters of a due counter's rules due, too. */
static void
join(struct watcher *w, const struct counter *co)
{
	const struct place *pl;
	size_t i;

	for (pl = co->co_places; pl != NULL; pl = pl->pl_next)
		for (i = 0;
		     i < pl->pl_rule->wr_nplaces + pl->pl_rule->wr_ntables; i++)
			watcher_poll_due(
			    w, pl->pl_rule->wr_places[i].pl_counter);
}

/* Serves the rules of a counter that have not been served in this turn. */
static int
serve_rules(const struct watcher *w, const struct counter *co)
{
	const struct place *pl;

	for (pl = co->co_places; pl != NULL; pl = pl->pl_next) {
		if (pl->pl_rule->wr_turn == w->w_turn)
			continue;
		pl->pl_rule->wr_turn = w->w_turn;
		if (rule_serve(w, pl->pl_rule) == -1 ||
		    watcher_keys_look(w, pl->pl_rule) == -1)
			return -1;
	}
	return 0;
}

/* Serves the due counters.  Returns -1, or the exit status. */
static int
serve_counters(struct watcher *w)
{
	struct counter *co;
	int result;

	w->w_turn++;
	/* The list grows at its end. */
	for (co = w->w_due; co != NULL; co = co->co_next) {
		if (!source_keys_is(co->co_source) &&
		    (result = sample(w, co)) != -1)
			return result;
		join(w, co);
	}
	/* Tables come after the sources that count in them. */
	for (co = w->w_due; co != NULL; co = co->co_next)
		if (source_keys_is(co->co_source) &&
		    (result = sample(w, co)) != -1)
			return result;
	for (co = w->w_due; co != NULL; co = co->co_next)
		if (serve_rules(w, co) == -1)
			return fatal(w, PLACE_ORDER, 0);
	return -1;
}

/* Arms the source of a counter, which is due again if a count is reached. */
static void
arm_counter(struct watcher *w, struct counter *co)
{
	struct source_count wanted = { .sc_packets = UINT64_MAX,
		.sc_bytes = UINT64_MAX };
	const struct place *pl;

	co->co_due = false;
	for (pl = co->co_places; pl != NULL; pl = pl->pl_next)
		rule_want(pl, &wanted);
	if (source_wake_at(co->co_source, &wanted, w->w_now))
		watcher_poll_due(w, co);
	watcher_poll_settle(w, co);
}

/*
 * Arms the sources that were due.  Returns false if a count has been reached
 * already: its counter is due again.
 */
static bool
arm(struct watcher *w)
{
	struct counter *co, *next = w->w_due, *others = NULL, **last = &others;

	w->w_due = NULL;
	w->w_last = &w->w_due;
	/* The sources that count in a table may wake for the table. */
	while ((co = next) != NULL) {
		next = co->co_next;
		if (source_keys_is(co->co_source)) {
			arm_counter(w, co);
		} else {
			*last = co;
			last = &co->co_next;
		}
	}
	*last = NULL;
	while ((co = others) != NULL) {
		others = co->co_next;
		arm_counter(w, co);
	}
	return w->w_due == NULL;
}

/*
 * The opener says that a source has a device, or waits for one.  Returns -1, or
 * the exit status.
 */
static int
take_device(struct watcher *w, const struct table_message *tm, int fd)
{
	const struct source_device sd = { .sd_fd = fd,
		.sd_link = (int)tm->tm_device.td_link,
		.sd_buflen = (size_t)tm->tm_device.td_buflen };
	struct counter *co;

	if (tm->tm_source >= w->w_table.tb_ncounters) {
		errno = EBADMSG;
		return fatal_opener(w, 0);
	}
	co = &w->w_table.tb_counters[tm->tm_source];
	watcher_poll_wake(w, co);
	if (report_change(w, co, source_adopt(co->co_source, w->w_now, &sd)) ==
	    0)
		return -1;
	return fatal(w, PLACE_LOOK, first_trigger(co));
}

/* Reads the opener's messages.  Returns -1, or the exit status. */
static int
hear_opener(struct watcher *w)
{
	struct table_message tm;
	enum table_got got;
	int fd, result;

	while ((got = table_read(w, &tm, &fd)) == TABLE_GOT_DEVICE)
		if ((result = take_device(w, &tm, fd)) != -1)
			return result;
	if (got == TABLE_GOT_ALL)
		return -1;
	return fatal_opener(w, 0);
}

/* Puts the next table into force, and tells opener and runner. */
static int
change_tables(struct watcher *w)
{
	const struct order ready = { .o_type = ORDER_READY };

	table_install(w);
	/* The runner may ask for another reload: the opener comes first. */
	if (table_answer(w, TABLE_DONE, 0) == -1)
		return fatal_opener(w, 0);
	if (send_order(w, &ready) == -1 ||
	    (w->w_keys != NULL && watcher_keys_begin(w) == -1))
		return fatal(w, PLACE_ORDER, 0);
	return serve_counters(w);
}

/*
 * Serves what is due.  A complete table waits for the next turn, which reads
 * all that the runner sent before.  Returns -1, or the exit status.
 */
static int
turn(struct watcher *w)
{
	const bool commit = w->w_commit;
	int result;

	if ((w->w_now = clock_now()) == CLOCK_NEVER)
		return fatal(w, PLACE_CLOCK, 0);
	watcher_poll_mark(w);
	if (commit)
		watcher_poll_all(w);
	if (read_reports(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	if (w->w_asked || commit) {
		if ((result = read_questions(w)) == -1)
			return fatal(w, PLACE_ORDER, 0);
		if (result == 0)
			return 0;
	}
	if ((result = serve_counters(w)) != -1)
		return result;
	if (w->w_query && watcher_stats_send(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	w->w_query = false;
	if (w->w_keys != NULL && watcher_keys_step(w) == -1)
		return fatal(w, PLACE_ORDER, 0);
	if (commit)
		return change_tables(w);
	return w->w_told ? hear_opener(w) : -1;
}

int
watcher_run(struct watcher *w)
{
	const struct order ready = { .o_type = ORDER_READY };
	int result;

	if ((w->w_now = clock_now()) == CLOCK_NEVER)
		return fatal(w, PLACE_CLOCK, 0);
	table_install(w);
	if (send_order(w, &ready) == -1)
		return fatal(w, PLACE_ORDER, 0);
	while ((result = turn(w)) == -1)
		if (!w->w_commit && arm(w) && watcher_poll(w) == -1)
			return fatal(w, PLACE_POLL, 0);
	return result;
}

/* Adds a rule with its sources and triggers. */
static void
add_rule(struct watcher *w, const struct source_set *so, size_t number,
    const struct conf_rule *rule)
{
	size_t i;

	table_add_rule(w);
	for (i = so->so_first[number]; i < so->so_first[number + 1]; i++)
		table_add_place(w, so->so_of[i]);
	for (i = 0; i < rule->cr_ntriggers; i++)
		table_add_trigger(w, &rule->cr_triggers[i]);
}

struct watcher *
watcher_new(const struct conf_rules *rules, const struct source_set *so,
    const struct order_ends *ends, const uint64_t seed[2])
{
	const struct table_sizes sizes = { .ts_sources = so->so_n,
		.ts_rules = rules->cs_nrules,
		.ts_places = so->so_first[rules->cs_nrules],
		.ts_triggers = conf_triggers(rules) };
	struct watcher *w;
	size_t i;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if (table_begin(w, &sizes) == -1) {
		free(w);
		return NULL;
	}
	w->w_ends = *ends;
	w->w_shared = so->so_shared;
	memcpy(w->w_seed, seed, sizeof(w->w_seed));
	for (i = 0; i < so->so_n; i++)
		table_add_source(w, so->so_list[i].si_source);
	for (i = 0; i < rules->cs_nrules; i++)
		add_rule(w, so, i, &rules->cs_rules[i]);
	return table_complete(w) == -1 ? NULL : w;
}
