/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The runner between the control process and the watcher: keys of tables. */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "runner/orders.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/watcher_link.h"

#define NOW (1000 * CLOCK_S)

static const char text[] =
    "rule \"a\" on lo { every 2 packets by source, port run \"true\" }\n"
    "rule \"b\" on lo { every 2 packets run \"true\" }\n"
    "rule \"c\" on lo { every 9 bytes by mac keys 7 run \"true\"\n"
    "calm 1s run \"true\" }\n";

static const char first_lines[] =
    "bpfstatsd\t1\t" VERSION "\t1000.000\t0\n"
    "rule\tinterface\ttrigger\tkey\tpackets\tbytes\tevents\tlast\n";

static struct conf conf;
static struct runner runner;
static struct order_ends watcher;
static int control;

static int
set_up(void **state)
{
	int fds[2];

	(void)state;
	memset(&runner, 0, sizeof(runner));
	conf.c_rules = parse_text(text, sizeof(text) - 1);
	if (conf.c_rules == NULL || order_pair(fds) == -1)
		return -1;
	control = fds[0];
	runner.ru_control.cl_ends.ce_fd = fds[1];
	runner.ru_conf = &conf;
	runner.ru_now = NOW;
	if (order_open(&watcher, &runner.ru_ends) == -1)
		return -1;
	return job_table_open(&runner.ru_jobs, conf.c_rules, true);
}

static int
tear_down(void **state)
{
	(void)state;
	order_close(&watcher);
	order_close(&runner.ru_ends);
	control_link_close(&runner.ru_control);
	keys_query_close(&runner.ru_keys);
	job_table_close(&runner.ru_jobs);
	close(control);
	return 0;
}

/* Asks as the control process does.  Returns true if the watcher is asked. */
static bool
ask(void)
{
	struct order o;

	assert_int_equal(send(control, "k", 1, 0), 1);
	if (control_link_asked(&runner.ru_control, runner.ru_now) !=
	    1U << STATS_KEYS)
		return false;
	keys_query_want(&runner.ru_keys);
	watcher_link_ask_keys(&runner);
	return order_recv(watcher.oe_orders, &o) == ORDER_ONE &&
	    o.o_type == ORDER_KEYS;
}

/* Has the runner carry an order out.  Returns false if it refuses. */
static bool
give(const struct order *o)
{
	assert_int_equal(order_send(watcher.oe_orders, o), 0);
	orders_read(&runner);
	return !runner.ru_stopping;
}

static struct order
source_key(uint8_t last)
{
	const struct order o = { .o_type = ORDER_KEY,
		.o_key = { .ok_key = { 4, [KEY_FIRST] = 10, 0, 0, last,
			       [KEY_FIRST + 17] = 53 },
		    .ok_packets = last * UINT64_C(100),
		    .ok_bytes = 7,
		    .ok_events = last,
		    .ok_last = NOW - last * CLOCK_S } };

	return o;
}

static struct order
mac_key(uint8_t last)
{
	const struct order o = { .o_type = ORDER_KEY,
		.o_trigger = 2,
		.o_key = {
		    .ok_key = { [KEY_FIRST] = 2, [KEY_FIRST + 5] = last },
		    .ok_packets = 1,
		    .ok_bytes = 60,
		    .ok_events = 6,
		    .ok_last = NOW } };

	return o;
}

static void
assert_text(const char *wanted)
{
	char buf[4096];
	ssize_t n;

	control_link_go_on(&runner.ru_control);
	n = recv(control, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_memory_equal(buf, first_lines, sizeof(first_lines) - 1);
	assert_string_equal(buf + sizeof(first_lines) - 1, wanted);
}

static void
tables_have_lines_and_their_keys(void **state)
{
	const struct order a = source_key(1), b = source_key(2), c = mac_key(1);
	const struct order end = { .o_type = ORDER_KEYS };

	(void)state;
	assert_true(ask());
	assert_true(give(&a) && give(&b) && give(&c) && give(&end));
	assert_text("a\tlo\tevery 2 packets by source, port\t-\t-\t-\t-\t-\n"
		    "a\tlo\tevery 2 packets by source, port\t"
		    "10.0.0.1 53\t100\t-\t1\t1.000\n"
		    "a\tlo\tevery 2 packets by source, port\t"
		    "10.0.0.2 53\t200\t-\t2\t2.000\n"
		    "c\tlo\tevery 9 bytes by mac\t-\t-\t-\t-\t-\n"
		    "c\tlo\tevery 9 bytes by mac\t"
		    "02:00:00:00:00:01\t1\t60\t6\t0.000\n"
		    "end\n");
	/* An empty answer. */
	runner.ru_now += CLOCK_S;
	runner.ru_stats.sq_started = CLOCK_S;
	assert_true(ask());
	assert_true(give(&end));
	assert_text("a\tlo\tevery 2 packets by source, port\t-\t-\t-\t-\t-\n"
		    "c\tlo\tevery 9 bytes by mac\t-\t-\t-\t-\t-\n"
		    "end\n");
}

/* The time without a question is longer than that of the answer. */
static void
questions_have_a_pace(void **state)
{
	const struct order end = { .o_type = ORDER_KEYS };
	struct order o;

	(void)state;
	assert_true(ask());
	assert_int_equal(keys_query_deadline(&runner.ru_keys), CLOCK_NEVER);
	runner.ru_now += CLOCK_S;
	assert_true(give(&end));
	runner.ru_control.cl_text = NULL;
	assert_false(ask());
	assert_int_equal(keys_query_deadline(&runner.ru_keys),
	    runner.ru_now + STATS_PACE_KEYS * CLOCK_S);
	runner.ru_now += STATS_PACE_KEYS * CLOCK_S;
	watcher_link_ask_keys(&runner);
	assert_int_equal(order_recv(watcher.oe_orders, &o), ORDER_ONE);
}

static void
an_answer_begins_anew_with_new_rules(void **state)
{
	const struct order a = source_key(1), c = mac_key(1);
	const struct order end = { .o_type = ORDER_KEYS };

	(void)state;
	assert_true(ask());
	assert_true(give(&c));
	keys_query_restart(&runner.ru_keys);
	assert_true(give(&a) && give(&end));
	assert_text("a\tlo\tevery 2 packets by source, port\t-\t-\t-\t-\t-\n"
		    "a\tlo\tevery 2 packets by source, port\t"
		    "10.0.0.1 53\t100\t-\t1\t1.000\n"
		    "c\tlo\tevery 9 bytes by mac\t-\t-\t-\t-\t-\n"
		    "end\n");
}

/* The runner refuses an order, after an ORDER_KEY if given. */
static void
assert_refused(const struct order *before, const struct order *o)
{
	void *none = NULL;

	assert_true(ask());
	assert_true(before == NULL || give(before));
	assert_false(give(o));
	assert_int_equal(tear_down(&none), 0);
	assert_int_equal(set_up(&none), 0);
}

static void
wrong_answers_are_refused(void **state)
{
	struct order o = source_key(1), c = mac_key(1);
	size_t i;

	(void)state;
	o.o_key.ok_key[0] = 5;
	assert_refused(NULL, &o);
	o = source_key(1);
	assert_refused(&c, &o);
	/* Triggers without a table. */
	o.o_trigger = 1;
	assert_refused(NULL, &o);
	c.o_trigger = 3;
	assert_refused(NULL, &c);
	c.o_trigger = 4;
	assert_refused(NULL, &c);
	/* Nobody has asked. */
	o = source_key(1);
	assert_false(give(&o));
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	o.o_type = ORDER_KEYS;
	assert_false(give(&o));
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	/* Without an end. */
	o.o_type = ORDER_KEY;
	assert_true(ask());
	for (i = 0; i < ORDER_KEYS_MOST; i++)
		assert_true(give(&o));
	assert_false(give(&o));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    tables_have_lines_and_their_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    questions_have_a_pace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_answer_begins_anew_with_new_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    wrong_answers_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
