#include <string.h>

#include "engine/policy.h"

/* Actions of the table below, by the first letter of each. */
enum action {
	N, /* nothing */
	B, /* begin: start a run for these events, now or when it is allowed */
	K, /* keep the events for later */
	A, /* again: keep the events, and end the run for a new one */
	D, /* done: the run is over */
	F, /* failed: keep the run's events, and try again later */
	H, /* held: start what waits, if the time has come */
	L  /* late: end a run after its timeout or for a new one */
};

/* clang-format off */
static const enum action table[JOB_POLICIES][JOB_STATES][JOB_INPUTS] = {
	/*                  events ended failed time */
	[JOB_ONCE] = {
		[JOB_IDLE] =    { B, N, N, N },
		[JOB_HELD] =    { K, N, N, H },
		[JOB_RUNNING] = { K, D, F, L },
		[JOB_ENDING] =  { K, D, F, N },
	},
	[JOB_DROP] = {
		[JOB_IDLE] =    { B, N, N, N },
		[JOB_HELD] =    { N, N, N, H },
		[JOB_RUNNING] = { N, D, F, L },
		[JOB_ENDING] =  { N, D, F, N },
	},
	[JOB_QUEUE] = {
		[JOB_IDLE] =    { B, N, N, N },
		[JOB_HELD] =    { K, N, N, H },
		[JOB_RUNNING] = { K, D, F, L },
		[JOB_ENDING] =  { K, D, F, N },
	},
	[JOB_RESTART] = {
		[JOB_IDLE] =    { B, N, N, N },
		[JOB_HELD] =    { K, N, N, H },
		[JOB_RUNNING] = { A, D, F, L },
		[JOB_ENDING] =  { K, D, F, N },
	},
};
/* clang-format on */

/* Adds two times; UINT64_MAX, which is never, when the sum is larger. */
static uint64_t
later(uint64_t now, uint64_t wait)
{
	return wait > UINT64_MAX - now ? UINT64_MAX : now + wait;
}

void
job_init(
    struct job *j, enum job_policy policy, uint64_t interval, uint64_t timeout)
{
	memset(j, 0, sizeof(*j));
	j->j_policy = policy;
	j->j_interval = interval;
	j->j_timeout = timeout;
}

/* Called when nothing runs: starts a run for the events that wait. */
static enum job_order
begin(struct job *j, uint64_t now)
{
	if (now < j->j_not_before) {
		j->j_state = JOB_HELD;
		return JOB_NOTHING;
	}
	if (j->j_pending == 0) {
		j->j_state = JOB_IDLE;
		return JOB_NOTHING;
	}
	j->j_running = j->j_policy == JOB_QUEUE ? 1 : j->j_pending;
	j->j_pending -= j->j_running;
	j->j_crowded = j->j_met > 1;
	j->j_met = 0;
	j->j_started = now;
	j->j_not_before = later(now, j->j_interval);
	j->j_replaceable = now >= j->j_not_before;
	j->j_state = JOB_RUNNING;
	return JOB_START;
}

static enum job_order
end(struct job *j)
{
	j->j_state = JOB_ENDING;
	return JOB_END;
}

/* Restart: ends the run, once a new one is allowed and events wait for it. */
static enum job_order
again(struct job *j, uint64_t now)
{
	j->j_replaceable = now >= j->j_not_before;
	return j->j_replaceable && j->j_pending != 0 ? end(j) : JOB_NOTHING;
}

static enum job_order
failed(struct job *j, uint64_t now)
{
	j->j_pending += j->j_running;
	j->j_running = 0;
	j->j_backoff = j->j_backoff == 0 ? JOB_BACKOFF_MIN : j->j_backoff * 2;
	if (j->j_backoff > JOB_BACKOFF_MAX)
		j->j_backoff = JOB_BACKOFF_MAX;
	j->j_not_before = later(now, j->j_backoff);
	return begin(j, now);
}

static enum job_order
late(struct job *j, uint64_t now)
{
	if (j->j_timeout != 0 && now >= later(j->j_started, j->j_timeout))
		return end(j);
	if (j->j_policy == JOB_RESTART)
		return again(j, now);
	return JOB_NOTHING;
}

enum job_order
job_step(struct job *j, enum job_input input, uint64_t events, uint64_t now)
{
	if (input == JOB_EVENTS && j->j_state == JOB_RUNNING)
		j->j_met += events;
	switch (table[j->j_policy][j->j_state][input]) {
	case B:
		j->j_pending += events;
		return begin(j, now);
	case K:
		j->j_pending += events;
		return JOB_NOTHING;
	case A:
		j->j_pending += events;
		return again(j, now);
	case D:
		j->j_running = 0;
		j->j_backoff = 0;
		return begin(j, now);
	case F:
		return failed(j, now);
	case H:
		return begin(j, now);
	case L:
		return late(j, now);
	default:
		return JOB_NOTHING;
	}
}

uint64_t
job_deadline(const struct job *j)
{
	uint64_t when = UINT64_MAX;

	if (j->j_state == JOB_HELD)
		return j->j_not_before;
	if (j->j_state != JOB_RUNNING)
		return UINT64_MAX;
	if (j->j_timeout != 0)
		when = later(j->j_started, j->j_timeout);
	if (j->j_policy == JOB_RESTART && !j->j_replaceable &&
	    j->j_not_before < when)
		when = j->j_not_before;
	return when;
}

unsigned int
job_hears(const struct job *j)
{
	switch (j->j_state) {
	case JOB_IDLE:
		return JOB_HEARS_EVENTS;
	case JOB_HELD:
		return 0;
	case JOB_RUNNING:
		if (j->j_policy == JOB_RESTART)
			return j->j_replaceable ? JOB_HEARS_EVENTS :
						  JOB_HEARS_END;
		if (j->j_pending == 0 && j->j_met == 0 && !j->j_crowded)
			return JOB_HEARS_EVENTS;
		return JOB_HEARS_END;
	default:
		return JOB_HEARS_END;
	}
}
