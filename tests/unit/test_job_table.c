/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Jobs found by process id, jobs that wait, and a new table. */
#include <sys/types.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "runner/job_table.h"

#define JOBS  1000
#define T0    (1000 * CLOCK_S)
#define GRACE (5 * CLOCK_S)
#define PID   5000

static struct job_table table;

/* Replaces kill(2): the processes do not exist. */
int
kill(pid_t pid, int sig)
{
	(void)pid;
	(void)sig;
	return 0;
}

/* Returns the rules from, from + step and so on, below JOBS. */
static struct conf_rules *
make_rules(size_t from, size_t step)
{
	struct conf_rules *rules;
	size_t len = 0, i;
	char *text;
	FILE *f;

	assert_non_null(f = open_memstream(&text, &len));
	for (i = from; i < JOBS; i += step)
		fprintf(
		    f, "rule \"%zu\" on lo { every 1 packets run \"x\" }\n", i);
	assert_int_equal(fclose(f), 0);
	assert_non_null(rules = parse_text(text, len));
	free(text);
	return rules;
}

static int
set_up(void **state)
{
	(void)state;
	return job_table_open(&table, make_rules(0, 1), true);
}

static int
tear_down(void **state)
{
	(void)state;
	job_table_close(&table);
	return 0;
}

static struct job *
start(size_t job, pid_t pid)
{
	struct job *jb = &table.jt_list[job];

	process_begin(&jb->jb_process, pid, 0, T0);
	job_table_started(&table, jb);
	return jb;
}

static void
end(struct job *jb)
{
	jb->jb_process.pc_state = PROCESS_NONE;
	job_table_ended(&table, jb);
}

/* Three of these ids are in one chain. */
static void
a_job_is_found_by_its_process(void **state)
{
	const pid_t far = PID + (pid_t)table.jt_running.ha_size;
	const pid_t farther = far + (pid_t)table.jt_running.ha_size;
	struct job *a = start(0, PID), *b = start(1, far);
	struct job *c = start(2, farther), *d = start(3, PID + 1);

	(void)state;
	assert_ptr_equal(job_table_find(&table, PID), a);
	assert_ptr_equal(job_table_find(&table, far), b);
	assert_ptr_equal(job_table_find(&table, farther), c);
	assert_ptr_equal(job_table_find(&table, PID + 1), d);
	assert_null(job_table_find(&table, PID + 2));
	end(b);
	assert_null(job_table_find(&table, far));
	assert_ptr_equal(job_table_find(&table, PID), a);
	assert_ptr_equal(job_table_find(&table, farther), c);
	end(c);
	end(a);
	assert_true(job_table_running(&table));
	end(d);
	assert_false(job_table_running(&table));
	assert_null(job_table_find(&table, PID));
}

static void
only_jobs_that_wait_are_looked_at(void **state)
{
	struct job *a = start(JOBS - 1, PID), *b = start(7, PID + 1);

	(void)state;
	assert_int_equal(table.jt_ntimed, 0);
	assert_int_equal(job_table_deadline(&table), CLOCK_NEVER);
	job_table_end_run(&table, a, T0, GRACE);
	job_table_end_run(&table, b, T0 + 1, GRACE);
	job_table_end_run(&table, a, T0 + 2, GRACE);
	assert_int_equal(table.jt_ntimed, 2);
	assert_int_equal(job_table_deadline(&table), T0 + GRACE);
	end(a);
	b->jb_unsent = ORDER_ENDED;
	job_table_wait(&table, b);
	end(b);
	job_table_tidy(&table);
	assert_int_equal(table.jt_ntimed, 1);
	assert_int_equal(job_table_deadline(&table), CLOCK_NEVER);
	b->jb_unsent = 0;
	job_table_tidy(&table);
	assert_int_equal(table.jt_ntimed, 0);
}

/* Replaces the rules by every second one. */
static void
replace(void)
{
	struct conf_rules *rules = make_rules(1, 2);
	struct job_table next;
	struct conf_diff cd;

	assert_int_equal(conf_diff_rules(&cd, table.jt_rules, rules), 0);
	assert_int_equal(job_table_next(&next, rules, &table, &cd), 0);
	job_table_replace(&table, &next, &cd, T0, GRACE);
	conf_diff_free(&cd);
}

static void
a_new_table_has_the_running_jobs(void **state)
{
	struct job *jb;

	(void)state;
	start(3, PID);
	start(4, PID + 1);
	table.jt_list[5].jb_unsent = ORDER_ENDED;
	table.jt_list[8].jb_unsent = ORDER_ENDED;
	job_table_wait(&table, &table.jt_list[5]);
	job_table_wait(&table, &table.jt_list[8]);
	replace();
	assert_ptr_equal(job_table_find(&table, PID), &table.jt_list[1]);
	jb = job_table_find(&table, PID + 1);
	assert_non_null(jb);
	assert_true(job_table_is_removed(&table, jb));
	assert_int_equal(job_table_deadline(&table), T0 + GRACE);
	/* The removed run that ends, and the report of rule 5. */
	assert_int_equal(table.jt_ntimed, 2);
	assert_int_equal(table.jt_list[2].jb_unsent, ORDER_ENDED);
	end(jb);
	job_close(jb);
	job_table_tidy(&table);
	assert_int_equal(table.jt_ntimed, 1);
	replace();
	assert_int_equal(table.jt_all, JOBS / 2);
	assert_non_null(job_table_find(&table, PID));
}

/* Gives the triggers three runs each. */
static void
set_runs(struct conf_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->cs_nrules; i++)
		rules->cs_rules[i].cr_triggers->ct_runs = 3;
}

/* A trigger's runs have jobs that stay together. */
static void
a_new_table_has_the_running_runs(void **state)
{
	struct conf_rules *rules = make_rules(0, 1);
	struct job_table next;
	struct conf_diff cd;
	struct job *jb;

	(void)state;
	set_runs(rules);
	assert_int_equal(job_table_open(&table, rules, true), 0);
	assert_int_equal(table.jt_triggers, JOBS);
	assert_int_equal(table.jt_n, 3 * JOBS);
	start(3 * 3 + 2, PID);
	start(3 * 4, PID + 1);
	start(3 * 4 + 2, PID + 2);
	table.jt_list[3 * 3].jb_sums.js_runs = 7;
	table.jt_list[3 * 4].jb_sums.js_last = 9;
	rules = make_rules(1, 2);
	set_runs(rules);
	assert_int_equal(conf_diff_rules(&cd, table.jt_rules, rules), 0);
	assert_int_equal(job_table_next(&next, rules, &table, &cd), 0);
	job_table_replace(&table, &next, &cd, T0, GRACE);
	conf_diff_free(&cd);
	/* Rule 3 is rule 1 now. */
	jb = job_table_find(&table, PID);
	assert_ptr_equal(jb, table.jt_first[1] + 2);
	assert_int_equal(jb->jb_number, 1);
	assert_int_equal(jb->jb_run, 2);
	assert_ptr_equal(jb->jb_first, table.jt_first[1]);
	assert_int_equal(jb->jb_first->jb_sums.js_runs, 7);
	for (pid_t pid = PID + 1; pid <= PID + 2; pid++) {
		assert_non_null(jb = job_table_find(&table, pid));
		assert_true(job_table_is_removed(&table, jb));
		assert_ptr_equal(jb->jb_first, jb);
		assert_int_equal(jb->jb_sums.js_last, 9);
		end(jb);
		job_table_leave(&table, jb);
	}
	end(job_table_find(&table, PID));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_job_is_found_by_its_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    only_jobs_that_wait_are_looked_at, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_new_table_has_the_running_jobs, set_up, tear_down),
		cmocka_unit_test_teardown(
		    a_new_table_has_the_running_runs, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
