/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Generated packets of a few keys, with any triggers: each event has its run,
 * and never more of them run at a time than allowed.
 */
#include <inttypes.h>

#include "rule_keys_fixture.h"

#define SEQUENCES 3000
#define PACKETS	  60
#define KEYS	  8

static uint64_t all_events, all_runs, all_wakeups;

/* Draws a trigger; a calm behind one with a key.  front: the one before. */
static struct conf_trigger
draw_trigger(const struct conf_trigger *front)
{
	static const enum condition_kind kinds[] = { CONDITION_EVERY,
		CONDITION_IDLE, CONDITION_AFTER, CONDITION_EVERY };
	static const enum policy_kind policies[] = { POLICY_ONCE, POLICY_QUEUE,
		POLICY_RESTART };
	struct conf_trigger ct = { .ct_kind = kinds[draw(4)],
		.ct_policy = policies[draw(3)],
		.ct_runs = 1 };

	if (front != NULL && front->ct_by.ks_n > 0 && draw(3) == 0)
		ct.ct_kind = CONDITION_CALM;
	if (ct.ct_kind == CONDITION_EVERY)
		ct.ct_count = 1 + draw(3);
	else
		ct.ct_time = (1 + draw(5)) * 50 * MS;
	ct.ct_interval = draw(2) == 0 ? 0 : draw(3) * 150 * MS;
	ct.ct_timeout = draw(3) == 0 ? 100 * MS : 0;
	ct.ct_retry = draw(3) == 0 ? 70 * MS : 0;
	if (ct.ct_kind == CONDITION_CALM) {
		ct.ct_by = front->ct_by;
		ct.ct_keys = front->ct_keys;
	} else if (front == NULL || draw(3) != 0) {
		ct.ct_by.ks_n = 1;
		ct.ct_by.ks_parts[0] = (struct key_part){ KEY_SOURCE,
			(uint8_t)(31 + draw(2)), 128 };
		ct.ct_keys = 1 + (uint32_t)draw(KEYS);
	}
	if (ct.ct_by.ks_n > 0)
		ct.ct_runs = 1 + (uint32_t)draw(3);
	return ct;
}

static void
begin_any(void)
{
	struct conf_trigger list[TRIGGERS];
	const size_t n = 1 + draw(TRIGGERS);
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = draw_trigger(i == 0 ? NULL : &list[i - 1]);
	begin(list, n);
	world.w_fails = draw(2) == 0;
}

/* Each event has had its run, and nothing is left. */
static void
finish(void)
{
	struct watched_trigger *t = world.w_triggers;
	size_t i;

	for (i = 0; i < world.w_rule.wr_ntriggers; i++)
		assert_int_equal(rule_waiting(&t[i]), 0);
	/* The end of a run that nobody waits for is read with the next event.
	 */
	serve();
	for (i = 0; i < world.w_rule.wr_ntriggers; i++) {
		assert_int_equal(rule_runs(&t[i]), 0);
		if (t[i].wt_keys != NULL)
			assert_int_equal(t[i].wt_keys->co_count.sc_packets,
			    t[i].wt_trigger.t_events);
		/* Only calm and idle can be over before their runs. */
		if (t[i].wt_keys != NULL)
			assert_int_equal(
			    world.w_started[i], t[i].wt_trigger.t_events);
		all_events += t[i].wt_trigger.t_events;
	}
	all_wakeups += world.w_wakeups;
	all_runs += world.w_all_runs;
	end();
}

static void
any_sequence(void **state)
{
	static const uint64_t gaps[] = { 1, MS, 30 * MS, 300 * MS };
	int i, k;

	(void)state;
	for (i = 0; i < SEQUENCES; i++) {
		begin_any();
		serve();
		for (k = 0; k < PACKETS; k++) {
			pass(world.w_watcher.w_now + draw(gaps[draw(4)]));
			count_packet(draw(KEYS));
		}
		pass(CLOCK_NEVER);
		finish();
	}
	print_message("%d sequences: %" PRIu64 " events, %" PRIu64
		      " runs, %" PRIu64 " wake-ups\n",
	    SEQUENCES, all_events, all_runs, all_wakeups);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
