/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Runs of a trigger with keys, by orders that the test sends. */
#include <sys/wait.h>

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
#include "runner/run_log.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/watcher_link.h"

#define RUNS 3

static struct conf conf;
static struct runner runner;
static struct order_ends watcher;
static char directory[] = "/tmp/test_orders.XXXXXX";

/* Writes the variables of a run to a file with the name of the key. */
static const char text[] =
    "rule \"by\" on lo { every 2 packets run \"/bin/sh\" \"-c\""
    " \"exec >$FILE.$BPFSTATSD_KEY; env | grep ^BPFSTATSD | LC_ALL=C sort\" }\n"
    "rule \"all\" on lo { idle 1s run \"/bin/sh\" \"-c\""
    " \"env | grep ^BPFSTATSD_KEY >$FILE.all; exit 3\" }\n";

static int
set_up(void **state)
{
	struct conf_trigger *ct;

	(void)state;
	if (setenv("BPFSTATSD_KEY", "inherited", 1) == -1 ||
	    setenv("BPFSTATSD_MAC", "inherited", 1) == -1)
		return -1;
	memset(&runner, 0, sizeof(runner));
	conf.c_rules = parse_text(text, sizeof(text) - 1);
	if (conf.c_rules == NULL)
		return -1;
	ct = conf.c_rules->cs_rules[0].cr_triggers;
	ct->ct_by = (struct key_spec){ 2,
		{ { KEY_SOURCE, 32, 64 }, { KEY_PORT, 0, 0 } } };
	ct->ct_runs = RUNS;
	ct->ct_keys = 10;
	runner.ru_conf = &conf;
	runner.ru_now = clock_now();
	if (order_open(&watcher, &runner.ru_ends) == -1)
		return -1;
	return job_table_open(&runner.ru_jobs, conf.c_rules, false);
}

static int
tear_down(void **state)
{
	(void)state;
	order_close(&watcher);
	order_close(&runner.ru_ends);
	job_table_close(&runner.ru_jobs);
	return 0;
}

/* Returns an order to start a run, for port 53 of 192.0.2.0 and `last`. */
static struct order
start_order(uint32_t run, uint8_t last)
{
	const struct order o = {
		.o_type = ORDER_START,
		.o_run = run,
		.o_start = { .os_events = 1,
		    .os_count = 2,
		    .os_total = 6,
		    .os_key = { 4, [KEY_FIRST] = 192, 0, 2, last,
			[KEY_FIRST + 17] = 53 } },
	};

	return o;
}

/* Has the runner carry an order out.  Returns false if it refuses. */
static bool
give(const struct order *o)
{
	assert_int_equal(order_send(watcher.oe_orders, o), 0);
	orders_read(&runner);
	return !runner.ru_stopping;
}

/* Waits for the end of a run, and reports it. */
static void
end_run(void)
{
	struct job *jb;
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	assert_true(pid > 0);
	assert_non_null(jb = job_table_find(&runner.ru_jobs, pid));
	assert_true(process_reaped(&jb->jb_process, status, clock_now()));
	assert_int_equal(job_over(jb, clock_now(), true), 0);
	job_table_ended(&runner.ru_jobs, jb);
	watcher_link_report(
	    &runner, status == 0 ? ORDER_ENDED : ORDER_BROKE, jb);
}

static void
remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/x.%s", directory, name);
	(void)unlink(path);
}

/* Compares the file of a run, and removes the file. */
static void
assert_file(const char *name, const char *wanted)
{
	char path[128], buf[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/x.%s", directory, name);
	assert_non_null(f = fopen(path, "r"));
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	assert_string_equal(buf, wanted);
	remove_file(name);
}

static void
each_run_is_reported_and_has_its_key(void **state)
{
	const struct order first = start_order(2, 1),
			   second = start_order(0, 2);
	struct job *jobs = runner.ru_jobs.jt_first[0];
	struct order o;
	unsigned int reported = 0;
	size_t i;

	(void)state;
	assert_true(give(&first));
	assert_true(give(&second));
	assert_int_equal(jobs[2].jb_process.pc_state, PROCESS_ON);
	assert_int_equal(jobs[1].jb_process.pc_state, PROCESS_NONE);
	assert_int_equal(jobs[0].jb_process.pc_state, PROCESS_ON);
	for (i = 0; i < 2; i++) {
		end_run();
		assert_int_equal(order_recv(watcher.oe_reports, &o), ORDER_ONE);
		assert_int_equal(o.o_type, ORDER_ENDED);
		assert_int_equal(o.o_trigger, 0);
		reported |= 1U << o.o_run;
	}
	assert_int_equal(reported, 5);
	assert_int_equal(jobs->jb_sums.js_runs, 2);
	assert_file("192.0.2.1 53",
	    "BPFSTATSD_COUNT=2\nBPFSTATSD_EVENT=every\nBPFSTATSD_EVENTS=1\n"
	    "BPFSTATSD_INTERFACE=lo\nBPFSTATSD_KEY=192.0.2.1 53\n"
	    "BPFSTATSD_PORT=53\nBPFSTATSD_RULE=by\n"
	    "BPFSTATSD_SOURCE=192.0.2.1\nBPFSTATSD_TOTAL=6\n");
	assert_file("192.0.2.2 53",
	    "BPFSTATSD_COUNT=2\nBPFSTATSD_EVENT=every\nBPFSTATSD_EVENTS=1\n"
	    "BPFSTATSD_INTERFACE=lo\nBPFSTATSD_KEY=192.0.2.2 53\n"
	    "BPFSTATSD_PORT=53\nBPFSTATSD_RULE=by\n"
	    "BPFSTATSD_SOURCE=192.0.2.2\nBPFSTATSD_TOTAL=6\n");
}

/* The second trigger begins behind the jobs of the first. */
static void
a_run_without_a_key_has_none(void **state)
{
	struct order o = { .o_type = ORDER_START,
		.o_trigger = 1,
		.o_start = { .os_events = 1 } };

	(void)state;
	assert_true(give(&o));
	end_run();
	assert_int_equal(order_recv(watcher.oe_reports, &o), ORDER_ONE);
	assert_int_equal(o.o_type, ORDER_BROKE);
	assert_int_equal(o.o_trigger, 1);
	assert_int_equal(o.o_run, 0);
	assert_file("all", "");
}

/* Ends a run by its number, and no other. */
static void
a_run_is_ended_by_its_number(void **state)
{
	const struct order first = start_order(0, 1),
			   second = start_order(1, 2);
	const struct order end = { .o_type = ORDER_END, .o_run = 1 };
	struct job *jobs = runner.ru_jobs.jt_first[0];

	(void)state;
	assert_true(give(&first));
	assert_true(give(&second));
	assert_true(give(&end));
	assert_int_equal(jobs[0].jb_process.pc_state, PROCESS_ON);
	assert_int_equal(jobs[1].jb_process.pc_state, PROCESS_ENDING);
	while (jobs[1].jb_process.pc_state != PROCESS_NONE &&
	    waitpid(jobs[1].jb_process.pc_pid, NULL, 0) > 0)
		(void)process_reaped(&jobs[1].jb_process, 0, clock_now());
	assert_true(waitpid(jobs[0].jb_process.pc_pid, NULL, 0) > 0);
	job_table_ended(&runner.ru_jobs, &jobs[0]);
	job_table_ended(&runner.ru_jobs, &jobs[1]);
	/* The second may not have come so far. */
	remove_file("192.0.2.1 53");
	remove_file("192.0.2.2 53");
}

static void
assert_refused(const struct order *o)
{
	void *none = NULL;

	assert_false(give(o));
	assert_int_equal(tear_down(&none), 0);
	assert_int_equal(set_up(&none), 0);
}

static void
orders_with_wrong_runs_and_keys_are_refused(void **state)
{
	struct order o = start_order(RUNS, 1);

	(void)state;
	assert_refused(&o);
	o = start_order(0, 1);
	o.o_start.os_key[0] = 5;
	assert_refused(&o);
	o = start_order(0, 1);
	o.o_start.os_key[KEY_SIZE - 1] = 1;
	assert_refused(&o);
	o = start_order(1, 1);
	runner.ru_jobs.jt_first[0][1].jb_lasts = true;
	assert_refused(&o);
	/* This trigger has neither keys nor further runs. */
	o = start_order(0, 1);
	o.o_trigger = 1;
	o.o_start.os_count = 0;
	assert_refused(&o);
	memset(o.o_start.os_key, 0, sizeof(o.o_start.os_key));
	o.o_run = 1;
	assert_refused(&o);
	o.o_trigger = 2;
	o.o_run = 0;
	assert_refused(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_run_is_reported_and_has_its_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_run_without_a_key_has_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_run_is_ended_by_its_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    orders_with_wrong_runs_and_keys_are_refused, set_up,
		    tear_down),
	};
	char path[64];
	int result;

	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/x", directory);
	if (setenv("FILE", path, 1) == -1)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(directory) == -1 || result != 0;
}
