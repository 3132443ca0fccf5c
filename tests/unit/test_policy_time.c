/* When a job acts: interval, timeout, back-off; what it waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/policy.h"

#define MS    UINT64_C(1000000)
#define T0    (5000 * MS)
#define NEVER UINT64_MAX

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
expect(struct policy *j, enum policy_input input, uint64_t now,
    enum policy_order wanted, enum policy_state wanted_state)
{
	/* Of the other inputs the number means nothing. */
	assert_int_equal(policy_step(j, input, 1, now), wanted);
	assert_int_equal(j->po_state, wanted_state);
}

/* A job with a run since T0. */
static void
begin(struct policy *j, enum policy_kind policy, uint64_t interval,
    uint64_t timeout)
{
	policy_init(j, policy, interval, timeout);
	expect(j, POLICY_EVENTS, T0, POLICY_START, POLICY_RUNNING);
}

static void
interval_holds(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, 10 * MS, 0);
	expect(&j, POLICY_EVENTS, T0 + 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0 + 2, POLICY_NOTHING, POLICY_HELD);
	expect(&j, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_HELD);
	expect(&j, POLICY_TIME, T0 + 10 * MS, POLICY_START, POLICY_RUNNING);
	/* From start to start, and not from when it was allowed. */
	expect(&j, POLICY_EVENTS, T0 + 19 * MS, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0 + 20 * MS, POLICY_START, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0 + 29 * MS, POLICY_NOTHING, POLICY_HELD);
	expect(&j, POLICY_TIME, T0 + 35 * MS, POLICY_NOTHING, POLICY_IDLE);
	expect(&j, POLICY_EVENTS, T0 + 50 * MS, POLICY_START, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0 + 59 * MS, POLICY_NOTHING, POLICY_HELD);
}

static void
timeout_ends_once(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, 0, 10 * MS);
	expect(
	    &j, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_TIME, T0 + 10 * MS, POLICY_END, POLICY_ENDING);
	expect(&j, POLICY_TIME, T0 + 99 * MS, POLICY_NOTHING, POLICY_ENDING);
	expect(&j, POLICY_EVENTS, T0 + 99 * MS, POLICY_NOTHING, POLICY_ENDING);
	expect(&j, POLICY_ENDED, T0 + 99 * MS, POLICY_START, POLICY_RUNNING);
	/* The next run has all its time. */
	expect(
	    &j, POLICY_TIME, T0 + 109 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_TIME, T0 + 109 * MS, POLICY_END, POLICY_ENDING);
}

static void
no_timeout(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, 0, 0);
	expect(&j, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_TIME, NEVER, POLICY_NOTHING, POLICY_RUNNING);
}

/* Fails to start until the waits were these, each to the nanosecond. */
static uint64_t
fail_starts(struct policy *j, uint64_t now, const uint64_t *waits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		expect(j, POLICY_FAILED, now, POLICY_NOTHING, POLICY_HELD);
		assert_int_equal(j->po_pending, 1);
		assert_int_equal(policy_deadline(j), now + waits[i] * MS);
		now += waits[i] * MS;
		expect(j, POLICY_TIME, now - 1, POLICY_NOTHING, POLICY_HELD);
		expect(j, POLICY_TIME, now, POLICY_START, POLICY_RUNNING);
		assert_int_equal(j->po_running, 1);
	}
	return now;
}

static void
backoff_doubles(void **state)
{
	static const uint64_t waits[] = { 10, 20, 40, 80, 160, 320, 640, 1000,
		1000, 1000 };
	struct policy j;
	uint64_t now;
	int p;

	(void)state;
	for (p = 0; p < POLICY_KINDS; p++) {
		begin(&j, (enum policy_kind)p, 0, 0);
		now = fail_starts(&j, T0, waits, LEN(waits));
		/* A run makes good for all of them. */
		expect(&j, POLICY_ENDED, now, POLICY_NOTHING, POLICY_IDLE);
		expect(&j, POLICY_EVENTS, now, POLICY_START, POLICY_RUNNING);
		fail_starts(&j, now, waits, 2);
	}
}

/* What was not started needs no distance to the next. */
static void
backoff_is_not_interval(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, 3600000 * MS, 0);
	expect(&j, POLICY_FAILED, T0, POLICY_NOTHING, POLICY_HELD);
	expect(&j, POLICY_TIME, T0 + 10 * MS, POLICY_START, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0 + 11 * MS, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&j), T0 + 3600010 * MS);
}

/* A run that is to give way stays until the next one may start. */
static void
restart_waits_for_interval(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_RESTART, 10 * MS, 0);
	expect(&j, POLICY_EVENTS, T0 + 10 * MS - 1, POLICY_NOTHING,
	    POLICY_RUNNING);
	expect(
	    &j, POLICY_TIME, T0 + 10 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_TIME, T0 + 10 * MS, POLICY_END, POLICY_ENDING);
	expect(&j, POLICY_ENDED, T0 + 11 * MS, POLICY_START, POLICY_RUNNING);
	expect(&j, POLICY_EVENTS, T0 + 21 * MS, POLICY_END, POLICY_ENDING);
}

static void
deadlines(void **state)
{
	struct policy j;

	(void)state;
	policy_init(&j, POLICY_ONCE, 20 * MS, 50 * MS);
	assert_int_equal(policy_deadline(&j), NEVER);
	begin(&j, POLICY_ONCE, 20 * MS, 50 * MS);
	assert_int_equal(policy_deadline(&j), T0 + 50 * MS);
	expect(&j, POLICY_TIME, T0 + 50 * MS, POLICY_END, POLICY_ENDING);
	assert_int_equal(policy_deadline(&j), NEVER);
	begin(&j, POLICY_ONCE, 20 * MS, 50 * MS);
	expect(&j, POLICY_ENDED, T0 + 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&j), T0 + 20 * MS);
	begin(&j, POLICY_ONCE, 20 * MS, 0);
	assert_int_equal(policy_deadline(&j), NEVER);
}

/* The end of the interval is named until POLICY_TIME has met it. */
static void
deadlines_of_restart(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_RESTART, 20 * MS, 50 * MS);
	assert_int_equal(policy_deadline(&j), T0 + 20 * MS);
	expect(
	    &j, POLICY_TIME, T0 + 20 * MS - 1, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&j), T0 + 20 * MS);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
	expect(&j, POLICY_TIME, T0 + 20 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&j), T0 + 50 * MS);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
	begin(&j, POLICY_RESTART, 20 * MS, 0);
	assert_int_equal(policy_deadline(&j), T0 + 20 * MS);
	expect(&j, POLICY_TIME, T0 + 90 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_deadline(&j), NEVER);
	begin(&j, POLICY_RESTART, 0, 0);
	assert_int_equal(policy_deadline(&j), NEVER);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
	begin(&j, POLICY_RESTART, 50 * MS, 20 * MS);
	assert_int_equal(policy_deadline(&j), T0 + 20 * MS);
}

static void
hears(void **state)
{
	struct policy j;
	int p;

	(void)state;
	for (p = 0; p < POLICY_KINDS; p++) {
		policy_init(&j, (enum policy_kind)p, 10 * MS, 20 * MS);
		assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
		begin(&j, (enum policy_kind)p, 10 * MS, 20 * MS);
		expect(
		    &j, POLICY_TIME, T0 + 20 * MS, POLICY_END, POLICY_ENDING);
		assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
		begin(&j, (enum policy_kind)p, 10 * MS, 20 * MS);
		expect(&j, POLICY_ENDED, T0, POLICY_NOTHING, POLICY_HELD);
		assert_int_equal(policy_hears(&j), 0);
	}
	begin(&j, POLICY_RESTART, 10 * MS, 0);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
	expect(&j, POLICY_TIME, T0 + 10 * MS, POLICY_NOTHING, POLICY_RUNNING);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
}

/* A lone event is one wake-up: the end of its run is heard with the next. */
static void
hears_one_event(void **state)
{
	static const enum policy_kind policies[] = { POLICY_ONCE, POLICY_DROP,
		POLICY_QUEUE };
	struct policy j;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(policies); i++) {
		begin(&j, policies[i], 0, 0);
		assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
		expect(&j, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
		assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
	}
	/* What waits for a run wants its end, though nothing came meanwhile. */
	policy_init(&j, POLICY_QUEUE, 0, 0);
	assert_int_equal(policy_step(&j, POLICY_EVENTS, 2, T0), POLICY_START);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
}

/* In a crowd a run is one wake-up: the events are counted at its end. */
static void
hears_a_crowd(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, 0, 0);
	expect(&j, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0, POLICY_START, POLICY_RUNNING);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_END);
	/* One event alone is no crowd. */
	expect(&j, POLICY_EVENTS, T0, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, T0, POLICY_START, POLICY_RUNNING);
	assert_int_equal(policy_hears(&j), POLICY_HEARS_EVENTS);
}

/* The end of time is never, and it does not come around again. */
static void
end_of_time(void **state)
{
	struct policy j;

	(void)state;
	begin(&j, POLICY_ONCE, NEVER, NEVER);
	assert_int_equal(policy_deadline(&j), NEVER);
	expect(&j, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_ENDED, NEVER - 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&j), NEVER);
	expect(&j, POLICY_TIME, NEVER - 1, POLICY_NOTHING, POLICY_HELD);

	begin(&j, POLICY_RESTART, NEVER - T0, NEVER - T0 - 1);
	assert_int_equal(policy_deadline(&j), NEVER - 1);
	expect(&j, POLICY_TIME, NEVER - 2, POLICY_NOTHING, POLICY_RUNNING);
	expect(&j, POLICY_TIME, NEVER - 1, POLICY_END, POLICY_ENDING);
	expect(&j, POLICY_FAILED, NEVER - 1, POLICY_NOTHING, POLICY_HELD);
	assert_int_equal(policy_deadline(&j), NEVER);
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
		cmocka_unit_test(hears),
		cmocka_unit_test(hears_one_event),
		cmocka_unit_test(hears_a_crowd),
		cmocka_unit_test(end_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
