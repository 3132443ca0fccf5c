/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Times of a policy: interval, timeout, back-off; the inputs that wake it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_fixture.h"

#define NEVER UINT64_MAX

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
expect(struct policy *po, enum policy_input input, uint64_t now,
    enum policy_order wanted, enum policy_state wanted_state)
{
	/* Inputs other than POLICY_EVENTS ignore the number. */
	assert_int_equal(step_alone(po, input, 1, now), wanted);
	assert_int_equal(po->po_state, wanted_state);
}

/* Starts a run at T0. */
static void
begin(struct policy *po, enum policy_kind policy, uint64_t interval,
    uint64_t timeout)
{
	policy_init(po, policy, interval, timeout, 0);
	expect(po, POLICY_EVENTS, T0, POLICY_START, POLICY_RUNNING);
}

static void
interval_holds(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, 10 * MS, 0);
	expect(&po, POLICY_EVENTS, T0 + 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0 + 2, POLICY_NOTHING, POLICY_HELD);
	expect(&po, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_HELD);
	expect(&po, POLICY_TIME, T0 + 10 * MS, POLICY_START, POLICY_RUNNING);
	/* The interval counts from the start, not from the earliest time. */
	expect(
	    &po, POLICY_EVENTS, T0 + 19 * MS, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0 + 20 * MS, POLICY_START, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0 + 29 * MS, POLICY_NOTHING, POLICY_HELD);
	expect(&po, POLICY_TIME, T0 + 35 * MS, POLICY_NOTHING, POLICY_IDLE);
	expect(&po, POLICY_EVENTS, T0 + 50 * MS, POLICY_START, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0 + 59 * MS, POLICY_NOTHING, POLICY_HELD);
}

static void
timeout_ends_once(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, 0, 10 * MS);
	expect(
	    &po, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_TIME, T0 + 10 * MS, POLICY_END, POLICY_ENDING);
	expect(&po, POLICY_TIME, T0 + 99 * MS, POLICY_NOTHING, POLICY_ENDING);
	expect(&po, POLICY_EVENTS, T0 + 99 * MS, POLICY_NOTHING, POLICY_ENDING);
	expect(&po, POLICY_ENDED, T0 + 99 * MS, POLICY_START, POLICY_RUNNING);
	/* The next run has the whole timeout. */
	expect(&po, POLICY_TIME, T0 + 109 * MS - 1, POLICY_NOTHING,
	    POLICY_RUNNING);
	expect(&po, POLICY_TIME, T0 + 109 * MS, POLICY_END, POLICY_ENDING);
}

static void
no_timeout(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, 0, 0);
	expect(&po, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_TIME, NEVER, POLICY_NOTHING, POLICY_RUNNING);
}

/* Fails n starts; checks each wait to the nanosecond. */
static uint64_t
fail_starts(struct policy *po, uint64_t now, const uint64_t *waits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		expect(po, POLICY_FAILED, now, POLICY_NOTHING, POLICY_HELD);
		assert_int_equal(po->po_pending, 1);
		assert_int_equal(policy_deadline(po), now + waits[i] * MS);
		now += waits[i] * MS;
		expect(po, POLICY_TIME, now - 1, POLICY_NOTHING, POLICY_HELD);
		expect(po, POLICY_TIME, now, POLICY_START, POLICY_RUNNING);
		assert_int_equal(po->po_running, 1);
	}
	return now;
}

static void
backoff_doubles(void **state)
{
	static const uint64_t waits[] = { 10, 20, 40, 80, 160, 320, 640, 1000,
		1000, 1000 };
	struct policy po;
	uint64_t now;
	int p;

	(void)state;
	for (p = 0; p < POLICY_KINDS; p++) {
		begin(&po, (enum policy_kind)p, 0, 0);
		now = fail_starts(&po, T0, waits, LEN(waits));
		/* A completed run resets the back-off. */
		expect(&po, POLICY_ENDED, now, POLICY_NOTHING, POLICY_IDLE);
		expect(&po, POLICY_EVENTS, now, POLICY_START, POLICY_RUNNING);
		fail_starts(&po, now, waits, 2);
	}
}

/* A failed start does not count for the interval. */
static void
backoff_is_not_interval(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, 3600000 * MS, 0);
	expect(&po, POLICY_FAILED, T0, POLICY_NOTHING, POLICY_HELD);
	expect(&po, POLICY_TIME, T0 + 10 * MS, POLICY_START, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0 + 11 * MS, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&po), T0 + 3600010 * MS);
}

/* restart: the old run continues until a new one is allowed. */
static void
restart_waits_for_interval(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_RESTART, 10 * MS, 0);
	expect(&po, POLICY_EVENTS, T0 + 10 * MS - 1, POLICY_NOTHING,
	    POLICY_RUNNING);
	expect(
	    &po, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_TIME, T0 + 10 * MS, POLICY_END, POLICY_ENDING);
	expect(&po, POLICY_ENDED, T0 + 11 * MS, POLICY_START, POLICY_RUNNING);
	expect(&po, POLICY_EVENTS, T0 + 21 * MS, POLICY_END, POLICY_ENDING);
}

static void
deadlines(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 20 * MS, 50 * MS, 0);
	assert_int_equal(policy_deadline(&po), NEVER);
	begin(&po, POLICY_ONCE, 20 * MS, 50 * MS);
	assert_int_equal(policy_deadline(&po), T0 + 50 * MS);
	expect(&po, POLICY_TIME, T0 + 50 * MS, POLICY_END, POLICY_ENDING);
	assert_int_equal(policy_deadline(&po), NEVER);
	begin(&po, POLICY_ONCE, 20 * MS, 50 * MS);
	expect(&po, POLICY_ENDED, T0 + 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&po), T0 + 20 * MS);
	begin(&po, POLICY_ONCE, 20 * MS, 0);
	assert_int_equal(policy_deadline(&po), NEVER);
}

/* The end of the interval stays the deadline until a POLICY_TIME. */
static void
deadlines_of_restart(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_RESTART, 20 * MS, 50 * MS);
	assert_int_equal(policy_deadline(&po), T0 + 20 * MS);
	expect(
	    &po, POLICY_TIME, T0 + 20 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&po), T0 + 20 * MS);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
	expect(&po, POLICY_TIME, T0 + 20 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&po), T0 + 50 * MS);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
	begin(&po, POLICY_RESTART, 20 * MS, 0);
	assert_int_equal(policy_deadline(&po), T0 + 20 * MS);
	expect(&po, POLICY_TIME, T0 + 90 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&po), NEVER);
	begin(&po, POLICY_RESTART, 0, 0);
	assert_int_equal(policy_deadline(&po), NEVER);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
	begin(&po, POLICY_RESTART, 50 * MS, 20 * MS);
	assert_int_equal(policy_deadline(&po), T0 + 20 * MS);
}

static void
wakes(void **state)
{
	struct policy po;
	int p;

	(void)state;
	for (p = 0; p < POLICY_KINDS; p++) {
		policy_init(&po, (enum policy_kind)p, 10 * MS, 20 * MS, 0);
		assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
		begin(&po, (enum policy_kind)p, 10 * MS, 20 * MS);
		expect(
		    &po, POLICY_TIME, T0 + 20 * MS, POLICY_END, POLICY_ENDING);
		assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
		begin(&po, (enum policy_kind)p, 10 * MS, 20 * MS);
		expect(&po, POLICY_ENDED, T0, POLICY_NOTHING, POLICY_HELD);
		assert_int_equal(policy_wakes(&po), 0);
	}
	/* Packets are nothing to a command that lasts while packets come. */
	begin(&po, POLICY_WHILE, 0, 0);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
	begin(&po, POLICY_RESTART, 10 * MS, 0);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
	expect(&po, POLICY_TIME, T0 + 10 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
}

/* One wake-up for one event: the end of its run waits for the next event. */
static void
wakes_for_one_event(void **state)
{
	static const enum policy_kind policies[] = { POLICY_ONCE, POLICY_DROP,
		POLICY_QUEUE };
	struct policy po;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(policies); i++) {
		begin(&po, policies[i], 0, 0);
		assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
		expect(&po, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
		assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
	}
	/* Pending events need the end of the run. */
	policy_init(&po, POLICY_QUEUE, 0, 0, 0);
	assert_int_equal(step_alone(&po, POLICY_EVENTS, 2, T0), POLICY_START);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
}

/* The end of a run that may be repeated is read at once. */
static void
wakes_for_a_retry(void **state)
{
	struct policy po;
	int p;

	(void)state;
	for (p = 0; p < POLICY_KINDS; p++) {
		policy_init(&po, (enum policy_kind)p, 0, 0, 20 * MS);
		assert_int_equal(
		    step_alone(&po, POLICY_EVENTS, 1, T0), POLICY_START);
		assert_true((policy_wakes(&po) & POLICY_WAKE_END) != 0);
	}
	/* A retry that is given up needs no wake-up. */
	policy_init(&po, POLICY_ONCE, 0, 0, 20 * MS);
	assert_int_equal(step_alone(&po, POLICY_EVENTS, 1, T0), POLICY_START);
	step_alone(&po, POLICY_OVER, 0, T0);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
}

/* Many events: one wake-up for a run, at its end. */
static void
wakes_in_a_crowd(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, 0, 0);
	expect(&po, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0, POLICY_START, POLICY_RUNNING);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_END);
	/* After a run with a single event, events wake again. */
	expect(&po, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, T0, POLICY_START, POLICY_RUNNING);
	assert_int_equal(policy_wakes(&po), POLICY_WAKE_EVENTS);
}

/* Deadlines are limited to UINT64_MAX and never overflow. */
static void
end_of_time(void **state)
{
	struct policy po;

	(void)state;
	begin(&po, POLICY_ONCE, NEVER, NEVER);
	assert_int_equal(policy_deadline(&po), NEVER);
	expect(&po, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_ENDED, NEVER - 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&po), NEVER);
	expect(&po, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_HELD);

	begin(&po, POLICY_RESTART, NEVER - T0, NEVER - T0 - 1);
	assert_int_equal(policy_deadline(&po), NEVER - 1);
	expect(&po, POLICY_TIME, NEVER - 2, POLICY_NOTHING, POLICY_RUNNING);
	expect(&po, POLICY_TIME, NEVER - 1, POLICY_END, POLICY_ENDING);
	expect(&po, POLICY_FAILED, NEVER - 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&po), NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval_holds),
		cmocka_unit_test(timeout_ends_once),
		cmocka_unit_test(no_timeout),
		cmocka_unit_test(backoff_doubles),
		cmocka_unit_test(backoff_is_not_interval),
		cmocka_unit_test(restart_waits_for_interval),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(deadlines_of_restart),
		cmocka_unit_test(wakes),
		cmocka_unit_test(wakes_for_one_event),
		cmocka_unit_test(wakes_for_a_retry),
		cmocka_unit_test(wakes_in_a_crowd),
		cmocka_unit_test(end_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
