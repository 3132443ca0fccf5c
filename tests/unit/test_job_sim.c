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

#include "job.h"

#define MS    UINT64_C(1000000)
#define NEVER UINT64_MAX

#define SEED   UINT64_C(20240229)
#define INPUTS 2000

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* What is known from outside: the inputs and the orders. */
struct world {
	struct job w_job;
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
	const struct job *j = &w->w_job;

	assert_false(w->w_running);
	assert_true(w->w_now >= w->w_allowed);
	assert_int_not_equal(j->j_running, 0);
	if (j->j_policy == JOB_QUEUE)
		assert_int_equal(j->j_running, 1);
	else
		assert_int_equal(j->j_pending, 0);
	w->w_running = true;
	w->w_started = w->w_now;
	w->w_allowed = w->w_now + j->j_interval;
	w->w_current = j->j_running;
	w->w_run_for += w->w_current;
}

/* Only two reasons to end a run: it takes too long, or has to give way. */
static void
ending(struct world *w)
{
	const struct job *j = &w->w_job;
	bool late, gives_way;

	assert_true(w->w_running);
	assert_false(w->w_ending);
	late = j->j_timeout != 0 && w->w_now >= w->w_started + j->j_timeout;
	gives_way = j->j_policy == JOB_RESTART && j->j_pending != 0 &&
	    w->w_now >= w->w_allowed;
	assert_true(late || gives_way);
	w->w_ending = true;
}

/* Holds at any time. */
static void
check_state(const struct world *w)
{
	const struct job *j = &w->w_job;

	assert_int_equal(w->w_run_for + j->j_pending, w->w_given);
	if (w->w_running) {
		assert_int_equal(
		    j->j_state, w->w_ending ? JOB_ENDING : JOB_RUNNING);
		assert_int_equal(j->j_running, w->w_current);
	} else {
		assert_in_set(j->j_state,
		    ((const LargestIntegralType[]){ JOB_IDLE, JOB_HELD }), 2);
		assert_int_equal(j->j_running, 0);
	}
	if (j->j_state == JOB_IDLE)
		assert_int_equal(j->j_pending, 0);
}

/* Whoever has told the time may sleep now, and wake for these alone. */
static void
check_sleep(const struct world *w)
{
	const unsigned int hears = job_hears(&w->w_job, w->w_now);
	const uint64_t until = job_deadline(&w->w_job, w->w_now);
	struct job copy;

	assert_true(until > w->w_now);
	assert_true(hears != 0 || until != NEVER);
	if ((hears & JOB_HEARS_EVENTS) == 0) {
		copy = w->w_job;
		assert_int_equal(
		    job_step(&copy, JOB_EVENTS, 1, w->w_now), JOB_NOTHING);
	}
	if ((hears & JOB_HEARS_END) == 0) {
		copy = w->w_job;
		assert_int_equal(
		    job_step(&copy, JOB_ENDED, 0, w->w_now), JOB_NOTHING);
	}
	copy = w->w_job;
	assert_int_equal(
	    job_step(&copy, JOB_TIME, 0, until == NEVER ? w->w_now : until - 1),
	    JOB_NOTHING);
}

static void
feed(struct world *w, enum job_input input)
{
	const struct job before = w->w_job;
	const uint64_t events = draw(4);
	const enum job_order order =
	    job_step(&w->w_job, input, events, w->w_now);

	if (input == JOB_EVENTS &&
	    (before.j_policy != JOB_DROP || before.j_state == JOB_IDLE))
		w->w_given += events;
	if (input == JOB_ENDED && w->w_running)
		ended(w);
	if (input == JOB_FAILED && w->w_running)
		failed(w);
	if (order == JOB_START)
		started(w);
	if (order == JOB_END)
		ending(w);
	if (order != JOB_NOTHING)
		w->w_orders++;
	check_state(w);
	if (input == JOB_TIME)
		check_sleep(w);
}

/* Time stands still, goes on, or comes to where it matters. */
static void
pass(struct world *w)
{
	const uint64_t until = job_deadline(&w->w_job, w->w_now);
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
	uint64_t rounds = 2 * w->w_job.j_pending + 4;

	while (w->w_job.j_state != JOB_IDLE) {
		assert_int_not_equal(rounds--, 0);
		if (w->w_running)
			feed(w, JOB_ENDED);
		else
			w->w_now = job_deadline(&w->w_job, w->w_now);
		feed(w, JOB_TIME);
	}
	assert_int_equal(w->w_run_for, w->w_given);
}

static void
live(enum job_policy policy, uint64_t interval, uint64_t timeout)
{
	struct world w = { .w_now = draw(1000 * MS) };
	int i;

	job_init(&w.w_job, policy, interval, timeout);
	for (i = 0; i < INPUTS; i++) {
		pass(&w);
		feed(&w, (enum job_input)draw(JOB_INPUTS));
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
	const enum job_policy *policy = *state;
	size_t i, k;

	seed = SEED;
	for (i = 0; i < LEN(intervals); i++)
		for (k = 0; k < LEN(timeouts); k++)
			live(*policy, intervals[i], timeouts[k]);
}

int
main(void)
{
	static enum job_policy policies[] = { JOB_ONCE, JOB_DROP, JOB_QUEUE,
		JOB_RESTART };
	const struct CMUnitTest tests[] = {
		{ "any_life_once", any_life, NULL, NULL, &policies[0] },
		{ "any_life_drop", any_life, NULL, NULL, &policies[1] },
		{ "any_life_queue", any_life, NULL, NULL, &policies[2] },
		{ "any_life_restart", any_life, NULL, NULL, &policies[3] },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
