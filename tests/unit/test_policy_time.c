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
expect(struct job *j, enum job_input input, uint64_t now, enum job_order wanted,
    enum job_state wanted_state)
{
	/* Of the other inputs the number means nothing. */
	assert_int_equal(job_step(j, input, 1, now), wanted);
	assert_int_equal(j->j_state, wanted_state);
}

/* A job with a run since T0. */
static void
begin(
    struct job *j, enum job_policy policy, uint64_t interval, uint64_t timeout)
{
	job_init(j, policy, interval, timeout);
	expect(j, JOB_EVENTS, T0, JOB_START, JOB_RUNNING);
}

static void
interval_holds(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, 10 * MS, 0);
	expect(&j, JOB_EVENTS, T0 + 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0 + 2, JOB_NOTHING, JOB_HELD);
	expect(&j, JOB_TIME, T0 + 10 * MS - 1, JOB_NOTHING, JOB_HELD);
	expect(&j, JOB_TIME, T0 + 10 * MS, JOB_START, JOB_RUNNING);
	/* From start to start, and not from when it was allowed. */
	expect(&j, JOB_EVENTS, T0 + 19 * MS, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0 + 20 * MS, JOB_START, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0 + 29 * MS, JOB_NOTHING, JOB_HELD);
	expect(&j, JOB_TIME, T0 + 35 * MS, JOB_NOTHING, JOB_IDLE);
	expect(&j, JOB_EVENTS, T0 + 50 * MS, JOB_START, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0 + 59 * MS, JOB_NOTHING, JOB_HELD);
}

static void
timeout_ends_once(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, 0, 10 * MS);
	expect(&j, JOB_TIME, T0 + 10 * MS - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, T0 + 10 * MS, JOB_END, JOB_ENDING);
	expect(&j, JOB_TIME, T0 + 99 * MS, JOB_NOTHING, JOB_ENDING);
	expect(&j, JOB_EVENTS, T0 + 99 * MS, JOB_NOTHING, JOB_ENDING);
	expect(&j, JOB_ENDED, T0 + 99 * MS, JOB_START, JOB_RUNNING);
	/* The next run has all its time. */
	expect(&j, JOB_TIME, T0 + 109 * MS - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, T0 + 109 * MS, JOB_END, JOB_ENDING);
}

static void
no_timeout(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, 0, 0);
	expect(&j, JOB_TIME, NEVER - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, NEVER, JOB_NOTHING, JOB_RUNNING);
}

/* Fails to start until the waits were these, each to the nanosecond. */
static uint64_t
fail_starts(struct job *j, uint64_t now, const uint64_t *waits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		expect(j, JOB_FAILED, now, JOB_NOTHING, JOB_HELD);
		assert_int_equal(j->j_pending, 1);
		assert_int_equal(job_deadline(j), now + waits[i] * MS);
		now += waits[i] * MS;
		expect(j, JOB_TIME, now - 1, JOB_NOTHING, JOB_HELD);
		expect(j, JOB_TIME, now, JOB_START, JOB_RUNNING);
		assert_int_equal(j->j_running, 1);
	}
	return now;
}

static void
backoff_doubles(void **state)
{
	static const uint64_t waits[] = { 10, 20, 40, 80, 160, 320, 640, 1000,
		1000, 1000 };
	struct job j;
	uint64_t now;
	int p;

	(void)state;
	for (p = 0; p < JOB_POLICIES; p++) {
		begin(&j, (enum job_policy)p, 0, 0);
		now = fail_starts(&j, T0, waits, LEN(waits));
		/* A run makes good for all of them. */
		expect(&j, JOB_ENDED, now, JOB_NOTHING, JOB_IDLE);
		expect(&j, JOB_EVENTS, now, JOB_START, JOB_RUNNING);
		fail_starts(&j, now, waits, 2);
	}
}

/* What was not started needs no distance to the next. */
static void
backoff_is_not_interval(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, 3600000 * MS, 0);
	expect(&j, JOB_FAILED, T0, JOB_NOTHING, JOB_HELD);
	expect(&j, JOB_TIME, T0 + 10 * MS, JOB_START, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0 + 11 * MS, JOB_NOTHING, JOB_HELD);
	assert_int_equal(job_deadline(&j), T0 + 3600010 * MS);
}

/* A run that is to give way stays until the next one may start. */
static void
restart_waits_for_interval(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_RESTART, 10 * MS, 0);
	expect(&j, JOB_EVENTS, T0 + 10 * MS - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, T0 + 10 * MS - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, T0 + 10 * MS, JOB_END, JOB_ENDING);
	expect(&j, JOB_ENDED, T0 + 11 * MS, JOB_START, JOB_RUNNING);
	expect(&j, JOB_EVENTS, T0 + 21 * MS, JOB_END, JOB_ENDING);
}

static void
deadlines(void **state)
{
	struct job j;

	(void)state;
	job_init(&j, JOB_ONCE, 20 * MS, 50 * MS);
	assert_int_equal(job_deadline(&j), NEVER);
	begin(&j, JOB_ONCE, 20 * MS, 50 * MS);
	assert_int_equal(job_deadline(&j), T0 + 50 * MS);
	expect(&j, JOB_TIME, T0 + 50 * MS, JOB_END, JOB_ENDING);
	assert_int_equal(job_deadline(&j), NEVER);
	begin(&j, JOB_ONCE, 20 * MS, 50 * MS);
	expect(&j, JOB_ENDED, T0 + 1, JOB_NOTHING, JOB_HELD);
	assert_int_equal(job_deadline(&j), T0 + 20 * MS);
	begin(&j, JOB_ONCE, 20 * MS, 0);
	assert_int_equal(job_deadline(&j), NEVER);
}

/* The end of the interval is named until JOB_TIME has met it. */
static void
deadlines_of_restart(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_RESTART, 20 * MS, 50 * MS);
	assert_int_equal(job_deadline(&j), T0 + 20 * MS);
	expect(&j, JOB_TIME, T0 + 20 * MS - 1, JOB_NOTHING, JOB_RUNNING);
	assert_int_equal(job_deadline(&j), T0 + 20 * MS);
	assert_int_equal(job_hears(&j), JOB_HEARS_END);
	expect(&j, JOB_TIME, T0 + 20 * MS, JOB_NOTHING, JOB_RUNNING);
	assert_int_equal(job_deadline(&j), T0 + 50 * MS);
	assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
	begin(&j, JOB_RESTART, 20 * MS, 0);
	assert_int_equal(job_deadline(&j), T0 + 20 * MS);
	expect(&j, JOB_TIME, T0 + 90 * MS, JOB_NOTHING, JOB_RUNNING);
	assert_int_equal(job_deadline(&j), NEVER);
	begin(&j, JOB_RESTART, 0, 0);
	assert_int_equal(job_deadline(&j), NEVER);
	assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
	begin(&j, JOB_RESTART, 50 * MS, 20 * MS);
	assert_int_equal(job_deadline(&j), T0 + 20 * MS);
}

static void
hears(void **state)
{
	struct job j;
	int p;

	(void)state;
	for (p = 0; p < JOB_POLICIES; p++) {
		job_init(&j, (enum job_policy)p, 10 * MS, 20 * MS);
		assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
		begin(&j, (enum job_policy)p, 10 * MS, 20 * MS);
		expect(&j, JOB_TIME, T0 + 20 * MS, JOB_END, JOB_ENDING);
		assert_int_equal(job_hears(&j), JOB_HEARS_END);
		begin(&j, (enum job_policy)p, 10 * MS, 20 * MS);
		expect(&j, JOB_ENDED, T0, JOB_NOTHING, JOB_HELD);
		assert_int_equal(job_hears(&j), 0);
	}
	begin(&j, JOB_RESTART, 10 * MS, 0);
	assert_int_equal(job_hears(&j), JOB_HEARS_END);
	expect(&j, JOB_TIME, T0 + 10 * MS, JOB_NOTHING, JOB_RUNNING);
	assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
}

/* A lone event is one wake-up: the end of its run is heard with the next. */
static void
hears_one_event(void **state)
{
	static const enum job_policy policies[] = { JOB_ONCE, JOB_DROP,
		JOB_QUEUE };
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(policies); i++) {
		begin(&j, policies[i], 0, 0);
		assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
		expect(&j, JOB_EVENTS, T0, JOB_NOTHING, JOB_RUNNING);
		assert_int_equal(job_hears(&j), JOB_HEARS_END);
	}
	/* What waits for a run wants its end, though nothing came meanwhile. */
	job_init(&j, JOB_QUEUE, 0, 0);
	assert_int_equal(job_step(&j, JOB_EVENTS, 2, T0), JOB_START);
	assert_int_equal(job_hears(&j), JOB_HEARS_END);
}

/* In a crowd a run is one wake-up: the events are counted at its end. */
static void
hears_a_crowd(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, 0, 0);
	expect(&j, JOB_EVENTS, T0, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_EVENTS, T0, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0, JOB_START, JOB_RUNNING);
	assert_int_equal(job_hears(&j), JOB_HEARS_END);
	/* One event alone is no crowd. */
	expect(&j, JOB_EVENTS, T0, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_ENDED, T0, JOB_START, JOB_RUNNING);
	assert_int_equal(job_hears(&j), JOB_HEARS_EVENTS);
}

/* The end of time is never, and it does not come around again. */
static void
end_of_time(void **state)
{
	struct job j;

	(void)state;
	begin(&j, JOB_ONCE, NEVER, NEVER);
	assert_int_equal(job_deadline(&j), NEVER);
	expect(&j, JOB_TIME, NEVER - 1, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_ENDED, NEVER - 1, JOB_NOTHING, JOB_HELD);
	assert_int_equal(job_deadline(&j), NEVER);
	expect(&j, JOB_TIME, NEVER - 1, JOB_NOTHING, JOB_HELD);

	begin(&j, JOB_RESTART, NEVER - T0, NEVER - T0 - 1);
	assert_int_equal(job_deadline(&j), NEVER - 1);
	expect(&j, JOB_TIME, NEVER - 2, JOB_NOTHING, JOB_RUNNING);
	expect(&j, JOB_TIME, NEVER - 1, JOB_END, JOB_ENDING);
	expect(&j, JOB_FAILED, NEVER - 1, JOB_NOTHING, JOB_HELD);
	assert_int_equal(job_deadline(&j), NEVER);
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
