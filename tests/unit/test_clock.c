/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The clock goes forward, and no wait ends before its deadline. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

#define NOW	(1000 * CLOCK_S)
#define HOUR	(3600 * CLOCK_S)
#define HOUR_MS 3600000

static void
never_is_forever(void **state)
{
	(void)state;
	assert_int_equal(clock_wait(0, CLOCK_NEVER), -1);
	assert_int_equal(clock_wait(NOW, CLOCK_NEVER), -1);
	assert_int_equal(clock_wait(CLOCK_NEVER - 1, CLOCK_NEVER), -1);
}

static void
past_is_now(void **state)
{
	(void)state;
	assert_int_equal(clock_wait(0, 0), 0);
	assert_int_equal(clock_wait(NOW, NOW), 0);
	assert_int_equal(clock_wait(NOW, NOW - 1), 0);
	assert_int_equal(clock_wait(NOW, 0), 0);
	assert_int_equal(clock_wait(CLOCK_NEVER, CLOCK_NEVER - 1), 0);
}

static void
rounded_up(void **state)
{
	(void)state;
	assert_int_equal(clock_wait(NOW, NOW + 1), 1);
	assert_int_equal(clock_wait(NOW, NOW + CLOCK_MS - 1), 1);
	assert_int_equal(clock_wait(NOW, NOW + CLOCK_MS), 1);
	assert_int_equal(clock_wait(NOW, NOW + CLOCK_MS + 1), 2);
	assert_int_equal(clock_wait(NOW, NOW + 2 * CLOCK_MS), 2);
	assert_int_equal(clock_wait(NOW, NOW + CLOCK_S), 1000);
	assert_int_equal(clock_wait(NOW, NOW + CLOCK_S + 1), 1001);
}

/* Waits are at most an hour, so an int always holds them. */
static void
hour_at_most(void **state)
{
	const uint64_t int_ms = (uint64_t)INT_MAX * CLOCK_MS;

	(void)state;
	assert_int_equal(clock_wait(NOW, NOW + HOUR - CLOCK_MS), HOUR_MS - 1);
	assert_int_equal(clock_wait(NOW, NOW + HOUR - 1), HOUR_MS);
	assert_int_equal(clock_wait(NOW, NOW + HOUR), HOUR_MS);
	assert_int_equal(clock_wait(NOW, NOW + HOUR + 1), HOUR_MS);
	assert_int_equal(clock_wait(NOW, NOW + int_ms), HOUR_MS);
	assert_int_equal(clock_wait(NOW, NOW + int_ms + CLOCK_MS), HOUR_MS);
	assert_int_equal(
	    clock_wait(0, (uint64_t)UINT32_MAX * CLOCK_MS), HOUR_MS);
	assert_int_equal(clock_wait(0, CLOCK_NEVER - 1), HOUR_MS);
}

static void
never_backwards(void **state)
{
	uint64_t last, now;
	int i;

	(void)state;
	last = clock_now();
	for (i = 0; i < 1000; i++) {
		now = clock_now();
		assert_true(now != CLOCK_NEVER);
		assert_true(now >= last);
		last = now;
	}
}

static void
nanoseconds(void **state)
{
	struct timespec before, after;
	uint64_t now;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	now = clock_now();
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_in_range(now / CLOCK_S, before.tv_sec, after.tv_sec);
	if (before.tv_sec == after.tv_sec)
		assert_in_range(now % CLOCK_S, before.tv_nsec, after.tv_nsec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_is_forever),
		cmocka_unit_test(past_is_now),
		cmocka_unit_test(rounded_up),
		cmocka_unit_test(hour_at_most),
		cmocka_unit_test(never_backwards),
		cmocka_unit_test(nanoseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
