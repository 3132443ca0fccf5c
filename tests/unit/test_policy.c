/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Each decision of a policy: kind x state x input, early and late. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/policy.h"

#define MS	 UINT64_C(1000000)
#define T0	 (5000 * MS)
#define INTERVAL (200 * MS)
#define TIMEOUT	 (1 * MS)

/*
 * Returns the outcome of a step in four characters: order (- none, S start, E
 * end), state (I idle, H held, R running, E ending), pending events, events of
 * the run.
 */
static const char *
outcome(enum policy_order order, const struct policy *po)
{
	static char text[64];

	assert_true(po->po_pending < 10 && po->po_running < 10);
	snprintf(text, sizeof(text), "%c%c%" PRIu64 "%" PRIu64, "-SE"[order],
	    "IHRE"[po->po_state], po -> po_pending, po -> po_running);
	return text;
}

/* Checks the outcome of one step. */
static void
expect(struct policy *po, enum policy_input input, uint64_t events,
    uint64_t now, const char *wanted)
{
	assert_string_equal(
	    outcome(policy_step(po, input, events, now), po), wanted);
}

/* Brings a policy into a state with two events; returns the time of entry. */
static uint64_t
enter(struct policy *po, enum policy_kind policy, enum policy_state state)
{
	policy_init(po, policy, INTERVAL, TIMEOUT);
	if (state == POLICY_IDLE)
		return T0;
	assert_int_equal(policy_step(po, POLICY_EVENTS, 2, T0), POLICY_START);
	if (state == POLICY_RUNNING)
		return T0;
	if (state == POLICY_HELD)
		policy_step(po, POLICY_FAILED, 0, T0 + TIMEOUT);
	else
		policy_step(po, POLICY_TIME, 0, T0 + TIMEOUT);
	assert_int_equal(po->po_state, state);
	return T0 + TIMEOUT;
}

typedef const char *const outcomes[POLICY_KINDS][POLICY_STATES][POLICY_INPUTS];

/* clang-format off */

/* Before interval, back-off and timeout have passed. */
static outcomes early = {
	/*                   events  ended   failed  time */
	[POLICY_ONCE] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "-H20" },
		[POLICY_RUNNING] = { "-R32", "-H00", "-H20", "-R02" },
		[POLICY_ENDING] =  { "-E32", "-H00", "-H20", "-E02" },
	},
	[POLICY_DROP] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H20", "-H20", "-H20", "-H20" },
		[POLICY_RUNNING] = { "-R02", "-H00", "-H20", "-R02" },
		[POLICY_ENDING] =  { "-E02", "-H00", "-H20", "-E02" },
	},
	[POLICY_QUEUE] = {
		[POLICY_IDLE] =    { "SR21", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "-H20" },
		[POLICY_RUNNING] = { "-R41", "-H10", "-H20", "-R11" },
		[POLICY_ENDING] =  { "-E41", "-H10", "-H20", "-E11" },
	},
	[POLICY_RESTART] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "-H20" },
		[POLICY_RUNNING] = { "-R32", "-H00", "-H20", "-R02" },
		[POLICY_ENDING] =  { "-E32", "-H00", "-H20", "-E02" },
	},
};

/* After interval, back-off and timeout have passed. */
static outcomes late = {
	/*                   events  ended   failed  time */
	[POLICY_ONCE] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "SR02" },
		[POLICY_RUNNING] = { "-R32", "-I00", "-H20", "EE02" },
		[POLICY_ENDING] =  { "-E32", "-I00", "-H20", "-E02" },
	},
	[POLICY_DROP] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H20", "-H20", "-H20", "SR02" },
		[POLICY_RUNNING] = { "-R02", "-I00", "-H20", "EE02" },
		[POLICY_ENDING] =  { "-E02", "-I00", "-H20", "-E02" },
	},
	[POLICY_QUEUE] = {
		[POLICY_IDLE] =    { "SR21", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "SR11" },
		[POLICY_RUNNING] = { "-R41", "SR01", "-H20", "EE11" },
		[POLICY_ENDING] =  { "-E41", "SR01", "-H20", "-E11" },
	},
	[POLICY_RESTART] = {
		[POLICY_IDLE] =    { "SR03", "-I00", "-I00", "-I00" },
		[POLICY_HELD] =    { "-H50", "-H20", "-H20", "SR02" },
		[POLICY_RUNNING] = { "EE32", "-I00", "-H20", "EE02" },
		[POLICY_ENDING] =  { "-E32", "-I00", "-H20", "-E02" },
	},
};

/* clang-format on */

static void
check_cell(int policy, int state, int input, uint64_t after, const char *wanted)
{
	struct policy po;
	uint64_t now;
	const char *got;

	now = enter(&po, (enum policy_kind)policy, (enum policy_state)state);
	/* Inputs other than POLICY_EVENTS ignore the number. */
	got = outcome(
	    policy_step(&po, (enum policy_input)input, 3, now + after), &po);
	if (strcmp(got, wanted) != 0)
		fail_msg("policy %d, state %d, input %d: %s, not %s", policy,
		    state, input, got, wanted);
}

static void
check_table(outcomes wanted, uint64_t after)
{
	int p, s, i;

	for (p = 0; p < POLICY_KINDS; p++)
		for (s = 0; s < POLICY_STATES; s++)
			for (i = 0; i < POLICY_INPUTS; i++)
				check_cell(p, s, i, after, wanted[p][s][i]);
}

static void
every_cell_early(void **state)
{
	(void)state;
	check_table(early, 0);
}

static void
every_cell_late(void **state)
{
	(void)state;
	check_table(late, INTERVAL);
}

static void
fresh_policy(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_QUEUE, INTERVAL, TIMEOUT);
	assert_int_equal(po.po_policy, POLICY_QUEUE);
	assert_int_equal(po.po_interval, INTERVAL);
	assert_int_equal(po.po_timeout, TIMEOUT);
	expect(&po, POLICY_EVENTS, 0, 0, "-I00");
	expect(&po, POLICY_EVENTS, 1, 0, "SR01");
}

static void
queue_runs_for_each(void **state)
{
	struct policy po;
	int i;

	(void)state;
	policy_init(&po, POLICY_QUEUE, 0, 0);
	expect(&po, POLICY_EVENTS, 3, T0, "SR21");
	expect(&po, POLICY_EVENTS, 2, T0, "-R41");
	for (i = 0; i < 4; i++) {
		assert_int_equal(
		    policy_step(&po, POLICY_ENDED, 0, T0), POLICY_START);
		assert_int_equal(po.po_running, 1);
	}
	expect(&po, POLICY_ENDED, 0, T0, "-I00");
}

static void
once_merges(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, 0);
	expect(&po, POLICY_EVENTS, 1, T0, "SR01");
	expect(&po, POLICY_EVENTS, 3, T0, "-R31");
	expect(&po, POLICY_EVENTS, 4, T0, "-R71");
	expect(&po, POLICY_ENDED, 0, T0, "SR07");
	expect(&po, POLICY_ENDED, 0, T0, "-I00");
}

/* drop forgets events during a run, not those of a failed start. */
static void
drop_keeps_failed_start(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_DROP, 0, 0);
	expect(&po, POLICY_EVENTS, 2, T0, "SR02");
	expect(&po, POLICY_EVENTS, 3, T0, "-R02");
	expect(&po, POLICY_FAILED, 0, T0, "-H20");
	expect(&po, POLICY_EVENTS, 4, T0, "-H20");
	expect(&po, POLICY_TIME, 0, T0 + POLICY_BACKOFF_MIN, "SR02");
	expect(&po, POLICY_ENDED, 0, T0 + POLICY_BACKOFF_MIN, "-I00");
}

static void
restart_ends_and_merges(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_RESTART, 0, 0);
	expect(&po, POLICY_EVENTS, 1, T0, "SR01");
	/* Neither 0 events nor the time alone end the run. */
	expect(&po, POLICY_EVENTS, 0, T0, "-R01");
	expect(&po, POLICY_TIME, 0, T0, "-R01");
	expect(&po, POLICY_EVENTS, 2, T0, "EE21");
	expect(&po, POLICY_EVENTS, 3, T0, "-E51");
	expect(&po, POLICY_ENDED, 0, T0, "SR05");
}

/* UINT64_MAX events are kept without overflow. */
static void
largest_backlog(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, 0);
	policy_step(&po, POLICY_EVENTS, 1, T0);
	policy_step(&po, POLICY_EVENTS, UINT64_MAX - 1, T0);
	assert_int_equal(policy_step(&po, POLICY_ENDED, 0, T0), POLICY_START);
	assert_int_equal(po.po_running, UINT64_MAX - 1);
	policy_step(&po, POLICY_FAILED, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);

	policy_init(&po, POLICY_QUEUE, 0, 0);
	assert_int_equal(
	    policy_step(&po, POLICY_EVENTS, UINT64_MAX, T0), POLICY_START);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);
	assert_int_equal(policy_step(&po, POLICY_ENDED, 0, T0), POLICY_START);
	assert_int_equal(po.po_pending, UINT64_MAX - 2);
	policy_step(&po, POLICY_FAILED, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_early),
		cmocka_unit_test(every_cell_late),
		cmocka_unit_test(fresh_policy),
		cmocka_unit_test(queue_runs_for_each),
		cmocka_unit_test(once_merges),
		cmocka_unit_test(drop_keeps_failed_start),
		cmocka_unit_test(restart_ends_and_merges),
		cmocka_unit_test(largest_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
