/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The two ends of a connection for orders, open during each test. */
#ifndef ORDER_FIXTURE_H
#define ORDER_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipc/order.h"

/* Runs a test with both ends open. */
#define ORDER_TEST(test) \
	cmocka_unit_test_setup_teardown(test, open_ends, close_ends)

static struct order_ends watcher, runner;

static int
open_ends(void **state)
{
	(void)state;
	return order_open(&watcher, &runner);
}

static int
close_ends(void **state)
{
	(void)state;
	order_close(&watcher);
	order_close(&runner);
	return 0;
}

/* The runner receives an order that the watcher sent before closing. */
static void
last_order(const struct order *out)
{
	struct order in;

	assert_int_equal(order_send(watcher.oe_orders, out), 0);
	order_close(&watcher);
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_ONE);
	assert_memory_equal(&in, out, sizeof(in));
	assert_int_equal(order_recv(runner.oe_orders, &in), ORDER_CLOSED);
}

#endif
