/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The order of the commands of a rule, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sequence.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

#define NODES 3

/* A rule with triggers a, b and c, and the time of the last input. */
struct rule {
	struct sequence r_sequence;
	struct sequence_node r_nodes[NODES];
	uint64_t r_now;
};

/* Makes a rule of triggers with the same policy and the same retry. */
static void
make(struct rule *r, enum policy_kind policy, uint64_t retry)
{
	size_t i;

	r->r_now = S;
	sequence_init(&r->r_sequence);
	for (i = 0; i < NODES; i++) {
		policy_init(&r->r_nodes[i].sn_policy, policy, 0, 0, retry);
		sequence_add(&r->r_sequence, &r->r_nodes[i]);
	}
}

/* Gives trigger `name` an input. */
static enum policy_order
input(struct rule *r, char name, enum policy_input in)
{
	return sequence_input(
	    &r->r_sequence, &r->r_nodes[name - 'a'], in, 0, 0, r->r_now);
}

/* Gives trigger `name` an event of the time `at`. */
static void
event(struct rule *r, char name, uint64_t at)
{
	assert_int_equal(sequence_input(&r->r_sequence, &r->r_nodes[name - 'a'],
			     POLICY_EVENTS, 1, at, r->r_now),
	    POLICY_NOTHING);
}

/* Returns the trigger whose command starts, or '-'. */
static char
next(struct rule *r)
{
	const struct sequence_node *n;

	n = sequence_next(&r->r_sequence, r->r_now);
	return n == NULL ? '-' : (char)('a' + (n - r->r_nodes));
}

/* Starts and ends commands; checks their order. */
static void
expect_runs(struct rule *r, const char *wanted)
{
	char got[16] = "", c;
	size_t n = 0;

	while ((c = next(r)) != '-') {
		assert_true(n < sizeof(got) - 1);
		got[n++] = c;
		assert_int_equal(next(r), '-');
		assert_int_equal(input(r, c, POLICY_ENDED), POLICY_NOTHING);
	}
	assert_string_equal(got, wanted);
}

static void
order_of_events(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	assert_int_equal(next(&r), '-');
	event(&r, 'b', 3);
	event(&r, 'a', 2);
	event(&r, 'c', 1);
	expect_runs(&r, "cab");
	/* The last run is that of the last event. */
	event(&r, 'a', 4);
	event(&r, 'b', 5);
	event(&r, 'a', 6);
	expect_runs(&r, "ba");
}

static void
order_while_busy(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	event(&r, 'c', 1);
	assert_int_equal(next(&r), 'c');
	event(&r, 'b', 2);
	event(&r, 'a', 3);
	event(&r, 'c', 4);
	assert_int_equal(next(&r), '-');
	assert_int_equal(
	    policy_wakes(&r.r_nodes[1].sn_policy), POLICY_WAKE_END);
	input(&r, 'c', POLICY_ENDED);
	expect_runs(&r, "bac");
}

/* The events of one packet: in the order of the file. */
static void
order_of_equals(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	event(&r, 'a', 1);
	event(&r, 'b', 1);
	event(&r, 'c', 1);
	expect_runs(&r, "abc");
}

/* Triggers that always have events have turns in the same number. */
static void
no_trigger_starves(void **state)
{
	struct rule r;
	unsigned int runs[NODES] = { 0 }, i;
	char c;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	for (i = 1; i <= 300; i++) {
		r.r_now += MS;
		for (c = 'a'; c < 'a' + NODES; c++)
			event(&r, c, r.r_now);
		c = next(&r);
		assert_int_not_equal(c, '-');
		runs[c - 'a']++;
		r.r_now += MS;
		input(&r, c, POLICY_ENDED);
	}
	assert_int_equal(runs[0], 100);
	assert_int_equal(runs[1], 100);
	assert_int_equal(runs[2], 100);
}

/* A backlog takes its first run early and the rest with its last event. */
static void
order_of_backlogs(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_QUEUE, 0);
	event(&r, 'a', 1);
	event(&r, 'a', 2);
	event(&r, 'b', 3);
	expect_runs(&r, "aab");
	event(&r, 'a', 11);
	event(&r, 'b', 13);
	event(&r, 'a', 14);
	expect_runs(&r, "aba");
	event(&r, 'a', 21);
	assert_int_equal(next(&r), 'a');
	event(&r, 'a', 23);
	event(&r, 'b', 24);
	event(&r, 'a', 25);
	/* A start that fails keeps the first place. */
	input(&r, 'a', POLICY_FAILED);
	r.r_now += POLICY_BACKOFF_MIN;
	input(&r, 'a', POLICY_TIME);
	expect_runs(&r, "abaa");
}

/* Breaks a run of trigger a for an event at 5. */
static void
break_run(struct rule *r)
{
	make(r, POLICY_ONCE, S);
	event(r, 'a', 5);
	assert_int_equal(next(r), 'a');
	input(r, 'a', POLICY_BROKE);
	assert_int_equal(next(r), '-');
	assert_int_equal(r->r_nodes[0].sn_policy.po_state, POLICY_RETRY);
}

/* Advances the time to that of the retry. */
static void
pass_retry(struct rule *r)
{
	r->r_now += S;
	input(r, 'a', POLICY_TIME);
}

static void
retry_waits(void **state)
{
	struct rule r;

	(void)state;
	break_run(&r);
	pass_retry(&r);
	expect_runs(&r, "a");
	/* Others run meanwhile, for older events. */
	break_run(&r);
	event(&r, 'b', 4);
	expect_runs(&r, "b");
	pass_retry(&r);
	expect_runs(&r, "a");
}

static void
retry_given_up(void **state)
{
	struct rule r;

	(void)state;
	/* A newer event while the retry waits for its time, */
	break_run(&r);
	event(&r, 'b', 6);
	assert_int_equal(r.r_nodes[0].sn_policy.po_state, POLICY_IDLE);
	expect_runs(&r, "b");
	/* for its turn, */
	break_run(&r);
	event(&r, 'c', 4);
	assert_int_equal(next(&r), 'c');
	pass_retry(&r);
	assert_int_equal(r.r_nodes[0].sn_policy.po_state, POLICY_WAITING);
	event(&r, 'b', 6);
	input(&r, 'c', POLICY_ENDED);
	expect_runs(&r, "b");
	/* before the run breaks, */
	make(&r, POLICY_ONCE, S);
	event(&r, 'a', 5);
	event(&r, 'b', 6);
	assert_int_equal(next(&r), 'a');
	input(&r, 'a', POLICY_BROKE);
	assert_int_equal(r.r_nodes[0].sn_policy.po_state, POLICY_IDLE);
	expect_runs(&r, "b");
	/* and before its start fails. */
	break_run(&r);
	pass_retry(&r);
	assert_int_equal(next(&r), 'a');
	event(&r, 'b', 6);
	input(&r, 'a', POLICY_FAILED);
	pass_retry(&r);
	expect_runs(&r, "b");
}

/* The events of one packet: neither is newer. */
static void
retry_beside_equal(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_ONCE, S);
	event(&r, 'a', 5);
	event(&r, 'b', 5);
	event(&r, 'c', 5);
	assert_int_equal(next(&r), 'a');
	input(&r, 'a', POLICY_BROKE);
	assert_int_equal(next(&r), 'b');
	input(&r, 'b', POLICY_BROKE);
	expect_runs(&r, "c");
	pass_retry(&r);
	input(&r, 'b', POLICY_TIME);
	expect_runs(&r, "ab");
	/* The next one of any of them is. */
	event(&r, 'c', 6);
	assert_int_equal(next(&r), 'c');
	input(&r, 'c', POLICY_BROKE);
	event(&r, 'b', 7);
	expect_runs(&r, "b");
	assert_int_equal(r.r_nodes[2].sn_policy.po_state, POLICY_IDLE);
}

/* Dropped events are no newer events. */
static void
retry_outlasts_dropped(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_DROP, S);
	event(&r, 'b', 1);
	event(&r, 'a', 2);
	assert_int_equal(next(&r), 'b');
	input(&r, 'b', POLICY_ENDED);
	assert_int_equal(next(&r), 'a');
	event(&r, 'a', 3);
	input(&r, 'a', POLICY_BROKE);
	event(&r, 'c', 1);
	assert_int_equal(next(&r), 'c');
	event(&r, 'c', 4);
	input(&r, 'c', POLICY_ENDED);
	pass_retry(&r);
	expect_runs(&r, "a");
}

/* Others wait for a start that failed, but not for one that always fails. */
static void
failed_start_keeps_place(void **state)
{
	struct rule r;
	uint64_t wait = POLICY_BACKOFF_MIN;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	event(&r, 'a', 1);
	event(&r, 'b', 2);
	for (; wait < POLICY_BACKOFF_MAX; wait *= 2) {
		assert_int_equal(next(&r), 'a');
		input(&r, 'a', POLICY_FAILED);
		assert_int_equal(next(&r), '-');
		r.r_now += wait;
		input(&r, 'a', POLICY_TIME);
	}
	assert_int_equal(next(&r), 'a');
	input(&r, 'a', POLICY_FAILED);
	expect_runs(&r, "b");
	r.r_now += POLICY_BACKOFF_MAX;
	input(&r, 'a', POLICY_TIME);
	expect_runs(&r, "a");
}

/* Events that are over give their place up. */
static void
over_gives_place_up(void **state)
{
	struct rule r;

	(void)state;
	make(&r, POLICY_ONCE, 0);
	event(&r, 'a', 1);
	event(&r, 'b', 2);
	input(&r, 'a', POLICY_OVER);
	expect_runs(&r, "b");
	event(&r, 'a', 1);
	event(&r, 'b', 2);
	assert_int_equal(next(&r), 'a');
	input(&r, 'a', POLICY_FAILED);
	input(&r, 'a', POLICY_OVER);
	expect_runs(&r, "b");
}

/* Copies the triggers named, in this order, to a new rule. */
static void
move(struct rule *to, const struct rule *from, const char *names)
{
	size_t i;

	sequence_init(&to->r_sequence);
	to->r_now = from->r_now;
	for (i = 0; i < strlen(names); i++) {
		to->r_nodes[i] = from->r_nodes[names[i] - 'a'];
		sequence_add(&to->r_sequence, &to->r_nodes[i]);
	}
}

static void
moves(void **state)
{
	struct rule r, to;

	(void)state;
	make(&r, POLICY_ONCE, S);
	event(&r, 'b', 1);
	assert_int_equal(next(&r), 'b');
	event(&r, 'c', 2);
	/* With the running command, */
	move(&to, &r, "bc");
	assert_int_equal(next(&to), '-');
	input(&to, 'a', POLICY_BROKE);
	expect_runs(&to, "b");
	pass_retry(&to);
	expect_runs(&to, "");
	/* and without. */
	move(&to, &r, "ac");
	expect_runs(&to, "b");
	/* The newest event is still known: its run is repeated. */
	move(&to, &r, "bca");
	input(&to, 'a', POLICY_ENDED);
	assert_int_equal(next(&to), 'b');
	input(&to, 'b', POLICY_BROKE);
	assert_int_equal(to.r_nodes[1].sn_policy.po_state, POLICY_RETRY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_events),
		cmocka_unit_test(order_while_busy),
		cmocka_unit_test(order_of_equals),
		cmocka_unit_test(no_trigger_starves),
		cmocka_unit_test(order_of_backlogs),
		cmocka_unit_test(retry_waits),
		cmocka_unit_test(retry_given_up),
		cmocka_unit_test(retry_beside_equal),
		cmocka_unit_test(retry_outlasts_dropped),
		cmocka_unit_test(failed_start_keeps_place),
		cmocka_unit_test(over_gives_place_up),
		cmocka_unit_test(moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
