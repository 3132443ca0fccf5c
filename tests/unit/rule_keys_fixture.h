/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A rule that counts by key in the watcher, with tables in user space, a runner
 * and a clock of the test.  The watcher is served only when something has woken
 * it.
 */
#ifndef RULE_KEYS_FIXTURE_H
#define RULE_KEYS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "watcher/keyed.h"
#include "watcher/rule.h"
#include "watcher/rule_keys.h"
#include "watcher/watcher_internal.h"

#define TRIGGERS 4
#define MS	 UINT64_C(1000000)

/* A run, as the runner knows it. */
struct run {
	bool ru_runs;
	bool ru_ended; /* reported, perhaps not read yet */
	struct key ru_key;
	uint64_t ru_until;
	uint32_t ru_report;
};

static struct world {
	struct watcher w_watcher;
	struct watched_rule w_rule;
	struct watched_trigger w_triggers[TRIGGERS];
	struct place w_places[1 + TRIGGERS];
	struct counter w_counters[1 + TRIGGERS];
	struct source w_sources[1 + TRIGGERS];
	struct source_count w_wanted[1 + TRIGGERS];
	struct key_table w_tables[1 + TRIGGERS];
	struct run w_runs[TRIGGERS][LANES_RUNS];
	uint64_t w_started[TRIGGERS]; /* events of the runs */
	uint64_t w_all_runs;
	uint64_t w_time; /* of a run; 0: any */
	bool w_fails;	 /* starts fail, too */
	uint64_t w_wakeups;
} world;

static uint64_t seed = 16;

/* Returns 0 to limit - 1; the same sequence in every run. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

static struct key
key_of(uint64_t i)
{
	return (struct key){ { 4, 0, 0, 0, (uint8_t)i } };
}

/* Stands for the source: its owner is the counter of the same index. */
static size_t
index_of(const struct source *s)
{
	return (size_t)(s - world.w_sources);
}

bool
source_keys_is(const struct source *s)
{
	return index_of(s) > 0;
}

bool
source_keys_event(struct source *s, uint64_t now, struct key_event *ev)
{
	(void)now;
	return key_table_take(&world.w_tables[index_of(s)], ev);
}

/* Checks that a run may start beside one of another trigger or number. */
static void
check_beside(const struct order *o, size_t trigger, const struct run *ru)
{
	const struct conf_trigger *ct = &world.w_triggers[o->o_trigger].wt_conf;
	const struct conf_trigger *other = &world.w_triggers[trigger].wt_conf;

	assert_true(ct->ct_runs > 1);
	assert_true(other->ct_runs > 1);
	if (conf_same_key(&ct->ct_by, &other->ct_by))
		assert_memory_not_equal(
		    &ru->ru_key, o->o_start.os_key, sizeof(ru->ru_key));
}

/* The same beside all that are in progress. */
static void
check_start(const struct order *o)
{
	const struct run *ru;
	size_t i, k;

	assert_true(o->o_run < world.w_triggers[o->o_trigger].wt_conf.ct_runs);
	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		for (k = 0; k < LANES_RUNS; k++) {
			ru = &world.w_runs[i][k];
			if (ru->ru_runs || ru->ru_ended)
				check_beside(o, i, ru);
		}
}

int
order_send(int fd, const struct order *o)
{
	struct run *ru = &world.w_runs[o->o_trigger][o->o_run];

	(void)fd;
	if (o->o_type == ORDER_END) {
		if (ru->ru_runs)
			ru->ru_until = world.w_watcher.w_now + draw(20 * MS);
		return 0;
	}
	assert_int_equal(o->o_type, ORDER_START);
	check_start(o);
	*ru = (struct run){ .ru_runs = true,
		.ru_until = world.w_watcher.w_now +
		    (world.w_time == 0 ? draw(200 * MS) : world.w_time) };
	memcpy(&ru->ru_key, o->o_start.os_key, sizeof(ru->ru_key));
	ru->ru_report = draw(4) == 0 ? ORDER_BROKE : ORDER_ENDED;
	if (world.w_fails && draw(8) == 0)
		ru->ru_report = ORDER_FAILED;
	else if (o->o_start.os_repeats == 0)
		world.w_started[o->o_trigger] += o->o_start.os_events;
	world.w_all_runs++;
	return 0;
}

/* Ends the runs whose time has come.  Returns true if one is a failed start. */
static bool
end_runs(uint64_t now)
{
	bool failed = false;
	struct run *ru;
	size_t i, k;

	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		for (k = 0; k < LANES_RUNS; k++) {
			ru = &world.w_runs[i][k];
			if (!ru->ru_runs || ru->ru_until > now)
				continue;
			ru->ru_runs = false;
			ru->ru_ended = true;
			failed |= ru->ru_report == ORDER_FAILED;
		}
	return failed;
}

/* Reads the reports.  Returns true if there is one. */
static bool
reports(bool read)
{
	struct order o = { .o_type = ORDER_ENDED };
	bool any = false;
	struct run *ru;
	size_t i;
	uint32_t k;

	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		for (k = 0; k < LANES_RUNS; k++) {
			ru = &world.w_runs[i][k];
			if (!ru->ru_ended)
				continue;
			any = true;
			if (!read)
				continue;
			ru->ru_ended = false;
			o.o_type = ru->ru_report;
			o.o_trigger = (uint32_t)i;
			o.o_run = k;
			rule_report(&world.w_triggers[i], &o);
		}
	return any;
}

/* Returns true if a count has been reached that wakes. */
static bool
sample(bool look)
{
	struct source_count *count;
	bool woken = false;
	size_t i;

	for (i = 0; i < 1 + world.w_rule.wr_ntables; i++) {
		count = &world.w_counters[i].co_count;
		if (i > 0) {
			if (look)
				key_table_look(
				    &world.w_tables[i], world.w_watcher.w_now);
			count->sc_packets = world.w_tables[i].kt_events;
		}
		woken |= count->sc_packets >= world.w_wanted[i].sc_packets;
	}
	return woken;
}

/* Serves the rule until nothing is due any more. */
static void
serve(void)
{
	size_t i;
	int turns = 0;

	world.w_wakeups++;
	do {
		reports(true);
		sample(true);
		assert_int_equal(
		    rule_serve(&world.w_watcher, &world.w_rule), 0);
		for (i = 0; i < 1 + world.w_rule.wr_ntables; i++) {
			world.w_wanted[i] =
			    (struct source_count){ .sc_packets = UINT64_MAX,
				    .sc_bytes = UINT64_MAX };
			rule_want(&world.w_places[i], &world.w_wanted[i]);
		}
		assert_true(turns++ < 1000);
	} while (sample(false) ||
	    rule_deadline(&world.w_rule) <= world.w_watcher.w_now);
}

/* Returns true if the end of a run wakes. */
static bool
waits(void)
{
	size_t i;

	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		if (trigger_waits(&world.w_triggers[i].wt_trigger))
			return true;
	return (world.w_rule.wr_wakes & POLICY_WAKE_END) != 0;
}

/* Returns the time at which something happens without packets. */
static uint64_t
next_time(void)
{
	uint64_t when, first = rule_deadline(&world.w_rule);
	size_t i, k;

	for (i = 1; i < 1 + world.w_rule.wr_ntables; i++) {
		when = key_table_deadline(&world.w_tables[i]);
		first = when < first ? when : first;
	}
	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		for (k = 0; k < LANES_RUNS; k++) {
			when = world.w_runs[i][k].ru_until;
			if (world.w_runs[i][k].ru_runs && when < first)
				first = when;
		}
	return first;
}

/* Lets time pass up to `until`; wakes the watcher for what it waits for. */
static void
pass(uint64_t until)
{
	struct watcher *w = &world.w_watcher;
	uint64_t when;
	bool failed;
	size_t i;
	bool due;

	while ((when = next_time()) <= until && when != CLOCK_NEVER) {
		w->w_now = when > w->w_now ? when : w->w_now;
		failed = end_runs(w->w_now);
		due = rule_deadline(&world.w_rule) <= w->w_now;
		for (i = 1; i < 1 + world.w_rule.wr_ntables; i++)
			due |=
			    key_table_deadline(&world.w_tables[i]) <= w->w_now;
		if (due || failed || (waits() && reports(false)))
			serve();
	}
	if (until != CLOCK_NEVER)
		w->w_now = until;
}

/* A packet of a key. */
static void
count_packet(uint64_t number)
{
	const struct key key = key_of(number);
	size_t i;

	world.w_counters[0].co_count.sc_packets++;
	world.w_counters[0].co_count.sc_last = world.w_watcher.w_now;
	for (i = 1; i < 1 + world.w_rule.wr_ntables; i++)
		key_table_count(&world.w_tables[i], KEY_FOUND, &key, 1, 60,
		    world.w_watcher.w_now);
	if (sample(false))
		serve();
}

static void
begin_table(const struct conf_trigger *ct, size_t i)
{
	const struct key_table_rule rule = { .kr_kind = conf_table_kind(ct),
		.kr_count = ct->ct_count,
		.kr_time = ct->ct_time,
		.kr_keys = ct->ct_keys,
		.kr_size = key_size(&ct->ct_by) };

	assert_int_equal(key_table_begin(&world.w_tables[i], &rule), 0);
}

/* Begins a rule of these triggers. */
static void
begin(const struct conf_trigger *list, size_t n)
{
	const uint64_t secret[2] = { 1, 2 };
	struct watched_rule *r = &world.w_rule;
	struct watched_trigger *t;
	size_t i;

	memset(&world, 0, sizeof(world));
	world.w_watcher.w_now = 1000 * MS;
	world.w_counters[0].co_count.sc_last = CLOCK_NEVER;
	r->wr_triggers = world.w_triggers;
	r->wr_ntriggers = n;
	r->wr_places = world.w_places;
	r->wr_nplaces = 1;
	for (i = 0; i < 1 + TRIGGERS; i++) {
		world.w_places[i].pl_rule = r;
		world.w_places[i].pl_counter = &world.w_counters[i];
		world.w_counters[i].co_source = &world.w_sources[i];
	}
	sequence_init(&r->wr_sequence);
	for (i = 0; i < r->wr_ntriggers; i++) {
		t = &world.w_triggers[i];
		t->wt_rule = r;
		t->wt_conf = list[i];
		trigger_init(&t->wt_trigger, (uint32_t)i, &t->wt_conf,
		    &world.w_counters[0].co_count, world.w_watcher.w_now);
		t->wt_trigger.t_node.sn_index = i;
		sequence_add(&r->wr_sequence, &t->wt_trigger.t_node);
		if (!conf_has_table(&t->wt_conf))
			continue;
		begin_table(&t->wt_conf, ++r->wr_ntables);
		t->wt_keys = &world.w_counters[r->wr_ntables];
	}
	assert_int_equal(rule_keys_begin(r, secret), 0);
	assert_non_null(r->wr_keyed);
}

/* Frees the rule. */
static void
end(void)
{
	size_t i;

	keyed_free(world.w_rule.wr_keyed);
	for (i = 0; i < 1 + TRIGGERS; i++)
		key_table_end(&world.w_tables[i]);
}

#endif
