/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Sequences of steps of each policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_fixture.h"

static void
fresh_policy(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_QUEUE, INTERVAL, TIMEOUT, RETRY);
	assert_int_equal(po.po_policy, POLICY_QUEUE);
	assert_int_equal(po.po_interval, INTERVAL);
	assert_int_equal(po.po_timeout, TIMEOUT);
	assert_int_equal(po.po_retry, RETRY);
	check(&po, POLICY_EVENTS, 0, 0, "-I000");
	check(&po, POLICY_EVENTS, 1, 0, "-W100");
	check(&po, POLICY_TURN, 0, 0, "SR010");
}

static void
queue_runs_for_each(void **state)
{
	struct policy po;
	int i;

	(void)state;
	policy_init(&po, POLICY_QUEUE, 0, 0, 0);
	check(&po, POLICY_EVENTS, 3, T0, "-W300");
	check(&po, POLICY_EVENTS, 1, T0, "-W400");
	check(&po, POLICY_TURN, 0, T0, "SR310");
	check(&po, POLICY_EVENTS, 1, T0, "-R410");
	for (i = 0; i < 4; i++) {
		step(&po, i % 2 ? POLICY_ENDED : POLICY_BROKE, 0, T0);
		assert_int_equal(po.po_state, POLICY_WAITING);
		assert_int_equal(
		    policy_step(&po, POLICY_TURN, 0, 0, T0), POLICY_START);
		assert_int_equal(po.po_running, 1);
	}
	check(&po, POLICY_ENDED, 0, T0, "-I000");
}

static void
once_merges(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, 0, 0);
	check(&po, POLICY_EVENTS, 1, T0, "-W100");
	check(&po, POLICY_EVENTS, 1, T0, "-W200");
	check(&po, POLICY_TURN, 0, T0, "SR020");
	check(&po, POLICY_EVENTS, 3, T0, "-R320");
	check(&po, POLICY_EVENTS, 4, T0, "-R720");
	check(&po, POLICY_ENDED, 0, T0, "-W700");
	check(&po, POLICY_TURN, 0, T0, "SR070");
	check(&po, POLICY_ENDED, 0, T0, "-I000");
}

/* drop forgets events before and during a run, not those of a failed start. */
static void
drop_keeps_failed_start(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_DROP, 0, 0, 0);
	check(&po, POLICY_EVENTS, 2, T0, "-W200");
	check(&po, POLICY_EVENTS, 3, T0, "-W200");
	check(&po, POLICY_TURN, 0, T0, "SR020");
	check(&po, POLICY_EVENTS, 3, T0, "-R020");
	check(&po, POLICY_FAILED, 0, T0, "-H200");
	check(&po, POLICY_EVENTS, 4, T0, "-H200");
	check(&po, POLICY_TIME, 0, T0 + POLICY_BACKOFF_MIN, "-W200");
	check(&po, POLICY_TURN, 0, T0 + POLICY_BACKOFF_MIN, "SR020");
	check(&po, POLICY_ENDED, 0, T0 + POLICY_BACKOFF_MIN, "-I000");
}

static void
restart_ends_and_merges(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_RESTART, 0, 0, 1);
	check(&po, POLICY_EVENTS, 1, T0, "-W100");
	check(&po, POLICY_TURN, 0, T0, "SR010");
	/* Neither 0 events nor the time alone end the run. */
	check(&po, POLICY_EVENTS, 0, T0, "-R010");
	check(&po, POLICY_TIME, 0, T0, "-R010");
	check(&po, POLICY_EVENTS, 2, T0, "EE210");
	check(&po, POLICY_EVENTS, 3, T0, "-E510");
	/* The run was ended for newer events: no retry. */
	check(&po, POLICY_BROKE, 0, T0, "-W500");
	check(&po, POLICY_TURN, 0, T0, "SR050");
}

/* A run of while lasts from packets to silence. */
static void
while_lasts(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_WHILE, 0, 0, 1);
	check(&po, POLICY_EVENTS, 1, T0, "-W100");
	/* Silence before the turn: nothing to start. */
	check(&po, POLICY_OVER, 0, T0, "-I000");
	check(&po, POLICY_EVENTS, 1, T0, "-W100");
	check(&po, POLICY_TURN, 0, T0, "SR010");
	check(&po, POLICY_EVENTS, 1, T0, "-R010");
	check(&po, POLICY_OVER, 0, T0, "EE010");
	check(&po, POLICY_OVER, 0, T0, "-E010");
	/* The silence ends, and comes again, while the run is being ended. */
	check(&po, POLICY_EVENTS, 1, T0, "-E110");
	check(&po, POLICY_OVER, 0, T0, "-E010");
	check(&po, POLICY_EVENTS, 1, T0, "-E110");
	check(&po, POLICY_BROKE, 0, T0, "-W100");
	check(&po, POLICY_TURN, 0, T0, "SR010");
	/* A run that could not be started before the silence. */
	check(&po, POLICY_OVER, 0, T0, "EE010");
	check(&po, POLICY_FAILED, 0, T0, "-H000");
	check(&po, POLICY_TIME, 0, T0 + POLICY_BACKOFF_MIN, "-I000");
}

/* A retry repeats the events of the broken run until the run ends well. */
static void
retry_repeats(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, TIMEOUT, RETRY);
	check(&po, POLICY_EVENTS, 2, T0, "-W200");
	check(&po, POLICY_TURN, 0, T0, "SR020");
	check(&po, POLICY_BROKE, 0, T0, "-B002");
	check(&po, POLICY_TIME, 0, T0 + RETRY, "-W002");
	check(&po, POLICY_TURN, 0, T0 + RETRY, "SR020");
	/* A run that timed out broke, too. */
	check(&po, POLICY_TIME, 0, T0 + RETRY + TIMEOUT, "EE020");
	check(&po, POLICY_BROKE, 0, T0 + RETRY + TIMEOUT, "-B002");
	check(&po, POLICY_TIME, 0, T0 + 2 * RETRY, "-B002");
	check(&po, POLICY_TIME, 0, T0 + 2 * RETRY + TIMEOUT, "-W002");
	check(&po, POLICY_TURN, 0, T0 + 2 * RETRY + TIMEOUT, "SR020");
	check(&po, POLICY_ENDED, 0, T0 + 2 * RETRY + TIMEOUT, "-I000");
}

/* Breaks a run for two events; the retry waits for its turn at T0 + RETRY. */
static void
break_run(struct policy *po)
{
	policy_init(po, POLICY_ONCE, 0, 0, RETRY);
	check(po, POLICY_EVENTS, 2, T0, "-W200");
	check(po, POLICY_TURN, 0, T0, "SR020");
	check(po, POLICY_BROKE, 0, T0, "-B002");
	check(po, POLICY_TIME, 0, T0 + RETRY, "-W002");
}

/* A retry that could not be started stays a retry. */
static void
retry_fails(void **state)
{
	struct policy po;

	(void)state;
	break_run(&po);
	check(&po, POLICY_TURN, 0, T0 + RETRY, "SR020");
	check(&po, POLICY_FAILED, 0, T0 + RETRY, "-H002");
	check(&po, POLICY_TIME, 0, T0 + 2 * RETRY, "-W002");
	check(&po, POLICY_TURN, 0, T0 + 2 * RETRY, "SR020");
	/* New events take the place of the old ones. */
	check(&po, POLICY_EVENTS, 3, T0 + 2 * RETRY, "-R320");
	check(&po, POLICY_FAILED, 0, T0 + 2 * RETRY, "-H300");

	break_run(&po);
	check(&po, POLICY_TURN, 0, T0 + RETRY, "SR020");
	check(&po, POLICY_OVER, 0, T0 + RETRY, "-R020");
	check(&po, POLICY_FAILED, 0, T0 + RETRY, "-H000");
}

/* A run of events that are over goes on, and is not repeated. */
static void
over_ends_retries(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, 0, RETRY);
	check(&po, POLICY_EVENTS, 2, T0, "-W200");
	check(&po, POLICY_TURN, 0, T0, "SR020");
	check(&po, POLICY_OVER, 0, T0, "-R020");
	check(&po, POLICY_BROKE, 0, T0, "-I000");
	check(&po, POLICY_EVENTS, 2, T0, "-W200");
	check(&po, POLICY_TURN, 0, T0, "SR020");
	check(&po, POLICY_OVER, 0, T0, "-R020");
	check(&po, POLICY_FAILED, 0, T0, "-H000");
}

/* UINT64_MAX events are kept without overflow. */
static void
largest_backlog(void **state)
{
	struct policy po;

	(void)state;
	policy_init(&po, POLICY_ONCE, 0, 0, 0);
	step(&po, POLICY_EVENTS, 1, T0);
	step(&po, POLICY_TURN, 0, T0);
	step(&po, POLICY_EVENTS, UINT64_MAX - 1, T0);
	step(&po, POLICY_ENDED, 0, T0);
	step(&po, POLICY_TURN, 0, T0);
	assert_int_equal(po.po_running, UINT64_MAX - 1);
	step(&po, POLICY_FAILED, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);

	policy_init(&po, POLICY_QUEUE, 0, 0, 0);
	step(&po, POLICY_EVENTS, UINT64_MAX, T0);
	step(&po, POLICY_TURN, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);
	step(&po, POLICY_ENDED, 0, T0);
	step(&po, POLICY_TURN, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 2);
	step(&po, POLICY_FAILED, 0, T0);
	assert_int_equal(po.po_pending, UINT64_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_policy),
		cmocka_unit_test(queue_runs_for_each),
		cmocka_unit_test(once_merges),
		cmocka_unit_test(drop_keeps_failed_start),
		cmocka_unit_test(restart_ends_and_merges),
		cmocka_unit_test(while_lasts),
		cmocka_unit_test(retry_repeats),
		cmocka_unit_test(retry_fails),
		cmocka_unit_test(over_ends_retries),
		cmocka_unit_test(largest_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
