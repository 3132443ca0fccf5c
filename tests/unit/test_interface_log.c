/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Log lines about interfaces: a burst, then 200 a second; the rest counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/order.h"
#include "runner/interface_log.h"

static const char *const list[] = { "v0", "v1" };

#define BURST 1000

static int lines;

/* Replaces the function of base/log.c. */
void
log_info(const char *fmt, ...)
{
	(void)fmt;
	lines++;
}

static void
a_burst_is_logged_at_once(void **state)
{
	struct interface_log n;
	int i;

	(void)state;
	memset(&n, 0, sizeof(n));
	lines = 0;
	for (i = 0; i < BURST; i++)
		interface_log_add(
		    &n, list, 0, i % 2 == 0 ? ORDER_GONE : ORDER_BACK, 7);
	assert_int_equal(lines, BURST);
	assert_true(interface_log_deadline(&n) == CLOCK_NEVER);
}

static void
a_flood_has_a_bound(void **state)
{
	uint64_t now = 100 * CLOCK_S;
	struct interface_log n[2];
	int i;

	(void)state;
	memset(n, 0, sizeof(n));
	lines = 0;
	for (i = 0; i < 100000; i++) {
		interface_log_add(
		    &n[i % 2], list, (size_t)i % 2, ORDER_GONE, now);
		now += CLOCK_MS;
	}
	/* The limit is for both interfaces together, in 100 s. */
	assert_in_range(lines, BURST + 19999, BURST + 20000);
	/* The last change of each is logged later, and then none is left. */
	i = lines;
	now += CLOCK_S;
	assert_true(interface_log_deadline(&n[0]) <= now);
	interface_log_tick(&n[0], list, now);
	interface_log_tick(&n[1], list, now);
	assert_in_range(lines, i + 1, i + 2);
	assert_true(interface_log_deadline(&n[0]) == CLOCK_NEVER);
	assert_true(interface_log_deadline(&n[1]) == CLOCK_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_logged_at_once),
		cmocka_unit_test(a_flood_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
