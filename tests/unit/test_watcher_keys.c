/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The watcher's list of the keys with the most packets, and full tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/key_table.h"
#include "source/source_kind.h"
#include "watcher/keyed.h"
#include "watcher/watcher_internal.h"
#include "watcher/watcher_keys.h"

/* Places of the tables of triggers 1 and 3; the others have no table. */
#define LARGE 50000
#define SMALL 40

/* Places that a step may look at. */
#define STEP 1024

static uint64_t packets[2][LARGE], refused;
static size_t looked; /* places looked at */

static bool
key_event(struct source *s, uint64_t now, struct key_event *ke)
{
	(void)s;
	(void)now;
	(void)ke;
	return false;
}

static size_t
key_sums(const struct source *s, struct key_table_sums *sums)
{
	(void)s;
	memset(sums, 0, sizeof(*sums));
	sums->ks_refused = refused;
	return 0;
}

static bool
key_entry(const struct source *s, size_t place, struct key_entry *ke)
{
	const uint64_t n = packets[s->s_fd][place];

	looked++;
	memset(ke, 0, sizeof(*ke));
	memcpy(ke->ke_key.k_bytes, &place, sizeof(place));
	ke->ke_packets = n;
	ke->ke_bytes = 100 * n;
	ke->ke_events = n / 10;
	ke->ke_last = n + 7;
	return n != 0;
}

static const struct source_ops ops = { .so_key_event = key_event,
	.so_key_sums = key_sums,
	.so_key_entry = key_entry };
static struct source sources[2];
static struct counter counters[2];
static struct watched_trigger triggers[5];
static struct watched_rule rule = { .wr_triggers = triggers };
static struct watcher watcher;
static struct order_ends runner;

static int
set_up(void **state)
{
	size_t i;

	(void)state;
	memset(&watcher, 0, sizeof(watcher));
	memset(triggers, 0, sizeof(triggers));
	memset(packets, 0, sizeof(packets));
	memset(counters, 0, sizeof(counters));
	looked = 0;
	refused = 0;
	for (i = 0; i < 2; i++) {
		sources[i].s_ops = &ops;
		sources[i].s_fd = (int)i;
		counters[i].co_source = &sources[i];
		triggers[2 * i + 1].wt_rule = &rule;
		triggers[2 * i + 1].wt_keys = &counters[i];
		triggers[2 * i + 1].wt_trigger.t_number = (uint32_t)(2 * i + 1);
	}
	triggers[1].wt_conf.ct_keys = LARGE;
	triggers[3].wt_conf.ct_keys = SMALL;
	watcher.w_table.tb_triggers = triggers;
	watcher.w_table.tb_ntriggers = 5;
	return order_open(&watcher.w_ends, &runner);
}

static int
tear_down(void **state)
{
	(void)state;
	order_close(&watcher.w_ends);
	order_close(&runner);
	return 0;
}

/* Keys that came, by place; the table and the answer's end. */
static uint64_t listed[2][LARGE];
static size_t nlisted[2];
static bool ended;

static void
take(const struct order *o)
{
	const struct order_key *ok = &o->o_key;
	size_t place, table;

	assert_false(ended);
	if (o->o_type == ORDER_KEYS) {
		ended = true;
		return;
	}
	assert_int_equal(o->o_type, ORDER_KEY);
	assert_true(o->o_trigger == 1 || o->o_trigger == 3);
	table = o->o_trigger / 2;
	assert_true(table == 1 || nlisted[1] == 0);
	memcpy(&place, ok->ok_key, sizeof(place));
	assert_true(place < LARGE);
	assert_int_equal(listed[table][place], 0);
	listed[table][place] = ok->ok_packets;
	nlisted[table]++;
	assert_int_equal(ok->ok_packets, packets[table][place]);
	assert_int_equal(ok->ok_bytes, 100 * ok->ok_packets);
	assert_int_equal(ok->ok_events, ok->ok_packets / 10);
	assert_int_equal(ok->ok_last, ok->ok_packets + 7);
}

/* Does a step, which is small.  Returns the orders that came. */
static size_t
step(void)
{
	const size_t before = looked;
	struct order_batch ob = { .ob_len = 0 };
	size_t i;

	assert_int_equal(watcher_keys_step(&watcher), 0);
	assert_true(looked - before <= STEP);
	if (order_recv_batch(runner.oe_orders, &ob) != ORDER_ONE)
		return 0;
	assert_true(looked == before);
	for (i = 0; i < ob.ob_len; i++)
		take(&ob.ob_orders[i]);
	assert_int_equal(order_recv_batch(runner.oe_orders, &ob), ORDER_NONE);
	return i;
}

static void
forget(void)
{
	memset(listed, 0, sizeof(listed));
	nlisted[0] = nlisted[1] = 0;
	ended = false;
}

/* Checks that the keys with the most packets came. */
static void
assert_most(size_t table, size_t n, size_t most)
{
	uint64_t least = UINT64_MAX, left_out = 0;
	size_t i, there = 0;

	for (i = 0; i < n; i++) {
		there += packets[table][i] != 0;
		if (listed[table][i] == 0 && packets[table][i] > left_out)
			left_out = packets[table][i];
		if (listed[table][i] != 0 && listed[table][i] < least)
			least = listed[table][i];
	}
	assert_int_equal(nlisted[table], there < most ? there : most);
	assert_true(left_out <= least);
}

static void
fill(size_t table, size_t n, long keys)
{
	size_t i;

	for (i = 0; i < n; i++)
		packets[table][i] =
		    random() % 100 < keys ? (uint64_t)(random() % 1000) : 0;
}

static void
the_keys_with_most_packets_are_listed(void **state)
{
	long keys;

	(void)state;
	for (keys = 1; keys < 100; keys += 9) {
		fill(0, LARGE, keys);
		fill(1, SMALL, keys);
		forget();
		assert_int_equal(watcher_keys_begin(&watcher), 0);
		while (watcher.w_keys != NULL)
			(void)step();
		assert_true(ended);
		assert_most(0, LARGE, ORDER_KEYS_MOST);
		assert_most(1, SMALL, ORDER_KEYS_MOST);
	}
}

/* Tables change during an answer: the answer begins anew. */
static void
an_answer_can_begin_anew(void **state)
{
	size_t i, steps;

	(void)state;
	fill(0, LARGE, 50);
	fill(1, SMALL, 50);
	for (steps = 0; steps < 90; steps++) {
		forget();
		assert_int_equal(watcher_keys_begin(&watcher), 0);
		for (i = 0; i < steps && watcher.w_keys != NULL; i++)
			(void)step();
		forget();
		assert_int_equal(watcher_keys_begin(&watcher), 0);
		while (watcher.w_keys != NULL)
			(void)step();
		assert_most(0, LARGE, ORDER_KEYS_MOST);
		assert_most(1, SMALL, ORDER_KEYS_MOST);
	}
}

static void
many_tables_share_the_answer(void **state)
{
	static struct watched_trigger many[2 * ORDER_KEYS_IN_ALL / SMALL];
	const size_t n = sizeof(many) / sizeof(many[0]);
	size_t i, got = 0;

	(void)state;
	for (i = 0; i < SMALL; i++)
		packets[1][i] = 5;
	for (i = 0; i < n; i++)
		many[i] = triggers[3];
	watcher.w_table.tb_triggers = many;
	watcher.w_table.tb_ntriggers = n;
	assert_int_equal(watcher_keys_begin(&watcher), 0);
	while (watcher.w_keys != NULL) {
		struct order_batch ob = { .ob_len = 0 };

		assert_int_equal(watcher_keys_step(&watcher), 0);
		if (order_recv_batch(runner.oe_orders, &ob) == ORDER_ONE)
			got += ob.ob_len;
	}
	assert_int_equal(got, ORDER_KEYS_IN_ALL / n * n + 1);
}

/* Looks at the rule at a time.  Returns the packets that are told. */
static uint64_t
look(uint64_t seconds)
{
	struct order o;

	watcher.w_now = seconds * CLOCK_S;
	assert_int_equal(watcher_keys_look(&watcher, &rule), 0);
	if (order_recv(runner.oe_orders, &o) != ORDER_ONE)
		return 0;
	assert_int_equal(o.o_type, ORDER_FULL);
	assert_int_equal(o.o_trigger, 3);
	return o.o_full.ou_refused;
}

static void
a_full_table_is_told_once(void **state)
{
	struct keyed keyed;
	uint64_t s;

	(void)state;
	rule.wr_keyed = &keyed;
	rule.wr_ntriggers = 5;
	triggers[3].wt_trigger.t_keyed = true;
	assert_int_equal(look(1), 0);
	refused = 3;
	assert_int_equal(look(2), 3);
	/* As long as packets are refused. */
	for (s = 3; s < 1000; s++) {
		refused++;
		assert_int_equal(look(s), 0);
	}
	for (; s < 1000 + ORDER_FULL_PACE; s++)
		assert_int_equal(look(s), 0);
	refused++;
	assert_int_equal(look(s), refused);
	refused++;
	assert_int_equal(look(s + 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_keys_with_most_packets_are_listed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_answer_can_begin_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    many_tables_share_the_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_full_table_is_told_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
