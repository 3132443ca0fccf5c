/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Unchanged rules of two files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"

#define RULES 4

static char *command[] = { "true", NULL };
static const char *interfaces[] = { "lo", "em0" };

/* Returns a rule for each letter; an upper case one has two triggers. */
struct text {
	struct conf_trigger t_triggers[RULES][2];
	struct conf_rule t_rules[RULES];
	struct conf_rules t_all;
};

static const char *const names[] = { "a", "b", "c", "A", "B", "C" };

static void
make(struct text *t, const char *letters)
{
	static const char order[] = "abcABC";
	size_t i, j;
	char c;

	*t = (struct text){ .t_all.cs_rules = t->t_rules };
	for (i = 0; letters[i] != '\0'; i++) {
		c = letters[i];
		for (j = 0; order[j] != c; j++)
			;
		t->t_rules[i] = (struct conf_rule){ .cr_name = names[j],
			.cr_interface = "lo",
			.cr_interfaces = interfaces,
			.cr_ninterfaces = 1,
			.cr_triggers = t->t_triggers[i],
			.cr_ntriggers = c < 'a' ? 2 : 1 };
		for (j = 0; j < 2; j++)
			t->t_triggers[i][j] =
			    (struct conf_trigger){ .ct_count = 1 + j,
				    .ct_runs = 1,
				    .ct_argv = command };
	}
	t->t_all.cs_nrules = i;
}

static struct text old, new;

static void
match(struct conf_diff *ma, const char *before, const char *after)
{
	make(&old, before);
	make(&new, after);
	assert_int_equal(conf_diff_rules(ma, &old.t_all, &new.t_all), 0);
	assert_int_equal(ma->cd_old, conf_triggers(&old.t_all));
}

static void
test_same(void **state)
{
	struct conf_diff ma;

	(void)state;
	match(&ma, "aBc", "aBc");
	assert_int_equal(ma.cd_unchanged, 3);
	assert_int_equal(ma.cd_rule[1], 1);
	assert_int_equal(ma.cd_trigger[0], 0);
	assert_int_equal(ma.cd_trigger[2], 2);
	assert_int_equal(ma.cd_trigger[3], 3);
	conf_diff_free(&ma);
}

static void
test_order(void **state)
{
	struct conf_diff ma;

	(void)state;
	match(&ma, "aBc", "cAB");
	assert_int_equal(ma.cd_unchanged, 2);
	assert_int_equal(ma.cd_rule[0], 2);
	assert_true(ma.cd_rule[1] == CONF_DIFF_NONE);
	assert_int_equal(ma.cd_rule[2], 1);
	assert_true(ma.cd_trigger[0] == CONF_DIFF_NONE);
	assert_int_equal(ma.cd_trigger[1], 3);
	assert_int_equal(ma.cd_trigger[2], 4);
	assert_int_equal(ma.cd_trigger[3], 0);
	conf_diff_free(&ma);
}

static void
test_none(void **state)
{
	struct conf_diff ma;

	(void)state;
	match(&ma, "abc", "AB");
	assert_int_equal(ma.cd_unchanged, 0);
	assert_true(ma.cd_trigger[2] == CONF_DIFF_NONE);
	conf_diff_free(&ma);
	match(&ma, "", "a");
	assert_int_equal(ma.cd_unchanged, 0);
	assert_true(ma.cd_rule[0] == CONF_DIFF_NONE);
	conf_diff_free(&ma);
}

#define CHANGES 18

/* Changes one setting of the rule with two triggers. */
static void
change(struct conf_rule *cr, int i)
{
	static char *other[] = { "true", "x", NULL };
	static const char *others[] = { "lo", "em1" };
	struct conf_trigger *ct = cr->cr_triggers;

	switch (i) {
	case 0:
		cr->cr_interface = "eth0";
		break;
	case 1:
		cr->cr_filter = "tcp";
		break;
	case 2:
		cr->cr_direction = DIRECTION_IN;
		break;
	case 3:
		ct[1].ct_count++;
		break;
	case 4:
		ct[0].ct_interval++;
		break;
	case 5:
		ct[1].ct_timeout++;
		break;
	case 6:
		ct[1].ct_policy = POLICY_DROP;
		break;
	case 7:
		ct[1].ct_argv = other;
		break;
	case 8:
		cr->cr_ntriggers = 1;
		break;
	case 9:
		cr->cr_ninterfaces = 2;
		break;
	case 10:
		cr->cr_interfaces = others + 1;
		break;
	case 11:
		ct[0].ct_retry++;
		break;
	case 12:
		ct[1].ct_signal = 1;
		break;
	case 13:
		ct[1].ct_argv = NULL;
		break;
	case 14:
		ct[0].ct_kind = CONDITION_CALM;
		break;
	case 15:
		ct[1].ct_by.ks_parts[0].kp_v6 = 64;
		break;
	case 16:
		ct[1].ct_keys++;
		break;
	case 17:
		ct[1].ct_runs = 2;
		break;
	}
}

/* A rule differs if any of its settings differs. */
static void
test_changes(void **state)
{
	struct conf_diff ma;
	int i;

	(void)state;
	for (i = 0; i < CHANGES; i++) {
		make(&old, "aB");
		make(&new, "aB");
		change(&new.t_rules[1], i);
		assert_int_equal(
		    conf_diff_rules(&ma, &old.t_all, &new.t_all), 0);
		assert_int_equal(ma.cd_unchanged, 1);
		assert_int_equal(ma.cd_rule[0], 0);
		assert_true(ma.cd_rule[1] == CONF_DIFF_NONE);
		conf_diff_free(&ma);
	}
}

/* Interfaces together, and triggers without a command, can be unchanged. */
static void
test_together(void **state)
{
	struct conf_diff ma;

	(void)state;
	make(&old, "aB");
	make(&new, "aB");
	old.t_rules[1].cr_ninterfaces = new.t_rules[1].cr_ninterfaces = 2;
	old.t_rules[1].cr_interface = new.t_rules[1].cr_interface = "lo,em0";
	old.t_triggers[1][0].ct_argv = new.t_triggers[1][0].ct_argv = NULL;
	assert_int_equal(conf_diff_rules(&ma, &old.t_all, &new.t_all), 0);
	assert_int_equal(ma.cd_unchanged, 2);
	assert_int_equal(ma.cd_rule[1], 1);
	conf_diff_free(&ma);
}

static void
test_calm_front(void **state)
{
	const struct conf_trigger ct[] = {
		{ .ct_kind = CONDITION_CALM },
		{ .ct_kind = CONDITION_EVERY },
		{ .ct_kind = CONDITION_CALM },
		{ .ct_kind = CONDITION_CALM },
		{ .ct_kind = CONDITION_BELOW },
		{ .ct_kind = CONDITION_CALM },
	};

	(void)state;
	assert_int_equal(conf_calm_front(ct, 0), 0);
	assert_int_equal(conf_calm_front(ct + 2, 0), 0);
	assert_int_equal(conf_calm_front(ct, 2), 1);
	assert_int_equal(conf_calm_front(ct, 3), 1);
	assert_int_equal(conf_calm_front(ct, 5), 4);
}

/* A trigger has a job for each of its runs at a time. */
static void
test_jobs(void **state)
{
	size_t first[5] = { 99, 99, 99, 99, 99 };

	(void)state;
	make(&old, "aBc");
	old.t_triggers[1][0].ct_runs = 64;
	old.t_triggers[2][0].ct_runs = 5;
	assert_int_equal(conf_jobs(&old.t_all, NULL), 1 + 64 + 1 + 5);
	assert_int_equal(conf_jobs(&old.t_all, first), 1 + 64 + 1 + 5);
	assert_int_equal(first[0], 0);
	assert_int_equal(first[1], 1);
	assert_int_equal(first[2], 65);
	assert_int_equal(first[3], 66);
	assert_int_equal(first[4], 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_calm_front),
		cmocka_unit_test(test_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
