/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Each decision of a policy: kind x situation x input, early and late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_fixture.h"

/* States of a policy, with what they hold. */
enum situation {
	IDLE,
	HELD,	/* two events, after a failed start */
	HELD_R, /* in the interval after a broken run, for a retry */
	RETRYING,
	WAITING, /* for the turn, two events */
	WAIT_R,	 /* for the turn, for a retry */
	RUNNING, /* for two events */
	ENDING,	 /* after the timeout */
	SITUATIONS
};

/* Breaks a run, of one event under queue; the retry waits. */
static uint64_t
enter_retry(struct policy *po, enum situation situation)
{
	if (po->po_policy == POLICY_QUEUE)
		po->po_pending = 1;
	step(po, POLICY_TURN, 0, T0);
	step(po, POLICY_BROKE, 0, T0);
	if (situation == HELD_R)
		return T0;
	step(po, POLICY_TIME, 0, T0 + INTERVAL);
	if (situation == RETRYING)
		return T0 + INTERVAL;
	step(po, POLICY_TIME, 0, T0 + RETRY);
	return T0 + RETRY;
}

/* Brings a policy into a situation; returns the time of entry. */
static uint64_t
enter(struct policy *po, enum policy_kind policy, enum situation situation)
{
	static const enum policy_state states[SITUATIONS] = { POLICY_IDLE,
		POLICY_HELD, POLICY_HELD, POLICY_RETRY, POLICY_WAITING,
		POLICY_WAITING, POLICY_RUNNING, POLICY_ENDING };
	uint64_t now = T0;

	policy_init(po, policy, INTERVAL, TIMEOUT, RETRY);
	if (situation != IDLE)
		step(po, POLICY_EVENTS, 2, T0);
	if (situation == HELD_R || situation == RETRYING || situation == WAIT_R)
		now = enter_retry(po, situation);
	if (situation == RUNNING || situation == ENDING || situation == HELD)
		step(po, POLICY_TURN, 0, T0);
	if (situation == HELD || situation == ENDING) {
		now = T0 + TIMEOUT;
		step(po, situation == HELD ? POLICY_FAILED : POLICY_TIME, 0,
		    now);
	}
	assert_int_equal(po->po_state, states[situation]);
	return now;
}

typedef const char *const outcomes[POLICY_KINDS][SITUATIONS][POLICY_INPUTS];

/* clang-format off */

/* Before interval, back-off, retry and timeout have passed. */
static outcomes early = {
	/* events, over, ended, broke, failed, time, turn, newer */
	[POLICY_ONCE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-H000", "-H200", "-H200",
		    "-H200", "-H200", "-H200", "-H200" },
		[HELD_R] = { "-H300", "-H000", "-H002", "-H002",
		    "-H002", "-H002", "-H002", "-H000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-B002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R320", "-R020", "-H000", "-H002",
		    "-H200", "-R020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-H000", "-H002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_DROP] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H200", "-H000", "-H200", "-H200",
		    "-H200", "-H200", "-H200", "-H200" },
		[HELD_R] = { "-H002", "-H000", "-H002", "-H002",
		    "-H002", "-H002", "-H002", "-H000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-B002", "-B002", "-I000" },
		[WAITING] = { "-W200", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W002", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R020", "-R020", "-H000", "-H002",
		    "-H200", "-R020", "-R020", "-R020" },
		[ENDING] = { "-E020", "-E020", "-H000", "-H002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_QUEUE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-H200", "-H200", "-H200",
		    "-H200", "-H200", "-H200", "-H200" },
		[HELD_R] = { "-H300", "-H000", "-H001", "-H001",
		    "-H001", "-H001", "-H001", "-H000" },
		[RETRYING] = { "-W300", "-I000", "-B001", "-B001",
		    "-B001", "-B001", "-B001", "-I000" },
		[WAITING] = { "-W500", "-W200", "-W200", "-W200",
		    "-W200", "-W200", "SR110", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W001", "-W001",
		    "-W001", "-W001", "SR010", "-I000" },
		[RUNNING] = { "-R410", "-R110", "-H100", "-H100",
		    "-H200", "-R110", "-R110", "-R110" },
		[ENDING] = { "-E410", "-E110", "-H100", "-H100",
		    "-H200", "-E110", "-E110", "-E110" },
	},
	[POLICY_RESTART] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-H000", "-H200", "-H200",
		    "-H200", "-H200", "-H200", "-H200" },
		[HELD_R] = { "-H300", "-H000", "-H002", "-H002",
		    "-H002", "-H002", "-H002", "-H000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-B002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R320", "-R020", "-H000", "-H002",
		    "-H200", "-R020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-H000", "-H002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_WHILE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-H000", "-H200", "-H200",
		    "-H200", "-H200", "-H200", "-H200" },
		[HELD_R] = { "-H300", "-H000", "-H002", "-H002",
		    "-H002", "-H002", "-H002", "-H000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-B002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R020", "EE020", "-H000", "-H002",
		    "-H200", "-R020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-H000", "-H002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
};

/* After interval, back-off, retry and timeout have passed. */
static outcomes late = {
	/* events, over, ended, broke, failed, time, turn, newer */
	[POLICY_ONCE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-I000", "-H200", "-H200",
		    "-H200", "-W200", "-H200", "-W200" },
		[HELD_R] = { "-H300", "-I000", "-H002", "-H002",
		    "-H002", "-W002", "-H002", "-I000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-W002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R320", "-R020", "-I000", "-B002",
		    "-H200", "EE020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-I000", "-B002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_DROP] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H200", "-I000", "-H200", "-H200",
		    "-H200", "-W200", "-H200", "-W200" },
		[HELD_R] = { "-H002", "-I000", "-H002", "-H002",
		    "-H002", "-W002", "-H002", "-I000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-W002", "-B002", "-I000" },
		[WAITING] = { "-W200", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W002", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R020", "-R020", "-I000", "-B002",
		    "-H200", "EE020", "-R020", "-R020" },
		[ENDING] = { "-E020", "-E020", "-I000", "-B002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_QUEUE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-W200", "-H200", "-H200",
		    "-H200", "-W200", "-H200", "-W200" },
		[HELD_R] = { "-H300", "-I000", "-H001", "-H001",
		    "-H001", "-W001", "-H001", "-I000" },
		[RETRYING] = { "-W300", "-I000", "-B001", "-B001",
		    "-B001", "-W001", "-B001", "-I000" },
		[WAITING] = { "-W500", "-W200", "-W200", "-W200",
		    "-W200", "-W200", "SR110", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W001", "-W001",
		    "-W001", "-W001", "SR010", "-I000" },
		[RUNNING] = { "-R410", "-R110", "-W100", "-W100",
		    "-H200", "EE110", "-R110", "-R110" },
		[ENDING] = { "-E410", "-E110", "-W100", "-W100",
		    "-H200", "-E110", "-E110", "-E110" },
	},
	[POLICY_RESTART] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-I000", "-H200", "-H200",
		    "-H200", "-W200", "-H200", "-W200" },
		[HELD_R] = { "-H300", "-I000", "-H002", "-H002",
		    "-H002", "-W002", "-H002", "-I000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-W002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "EE320", "-R020", "-I000", "-B002",
		    "-H200", "EE020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-I000", "-B002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
	[POLICY_WHILE] = {
		[IDLE] = { "-W300", "-I000", "-I000", "-I000",
		    "-I000", "-I000", "-I000", "-I000" },
		[HELD] = { "-H500", "-I000", "-H200", "-H200",
		    "-H200", "-W200", "-H200", "-W200" },
		[HELD_R] = { "-H300", "-I000", "-H002", "-H002",
		    "-H002", "-W002", "-H002", "-I000" },
		[RETRYING] = { "-W300", "-I000", "-B002", "-B002",
		    "-B002", "-W002", "-B002", "-I000" },
		[WAITING] = { "-W500", "-I000", "-W200", "-W200",
		    "-W200", "-W200", "SR020", "-W200" },
		[WAIT_R] = { "-W300", "-I000", "-W002", "-W002",
		    "-W002", "-W002", "SR020", "-I000" },
		[RUNNING] = { "-R020", "EE020", "-I000", "-B002",
		    "-H200", "EE020", "-R020", "-R020" },
		[ENDING] = { "-E320", "-E020", "-I000", "-B002",
		    "-H200", "-E020", "-E020", "-E020" },
	},
};

/* clang-format on */

static void
check_cell(
    int policy, int situation, int input, uint64_t after, const char *wanted)
{
	struct policy po;
	uint64_t now;
	const char *got;

	now = enter(&po, (enum policy_kind)policy, (enum situation)situation);
	/* Inputs other than POLICY_EVENTS ignore number and time. */
	got = outcome(
	    policy_step(&po, (enum policy_input)input, 3, now, now + after),
	    &po);
	if (strcmp(got, wanted) != 0)
		fail_msg("policy %d, situation %d, input %d: %s, not %s",
		    policy, situation, input, got, wanted);
}

static void
check_table(outcomes wanted, uint64_t after)
{
	int p, s, i;

	for (p = 0; p < POLICY_KINDS; p++)
		for (s = 0; s < SITUATIONS; s++)
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
	check_table(late, RETRY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_early),
		cmocka_unit_test(every_cell_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
