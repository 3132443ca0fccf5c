/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A policy with random inputs: no event is lost, never two runs at a time, no
 * start too early, and a caller that sleeps until the deadline misses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_fixture.h"

#define NEVER UINT64_MAX

#define SEED   UINT64_C(20240229)
#define INPUTS 2000

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Model of the runner: built from inputs and orders alone. */
struct world {
	struct policy w_policy;
	uint64_t w_now;
	bool w_running;
	bool w_ending;
	bool w_over;	    /* the events of the current run are over */
	uint64_t w_started; /* time of the order to start */
	uint64_t w_allowed; /* earliest time of the next start */
	uint64_t w_backoff;
	uint64_t w_given;   /* events so far, without dropped ones */
	uint64_t w_run_for; /* events of all runs */
	uint64_t w_current; /* events of the current run */
	uint64_t w_orders;
};

static uint64_t seed;

/* Returns 0 to limit - 1; the same sequence in every run. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

static void
failed(struct world *w)
{
	w->w_running = w->w_ending = false;
	w->w_run_for -= w->w_current;
	if (w->w_over)
		w->w_given -= w->w_current;
	w->w_backoff = w->w_backoff == 0 ? 10 * MS : 2 * w->w_backoff;
	if (w->w_backoff > 1000 * MS)
		w->w_backoff = 1000 * MS;
	w->w_allowed = w->w_now + w->w_backoff;
}

static void
ended(struct world *w)
{
	w->w_running = w->w_ending = false;
	w->w_backoff = 0;
}

static void
started(struct world *w)
{
	const struct policy *po = &w->w_policy;

	assert_false(w->w_running);
	assert_true(w->w_now >= w->w_allowed);
	assert_int_not_equal(po->po_running, 0);
	if (po->po_policy == POLICY_QUEUE)
		assert_int_equal(po->po_running, 1);
	else
		assert_int_equal(po->po_pending, 0);
	w->w_running = true;
	w->w_over = false;
	w->w_started = w->w_now;
	w->w_allowed = w->w_now + po->po_interval;
	w->w_current = po->po_running;
	w->w_run_for += w->w_current;
}

/* Events that are over need no run, but under queue. */
static void
over(struct world *w)
{
	if (w->w_policy.po_policy == POLICY_QUEUE)
		return;
	w->w_given = w->w_run_for;
	w->w_over = true;
}

/*
 * A run is ended after its timeout, by restart for a new run, or under while
 * when it is over.
 */
static void
ending(struct world *w, enum policy_input input)
{
	const struct policy *po = &w->w_policy;
	bool late, gives_way, lasted;

	assert_true(w->w_running);
	assert_false(w->w_ending);
	late = po->po_timeout != 0 && w->w_now >= w->w_started + po->po_timeout;
	gives_way = po->po_policy == POLICY_RESTART && po->po_pending != 0 &&
	    w->w_now >= w->w_allowed;
	lasted = po->po_policy == POLICY_WHILE && input == POLICY_OVER;
	assert_true(late || gives_way || lasted);
	w->w_ending = true;
}

/* Checks the invariants. */
static void
check_state(const struct world *w)
{
	const struct policy *po = &w->w_policy;

	assert_int_equal(w->w_run_for + po->po_pending, w->w_given);
	if (w->w_running) {
		assert_int_equal(
		    po->po_state, w->w_ending ? POLICY_ENDING : POLICY_RUNNING);
		assert_int_equal(po->po_running, w->w_current);
	} else {
		assert_in_set(po->po_state,
		    ((const LargestIntegralType[]){ POLICY_IDLE, POLICY_HELD }),
		    2);
		assert_int_equal(po->po_running, 0);
	}
	if (po->po_state == POLICY_IDLE)
		assert_int_equal(po->po_pending, 0);
}

/* After POLICY_TIME, inputs that do not wake change nothing. */
static void
check_sleep(const struct world *w)
{
	const unsigned int wakes = policy_wakes(&w->w_policy);
	const uint64_t until = policy_deadline(&w->w_policy);
	struct policy copy;

	assert_true(until > w->w_now);
	assert_true(wakes != 0 || until != NEVER);
	if ((wakes & POLICY_WAKE_EVENTS) == 0) {
		copy = w->w_policy;
		assert_int_equal(step_alone(&copy, POLICY_EVENTS, 1, w->w_now),
		    POLICY_NOTHING);
	}
	if ((wakes & POLICY_WAKE_END) == 0) {
		copy = w->w_policy;
		assert_int_equal(step_alone(&copy, POLICY_ENDED, 0, w->w_now),
		    POLICY_NOTHING);
		copy = w->w_policy;
		step_alone(&copy, POLICY_BROKE, 0, w->w_now);
		assert_true(copy.po_state != POLICY_RETRY);
	}
	copy = w->w_policy;
	assert_int_equal(step_alone(&copy, POLICY_TIME, 0,
			     until == NEVER ? w->w_now : until - 1),
	    POLICY_NOTHING);
}

/* Returns true if the policy keeps new events. */
static bool
keeps(const struct policy *po)
{
	if (po->po_policy == POLICY_DROP)
		return po->po_state == POLICY_IDLE;
	return po->po_policy != POLICY_WHILE || po->po_state != POLICY_RUNNING;
}

static void
feed(struct world *w, enum policy_input input)
{
	const struct policy before = w->w_policy;
	const uint64_t events = draw(4);
	const enum policy_order order =
	    step_alone(&w->w_policy, input, events, w->w_now);

	if (input == POLICY_EVENTS && keeps(&before))
		w->w_given += events;
	if (input == POLICY_OVER)
		over(w);
	if ((input == POLICY_ENDED || input == POLICY_BROKE) && w->w_running)
		ended(w);
	if (input == POLICY_FAILED && w->w_running)
		failed(w);
	if (order == POLICY_START)
		started(w);
	if (order == POLICY_END)
		ending(w, input);
	if (order != POLICY_NOTHING)
		w->w_orders++;
	check_state(w);
	if (input == POLICY_TIME)
		check_sleep(w);
}

/* Advances the time: not at all, at random, or to the deadline. */
static void
pass(struct world *w)
{
	const uint64_t until = policy_deadline(&w->w_policy);
	const bool ahead = until != NEVER && until > w->w_now;

	switch (draw(6)) {
	case 0:
		w->w_now += draw(MS);
		break;
	case 1:
		w->w_now += draw(50) * MS;
		break;
	case 2:
		if (ahead)
			w->w_now = until - 1;
		break;
	case 3:
		if (ahead)
			w->w_now = until;
		break;
	default:
		break;
	}
}

/* Without new events, pending ones get their runs and the policy goes idle. */
static void
drain(struct world *w)
{
	/* Each round ends or starts at least one run. */
	uint64_t rounds = 2 * w->w_policy.po_pending + 4;

	while (w->w_policy.po_state != POLICY_IDLE) {
		assert_int_not_equal(rounds--, 0);
		if (w->w_running)
			feed(w, POLICY_ENDED);
		else
			w->w_now = policy_deadline(&w->w_policy);
		feed(w, POLICY_TIME);
	}
	assert_int_equal(w->w_run_for, w->w_given);
}

static void
play(enum policy_kind policy, uint64_t interval, uint64_t timeout)
{
	struct world w = { .w_now = draw(1000 * MS) };
	int i;

	policy_init(&w.w_policy, policy, interval, timeout, 0);
	for (i = 0; i < INPUTS; i++) {
		pass(&w);
		feed(&w, (enum policy_input)draw(POLICY_INPUTS));
	}
	/* Otherwise the test shows nothing. */
	assert_true(w.w_orders > INPUTS / 100);
	drain(&w);
}

static void
random_inputs(void **state)
{
	static const uint64_t intervals[] = { 0, 1, 5 * MS, 100 * MS };
	static const uint64_t timeouts[] = { 0, 1, 20 * MS, 200 * MS };
	const enum policy_kind *policy = *state;
	size_t i, k;

	seed = SEED;
	for (i = 0; i < LEN(intervals); i++)
		for (k = 0; k < LEN(timeouts); k++)
			play(*policy, intervals[i], timeouts[k]);
}

/* A caller that sleeps as the policy allows, and its surroundings. */
struct sleeper {
	struct policy sl_policy;
	uint64_t sl_now;
	uint64_t sl_takes;  /* duration of a run that is not ended early */
	uint64_t sl_next;   /* time of the next event */
	uint64_t sl_events; /* events not yet passed to the policy */
	uint64_t sl_end;    /* time at which the run ends */
	uint64_t sl_starts;
};

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
feed_sleeper(struct sleeper *sl, enum policy_input input, uint64_t events)
{
	switch (step_alone(&sl->sl_policy, input, events, sl->sl_now)) {
	case POLICY_START:
		sl->sl_starts++;
		sl->sl_end = sl->sl_now + sl->sl_takes;
		break;
	case POLICY_END:
		sl->sl_end = sl->sl_now;
		break;
	default:
		break;
	}
}

static void
step_end(struct sleeper *sl)
{
	if (sl->sl_end > sl->sl_now)
		return;
	sl->sl_end = NEVER;
	feed_sleeper(sl, POLICY_ENDED, 0);
}

static void
step_events(struct sleeper *sl)
{
	const uint64_t events = sl->sl_events;

	sl->sl_events = 0;
	if (events != 0)
		feed_sleeper(sl, POLICY_EVENTS, events);
}

/* The watcher's sequence: the end first, unless the policy waits for it. */
static void
wake(struct sleeper *sl)
{
	if (policy_wakes(&sl->sl_policy) & POLICY_WAKE_END) {
		step_events(sl);
		step_end(sl);
	} else {
		step_end(sl);
		step_events(sl);
	}
	feed_sleeper(sl, POLICY_TIME, 0);
}

/*
 * Simulates the watcher for `time` with an event every `gap`; each wake-up is
 * a millisecond late.  Returns the number of starts.
 */
static uint64_t
simulate(enum policy_kind policy, uint64_t interval, uint64_t takes,
    uint64_t gap, uint64_t time)
{
	struct sleeper sl = { .sl_takes = takes, .sl_end = NEVER };
	uint64_t when;
	bool due;

	policy_init(&sl.sl_policy, policy, interval, 0, 0);
	for (;;) {
		when = least(sl.sl_end, policy_deadline(&sl.sl_policy));
		when = least(when, sl.sl_next);
		if (when >= time)
			return sl.sl_starts;
		sl.sl_now = when < sl.sl_now ? sl.sl_now : when;
		for (; sl.sl_next <= sl.sl_now; sl.sl_next += gap)
			sl.sl_events++;
		sl.sl_now += MS;
		due = policy_deadline(&sl.sl_policy) <= sl.sl_now;
		if (policy_wakes(&sl.sl_policy) & POLICY_WAKE_EVENTS)
			due |= sl.sl_events != 0;
		if (policy_wakes(&sl.sl_policy) & POLICY_WAKE_END)
			due |= sl.sl_end <= sl.sl_now;
		if (due)
			wake(&sl);
		else if (sl.sl_end <= sl.sl_now)
			sl.sl_end = sl.sl_next; /* read with the next event */
	}
}

/*
 * An event each second for a minute, an interval of 2 s.  Only drop drops the
 * events in the interval, and then waits for the next one.
 */
static void
intervals(void **state)
{
	static const struct {
		uint64_t takes;
		uint64_t starts[POLICY_KINDS]; /* by kind */
	} wanted[] = {
		{ 1, { 30, 20, 30, 30, 30 } },
		{ 1500 * MS, { 30, 20, 30, 30, 30 } },
		{ 5000 * MS, { 12, 10, 12, 30, 10 } },
		{ 3600000 * MS, { 1, 1, 1, 30, 1 } },
	};
	uint64_t starts;
	size_t i;
	int p;

	(void)state;
	for (i = 0; i < LEN(wanted); i++)
		for (p = 0; p < POLICY_KINDS; p++) {
			starts = simulate((enum policy_kind)p, 2000 * MS,
			    wanted[i].takes, 1000 * MS, 59500 * MS);
			assert_int_equal(starts, wanted[i].starts[p]);
		}
}

int
main(void)
{
	static enum policy_kind policies[] = { POLICY_ONCE, POLICY_DROP,
		POLICY_QUEUE, POLICY_RESTART, POLICY_WHILE };
	const struct CMUnitTest tests[] = {
		{ "random_once", random_inputs, NULL, NULL, &policies[0] },
		{ "random_drop", random_inputs, NULL, NULL, &policies[1] },
		{ "random_queue", random_inputs, NULL, NULL, &policies[2] },
		{ "random_restart", random_inputs, NULL, NULL, &policies[3] },
		{ "random_while", random_inputs, NULL, NULL, &policies[4] },
		cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
