/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Lanes: what the sequences of test_lanes_sim do not tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/key_table.h"
#include "engine/lanes.h"
#include "policy_fixture.h"

#define CROWD 100000

static struct lanes *lanes;
static struct sequence own;

/* Returns the key of a number, as of an address. */
static struct key
key_of(uint32_t i)
{
	return (struct key){ { 4, 0, 0, 0, (uint8_t)(i >> 24),
	    (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
}

/* Begins a rule of some triggers with the same key and policy. */
static void
begin(size_t n, enum policy_kind kind, uint64_t interval, uint32_t keys,
    uint32_t runs)
{
	static const uint64_t seed[2] = { 1, 2 };
	struct lanes_trigger list[4];
	size_t i;

	for (i = 0; i < n; i++) {
		list[i] = (struct lanes_trigger){
			.lt_by = { 1, { { KEY_SOURCE, 32, 128 } } },
			.lt_keys = keys,
			.lt_runs = runs
		};
		policy_init(&list[i].lt_policy, kind, interval, 0, 0);
	}
	lanes = lanes_new(list, n, seed);
	assert_non_null(lanes);
	sequence_init(&own);
}

/* Events of a key; returns true if a run must be ended. */
static bool
events(size_t trigger, uint32_t i, uint64_t n, uint64_t at)
{
	const struct key_event ev = { key_of(i), n, at, 10 * n, 100 * n };
	struct lanes_run end;

	return lanes_events(lanes, trigger, &ev, at, &end) == 1;
}

/* The next start is of this trigger and key, with this number. */
static void
starts(size_t trigger, uint32_t i, uint32_t run, uint64_t now)
{
	const struct key key = key_of(i);
	struct lanes_start start;

	assert_true(lanes_next(lanes, &own, now, &start));
	assert_int_equal(start.ld_run.lr_trigger, trigger);
	assert_memory_equal(start.ld_key, &key, sizeof(key));
	assert_int_equal(start.ld_run.lr_run, run);
	assert_int_equal(start.ld_node->sn_index, trigger);
}

/* Nothing starts. */
static void
rests(uint64_t now)
{
	struct lanes_start start;

	assert_false(lanes_next(lanes, &own, now, &start));
}

static void
ends(size_t trigger, uint32_t run, uint64_t now)
{
	lanes_report(
	    lanes, &(struct lanes_run){ trigger, run }, POLICY_ENDED, now);
}

static void
orders_by_time(void **state)
{
	(void)state;
	begin(2, POLICY_ONCE, 0, 10, 1);
	events(0, 1, 1, T0 + 2);
	events(1, 2, 1, T0 + 1);
	events(1, 3, 1, T0);
	starts(1, 3, 0, T0 + 3);
	rests(T0 + 3);
	ends(1, 0, T0 + 4);
	starts(1, 2, 0, T0 + 4);
	ends(1, 0, T0 + 4);
	starts(0, 1, 0, T0 + 4);
	ends(0, 0, T0 + 5);
	rests(T0 + 5);
	assert_int_equal(lanes_count(lanes), 0);
	lanes_free(lanes);
}

/* At the same time the first trigger, then the lane that waits longer. */
static void
orders_the_same_time(void **state)
{
	(void)state;
	begin(2, POLICY_QUEUE, 0, 10, 1);
	events(1, 7, 1, T0);
	events(1, 5, 1, T0);
	events(1, 6, 1, T0);
	events(1, 5, 1, T0);
	events(0, 4, 1, T0);
	starts(0, 4, 0, T0);
	ends(0, 0, T0);
	starts(1, 7, 0, T0);
	ends(1, 0, T0);
	starts(1, 5, 0, T0);
	ends(1, 0, T0);
	/* Key 5 waits anew. */
	starts(1, 6, 0, T0);
	ends(1, 0, T0);
	starts(1, 5, 0, T0);
	lanes_free(lanes);
}

/* Several runs, for different keys, with the lowest free number. */
static void
runs_side_by_side(void **state)
{
	uint32_t i;

	(void)state;
	begin(1, POLICY_ONCE, 0, 10, 3);
	for (i = 0; i < 5; i++)
		events(0, i, 1, T0 + i);
	events(0, 0, 1, T0 + i);
	starts(0, 1, 0, T0 + 9);
	starts(0, 2, 1, T0 + 9);
	starts(0, 3, 2, T0 + 9);
	rests(T0 + 9);
	ends(0, 1, T0 + 9);
	starts(0, 4, 1, T0 + 9);
	events(0, 4, 1, T0 + 10);
	ends(0, 2, T0 + 10);
	ends(0, 0, T0 + 10);
	starts(0, 0, 0, T0 + 10);
	/* Key 4 waits for its run. */
	rests(T0 + 10);
	assert_int_equal(lanes_running(lanes, 0), 2);
	assert_int_equal(lanes_waiting(lanes, 0), 1);
	ends(0, 1, T0 + 10);
	starts(0, 4, 1, T0 + 10);
	lanes_free(lanes);
}

/* A trigger without a key runs alone, and in its turn. */
static void
lets_others_pass(void **state)
{
	struct sequence_node node = { .sn_index = 1 };
	struct lanes_start start;

	(void)state;
	begin(1, POLICY_ONCE, 0, 10, 3);
	policy_init(&node.sn_policy, POLICY_ONCE, 0, 0, 0);
	sequence_add(&own, &node);
	events(0, 1, 1, T0);
	sequence_input(&own, &node, POLICY_EVENTS, 1, T0 + 1, T0 + 1);
	events(0, 2, 1, T0 + 2);
	starts(0, 1, 0, T0 + 2);
	/* Key 2 does not overtake, though it may run beside key 1. */
	rests(T0 + 2);
	ends(0, 0, T0 + 3);
	assert_true(lanes_next(lanes, &own, T0 + 3, &start));
	assert_null(start.ld_key);
	assert_ptr_equal(start.ld_node, &node);
	rests(T0 + 3);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	sequence_input(&own, &node, POLICY_ENDED, 0, 0, T0 + 4);
	starts(0, 2, 0, T0 + 4);
	lanes_free(lanes);
}

/* Reports of runs that do not exist change nothing. */
static void
ignores_other_reports(void **state)
{
	(void)state;
	begin(1, POLICY_ONCE, 0, 10, 2);
	events(0, 1, 1, T0);
	starts(0, 1, 0, T0);
	ends(0, 1, T0);
	ends(0, LANES_RUNS, T0);
	ends(1, 0, T0);
	assert_int_equal(lanes_running(lanes, 0), 1);
	assert_int_equal(lanes_count(lanes), 1);
	lanes_free(lanes);
}

/* An interval keeps a lane, but wakes only if the lane is in the way. */
static void
rests_for_an_interval(void **state)
{
	struct lanes_run end;

	(void)state;
	begin(1, POLICY_ONCE, INTERVAL, 2, 1);
	events(0, 1, 1, T0);
	starts(0, 1, 0, T0);
	ends(0, 0, T0 + MS);
	assert_int_equal(lanes_deadline(lanes), UINT64_MAX);
	events(0, 2, 1, T0 + MS);
	starts(0, 2, 0, T0 + MS);
	assert_false(lanes_room(lanes));
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	ends(0, 0, T0 + 2 * MS);
	assert_int_equal(lanes_wakes(lanes, &own), 0);
	assert_int_equal(lanes_deadline(lanes), T0 + INTERVAL);
	assert_false(lanes_late(lanes, T0 + INTERVAL, &end));
	assert_true(lanes_room(lanes));
	assert_int_equal(lanes_count(lanes), 1);
	assert_int_equal(lanes_deadline(lanes), UINT64_MAX);
	/* An event that waits for the interval wakes. */
	events(0, 2, 1, T0 + INTERVAL);
	assert_int_equal(lanes_deadline(lanes), T0 + MS + INTERVAL);
	/* An event behind the interval waits for nothing. */
	assert_false(lanes_late(lanes, T0 + MS + INTERVAL, &end));
	starts(0, 2, 0, T0 + MS + INTERVAL);
	ends(0, 0, T0 + MS + INTERVAL);
	events(0, 2, 1, T0 + 3 * INTERVAL);
	starts(0, 2, 0, T0 + 3 * INTERVAL);
	lanes_free(lanes);
}

/* Also under drop, where an event within the interval is dropped. */
static void
drops_within_an_interval(void **state)
{
	(void)state;
	begin(1, POLICY_DROP, INTERVAL, 2, 1);
	events(0, 1, 1, T0);
	starts(0, 1, 0, T0);
	ends(0, 0, T0);
	events(0, 1, 1, T0 + INTERVAL);
	rests(T0 + INTERVAL);
	assert_int_equal(lanes_waiting(lanes, 0), 0);
	events(0, 1, 1, T0 + INTERVAL + 1);
	starts(0, 1, 0, T0 + INTERVAL + 1);
	lanes_free(lanes);
}

/* While nothing can start, one wake-up for a run is enough. */
static void
wakes_once_for_a_run(void **state)
{
	(void)state;
	begin(1, POLICY_ONCE, 0, 10, 1);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_EVENTS);
	events(0, 1, 1, T0);
	starts(0, 1, 0, T0);
	/* The end is read together with the next event. */
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_EVENTS);
	events(0, 2, 1, T0 + 1);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	events(0, 3, 1, T0 + 2);
	ends(0, 0, T0 + 3);
	starts(0, 2, 0, T0 + 3);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	ends(0, 0, T0 + 4);
	starts(0, 3, 0, T0 + 4);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_EVENTS);
	ends(0, 0, T0 + 5);
	/* Several events at once: many more are to be expected. */
	events(0, 4, 2, T0 + 6);
	starts(0, 4, 0, T0 + 6);
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	lanes_free(lanes);
}

/* Restart: events of the key that runs wake, whatever waits. */
static void
wakes_for_a_restart(void **state)
{
	(void)state;
	begin(1, POLICY_RESTART, 0, 10, 1);
	events(0, 1, 1, T0);
	starts(0, 1, 0, T0);
	events(0, 2, 1, T0 + 1);
	assert_int_equal(
	    lanes_wakes(lanes, &own), POLICY_WAKE_EVENTS | POLICY_WAKE_END);
	assert_true(events(0, 1, 1, T0 + 2));
	assert_int_equal(lanes_wakes(lanes, &own), POLICY_WAKE_END);
	lanes_free(lanes);
}

/* Many lanes; a look is bounded. */
static void
holds_a_crowd(void **state)
{
	struct lanes_run end;
	uint32_t i, looks;

	(void)state;
	begin(1, POLICY_ONCE, INTERVAL, CROWD, 1);
	for (i = 0; i < CROWD; i++) {
		assert_true(lanes_room(lanes));
		events(0, i, 1, T0);
		starts(0, i, 0, T0);
		ends(0, 0, T0);
	}
	assert_false(lanes_room(lanes));
	assert_int_equal(lanes_count(lanes), CROWD);
	for (looks = 0; lanes_count(lanes) > 0; looks++) {
		i = (uint32_t)lanes_count(lanes);
		assert_false(lanes_late(lanes, T0 + INTERVAL, &end));
		assert_true(i - lanes_count(lanes) <= LANES_WORK);
	}
	assert_int_equal(looks, (CROWD + LANES_WORK - 1) / LANES_WORK);
	lanes_free(lanes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_by_time),
		cmocka_unit_test(orders_the_same_time),
		cmocka_unit_test(runs_side_by_side),
		cmocka_unit_test(lets_others_pass),
		cmocka_unit_test(ignores_other_reports),
		cmocka_unit_test(rests_for_an_interval),
		cmocka_unit_test(drops_within_an_interval),
		cmocka_unit_test(wakes_once_for_a_run),
		cmocka_unit_test(wakes_for_a_restart),
		cmocka_unit_test(holds_a_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
