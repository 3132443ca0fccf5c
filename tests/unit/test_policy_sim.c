/*
 * A job in a world of chance: whatever comes, no event is lost, never two runs
 * at a time, no start too soon, and nobody who waits as told misses anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/policy.h"

#define MS    UINT64_C(1000000)
#define NEVER UINT64_MAX

#define SEED   UINT64_C(20240229)
#define INPUTS 2000

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* What is known from outside: the inputs and the orders. */
struct world {
	struct policy w_job;
	uint64_t w_now;
	bool w_running;
	bool w_ending;
	uint64_t w_started; /* when the run was ordered */
	uint64_t w_allowed; /* when the next start is */
	uint64_t w_backoff;
	uint64_t w_given;   /* events that came, and are not to be dropped */
	uint64_t w_run_for; /* events that runs stood for */
	uint64_t w_current; /* of these, the present run's */
	uint64_t w_orders;
};

static uint64_t seed;

/* The same numbers in every run: 0 to limit - 1. */
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
	const struct policy *j = &w->w_job;

	assert_false(w->w_running);
	assert_true(w->w_now >= w->w_allowed);
	assert_int_not_equal(j->po_running, 0);
	if (j->po_policy == POLICY_QUEUE)
		assert_int_equal(j->po_running, 1);
	else
		assert_int_equal(j->po_pending, 0);
	w->w_running = true;
	w->w_started = w->w_now;
	w->w_allowed = w->w_now + j->po_interval;
	w->w_current = j->po_running;
	w->w_run_for += w->w_current;
}

/* Only two reasons to end a run: it takes too long, or has to give way. */
static void
ending(struct world *w)
{
	const struct policy *j = &w->w_job;
	bool late, gives_way;

	assert_true(w->w_running);
	assert_false(w->w_ending);
	late = j->po_timeout != 0 && w->w_now >= w->w_started + j->po_timeout;
	gives_way = j->po_policy == POLICY_RESTART && j->po_pending != 0 &&
	    w->w_now >= w->w_allowed;
	assert_true(late || gives_way);
	w->w_ending = true;
}

/* Holds at any time. */
static void
check_state(const struct world *w)
{
	const struct policy *j = &w->w_job;

	assert_int_equal(w->w_run_for + j->po_pending, w->w_given);
	if (w->w_running) {
		assert_int_equal(
		    j->po_state, w->w_ending ? POLICY_ENDING : POLICY_RUNNING);
		assert_int_equal(j->po_running, w->w_current);
	} else {
		assert_in_set(j->po_state,
		    ((const LargestIntegralType[]){ POLICY_IDLE, POLICY_HELD }),
		    2);
		assert_int_equal(j->po_running, 0);
	}
	if (j->po_state == POLICY_IDLE)
		assert_int_equal(j->po_pending, 0);
}

/* Whoever has told the time may sleep now, and wake for these alone. */
static void
check_sleep(const struct world *w)
{
	const unsigned int hears = policy_hears(&w->w_job);
	const uint64_t until = policy_deadline(&w->w_job);
	struct policy copy;

	assert_true(until > w->w_now);
	assert_true(hears != 0 || until != NEVER);
	if ((hears & POLICY_HEARS_EVENTS) == 0) {
		copy = w->w_job;
		assert_int_equal(policy_step(&copy, POLICY_EVENTS, 1, w->w_now),
		    POLICY_NOTHING);
	}
	if ((hears & POLICY_HEARS_END) == 0) {
		copy = w->w_job;
		assert_int_equal(policy_step(&copy, POLICY_ENDED, 0, w->w_now),
		    POLICY_NOTHING);
	}
	copy = w->w_job;
	assert_int_equal(policy_step(&copy, POLICY_TIME, 0,
			     until == NEVER ? w->w_now : until - 1),
	    POLICY_NOTHING);
}

static void
feed(struct world *w, enum policy_input input)
{
	const struct policy before = w->w_job;
	const uint64_t events = draw(4);
	const enum policy_order order =
	    policy_step(&w->w_job, input, events, w->w_now);

	if (input == POLICY_EVENTS &&
	    (before.po_policy != POLICY_DROP || before.po_state == POLICY_IDLE))
		w->w_given += events;
	if (input == POLICY_ENDED && w->w_running)
		ended(w);
	if (input == POLICY_FAILED && w->w_running)
		failed(w);
	if (order == POLICY_START)
		started(w);
	if (order == POLICY_END)
		ending(w);
	if (order != POLICY_NOTHING)
		w->w_orders++;
	check_state(w);
	if (input == POLICY_TIME)
		check_sleep(w);
}

/* Time stands still, goes on, or comes to where it matters. */
static void
pass(struct world *w)
{
	const uint64_t until = policy_deadline(&w->w_job);
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

/* No more events: what waits gets its runs, and then all is still. */
static void
drain(struct world *w)
{
	/* Each round at least ends a run or lets one start. */
	uint64_t rounds = 2 * w->w_job.po_pending + 4;

	while (w->w_job.po_state != POLICY_IDLE) {
		assert_int_not_equal(rounds--, 0);
		if (w->w_running)
			feed(w, POLICY_ENDED);
		else
			w->w_now = policy_deadline(&w->w_job);
		feed(w, POLICY_TIME);
	}
	assert_int_equal(w->w_run_for, w->w_given);
}

static void
live(enum policy_kind policy, uint64_t interval, uint64_t timeout)
{
	struct world w = { .w_now = draw(1000 * MS) };
	int i;

	policy_init(&w.w_job, policy, interval, timeout);
	for (i = 0; i < INPUTS; i++) {
		pass(&w);
		feed(&w, (enum policy_input)draw(POLICY_INPUTS));
	}
	/* Else nothing was shown. */
	assert_true(w.w_orders > INPUTS / 100);
	drain(&w);
}

static void
any_life(void **state)
{
	static const uint64_t intervals[] = { 0, 1, 5 * MS, 100 * MS };
	static const uint64_t timeouts[] = { 0, 1, 20 * MS, 200 * MS };
	const enum policy_kind *policy = *state;
	size_t i, k;

	seed = SEED;
	for (i = 0; i < LEN(intervals); i++)
		for (k = 0; k < LEN(timeouts); k++)
			live(*policy, intervals[i], timeouts[k]);
}

/* A caller that sleeps as the job tells, and what goes on meanwhile. */
struct sleeper {
	struct policy sl_job;
	uint64_t sl_now;
	uint64_t sl_takes;  /* duration of a run that is left alone */
	uint64_t sl_next;   /* time of the next event */
	uint64_t sl_events; /* not yet told */
	uint64_t sl_end;    /* of the run */
	uint64_t sl_starts;
};

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
tell(struct sleeper *sl, enum policy_input input, uint64_t events)
{
	switch (policy_step(&sl->sl_job, input, events, sl->sl_now)) {
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
tell_end(struct sleeper *sl)
{
	if (sl->sl_end > sl->sl_now)
		return;
	sl->sl_end = NEVER;
	tell(sl, POLICY_ENDED, 0);
}

static void
tell_events(struct sleeper *sl)
{
	const uint64_t events = sl->sl_events;

	sl->sl_events = 0;
	if (events != 0)
		tell(sl, POLICY_EVENTS, events);
}

/* The watcher's order: the end first, unless it was waited for. */
static void
wake(struct sleeper *sl)
{
	if (policy_hears(&sl->sl_job) & POLICY_HEARS_END) {
		tell_events(sl);
		tell_end(sl);
	} else {
		tell_end(sl);
		tell_events(sl);
	}
	tell(sl, POLICY_TIME, 0);
}

/*
 * Sleeps until something happens, with an event every `gap`, for `time`.  After
 * the sleep the caller asks again whether it has something to do, a
 * millisecond late.  Returns how many runs were started.
 */
static uint64_t
sleep_as_told(enum policy_kind policy, uint64_t interval, uint64_t takes,
    uint64_t gap, uint64_t time)
{
	struct sleeper sl = { .sl_takes = takes, .sl_end = NEVER };
	uint64_t when;
	bool due;

	policy_init(&sl.sl_job, policy, interval, 0);
	for (;;) {
		when = least(sl.sl_end, policy_deadline(&sl.sl_job));
		when = least(when, sl.sl_next);
		if (when >= time)
			return sl.sl_starts;
		sl.sl_now = when < sl.sl_now ? sl.sl_now : when;
		for (; sl.sl_next <= sl.sl_now; sl.sl_next += gap)
			sl.sl_events++;
		sl.sl_now += MS;
		due = policy_deadline(&sl.sl_job) <= sl.sl_now;
		if (policy_hears(&sl.sl_job) & POLICY_HEARS_EVENTS)
			due |= sl.sl_events != 0;
		if (policy_hears(&sl.sl_job) & POLICY_HEARS_END)
			due |= sl.sl_end <= sl.sl_now;
		if (due)
			wake(&sl);
		else if (sl.sl_end <= sl.sl_now)
			sl.sl_end = sl.sl_next; /* heard with the next event */
	}
}

/*
 * An event each second for a minute, an interval of 2 s.  Events in the
 * interval are dropped by drop alone, which then waits for the next one.
 */
static void
intervals(void **state)
{
	static const struct {
		uint64_t takes;
		uint64_t starts[POLICY_KINDS]; /* once, drop, queue, restart */
	} wanted[] = {
		{ 1, { 30, 20, 30, 30 } },
		{ 1500 * MS, { 30, 20, 30, 30 } },
		{ 5000 * MS, { 12, 10, 12, 30 } },
		{ 3600000 * MS, { 1, 1, 1, 30 } },
	};
	uint64_t starts;
	size_t i;
	int p;

	(void)state;
	for (i = 0; i < LEN(wanted); i++)
		for (p = 0; p < POLICY_KINDS; p++) {
			starts = sleep_as_told((enum policy_kind)p, 2000 * MS,
			    wanted[i].takes, 1000 * MS, 59500 * MS);
			assert_int_equal(starts, wanted[i].starts[p]);
		}
}

int
main(void)
{
	static enum policy_kind policies[] = { POLICY_ONCE, POLICY_DROP,
		POLICY_QUEUE, POLICY_RESTART };
	const struct CMUnitTest tests[] = {
		{ "any_life_once", any_life, NULL, NULL, &policies[0] },
		{ "any_life_drop", any_life, NULL, NULL, &policies[1] },
		{ "any_life_queue", any_life, NULL, NULL, &policies[2] },
		{ "any_life_restart", any_life, NULL, NULL, &policies[3] },
		cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
