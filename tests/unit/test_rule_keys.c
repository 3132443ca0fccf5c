/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* What the sequences of test_rule_keys_sim do not tell. */
#include "rule_keys_fixture.h"

#define CROWD 200

static struct conf_trigger
trigger(enum condition_kind kind, uint64_t time, uint64_t interval)
{
	return (struct conf_trigger){ .ct_kind = kind,
		.ct_count = kind == CONDITION_EVERY,
		.ct_time = time,
		.ct_interval = interval,
		.ct_by = { 1, { { KEY_SOURCE, 32, 128 } } },
		.ct_keys = 2 * CROWD,
		.ct_runs = 1 };
}

/* No calm is announced while events of the trigger in front are left. */
static void
counts_all_before_calm(void **state)
{
	const struct conf_trigger list[] = {
		trigger(CONDITION_EVERY, 0, 0),
		trigger(CONDITION_CALM, 50 * MS, 0),
	};
	uint64_t i, round, first;

	(void)state;
	begin(list, 2);
	world.w_time = 10000 * MS;
	serve();
	first = world.w_watcher.w_now;
	for (round = 0; round < 5; round++) {
		for (i = 0; i < CROWD; i++)
			count_packet(i);
		pass(first + (round + 1) * 40 * MS);
	}
	assert_int_equal(world.w_triggers[1].wt_trigger.t_events, 0);
	assert_int_equal(world.w_all_runs, 1);
	pass(first + 5 * 50 * MS);
	assert_int_equal(world.w_triggers[1].wt_trigger.t_events, CROWD);
	end();
}

/*
 * Packets of a key that an interval holds back do not wake each time, and do
 * not hold up other keys for long.
 */
static void
rests_beside_a_flood(void **state)
{
	const struct conf_trigger list[] = { trigger(
	    CONDITION_EVERY, 0, 10000 * MS) };
	uint64_t i, wakeups;

	(void)state;
	begin(list, 1);
	world.w_time = 1;
	serve();
	count_packet(1);
	pass(world.w_watcher.w_now + 10 * MS);
	wakeups = world.w_wakeups;
	for (i = 0; i < 100000; i++) {
		pass(world.w_watcher.w_now + MS / 1000);
		count_packet(1);
	}
	assert_true(world.w_wakeups - wakeups <= 100 + 2);
	count_packet(2);
	assert_int_equal(world.w_all_runs, 1);
	pass(world.w_watcher.w_now + MS);
	assert_int_equal(world.w_all_runs, 2);
	/* Slow packets wake once each. */
	pass(world.w_watcher.w_now + 10 * MS);
	wakeups = world.w_wakeups;
	for (i = 0; i < 100; i++) {
		count_packet(1);
		pass(world.w_watcher.w_now + 10 * MS);
	}
	assert_int_equal(world.w_wakeups - wakeups, 100);
	end();
}

/* A flood at a command that runs wakes twice for each run at most. */
static void
wakes_for_runs(void **state)
{
	const struct conf_trigger list[] = { trigger(CONDITION_EVERY, 0, 0) };
	uint64_t i;

	(void)state;
	begin(list, 1);
	world.w_time = 5 * MS;
	serve();
	for (i = 0; i < 100000; i++) {
		pass(world.w_watcher.w_now + MS / 1000);
		count_packet(i % 7);
	}
	assert_true(world.w_all_runs > 15);
	assert_true(world.w_wakeups <= 2 * world.w_all_runs + 2);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_all_before_calm),
		cmocka_unit_test(rests_beside_a_flood),
		cmocka_unit_test(wakes_for_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
