/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/policy.h"

/* Actions in the table below. */
enum action {
	N, /* nothing */
	B, /* begin: keep the events for a run, now or when allowed */
	K, /* keep the events for later */
	A, /* again: keep the events, end the run for a new one */
	O, /* over: forget the events without a run, and the retry */
	C, /* close: the same, and end the run */
	G, /* give up: forget the retry only */
	D, /* done: the run has ended */
	X, /* broke: the run has ended, and is repeated later */
	F, /* failed: keep the run's events, try again later */
	H, /* held: wait for the turn when allowed */
	L, /* late: end the run after its timeout, or for a new one */
	S  /* start */
};

/* clang-format off */
static const enum action table[POLICY_KINDS][POLICY_STATES][POLICY_INPUTS] = {
	/*      events, over, ended, broke, failed, time, turn, newer */
	[POLICY_ONCE] = {
		[POLICY_IDLE] =    { B, N, N, N, N, N, N, N },
		[POLICY_HELD] =    { K, O, N, N, N, H, N, G },
		[POLICY_RETRY] =   { B, O, N, N, N, H, N, G },
		[POLICY_WAITING] = { K, O, N, N, N, N, S, G },
		[POLICY_RUNNING] = { K, O, D, X, F, L, N, N },
		[POLICY_ENDING] =  { K, O, D, X, F, N, N, N },
	},
	[POLICY_DROP] = {
		[POLICY_IDLE] =    { B, N, N, N, N, N, N, N },
		[POLICY_HELD] =    { N, O, N, N, N, H, N, G },
		[POLICY_RETRY] =   { B, O, N, N, N, H, N, G },
		[POLICY_WAITING] = { N, O, N, N, N, N, S, G },
		[POLICY_RUNNING] = { N, O, D, X, F, L, N, N },
		[POLICY_ENDING] =  { N, O, D, X, F, N, N, N },
	},
	[POLICY_QUEUE] = {
		[POLICY_IDLE] =    { B, N, N, N, N, N, N, N },
		[POLICY_HELD] =    { K, G, N, N, N, H, N, G },
		[POLICY_RETRY] =   { B, G, N, N, N, H, N, G },
		[POLICY_WAITING] = { K, G, N, N, N, N, S, G },
		[POLICY_RUNNING] = { K, G, D, X, F, L, N, N },
		[POLICY_ENDING] =  { K, G, D, X, F, N, N, N },
	},
	[POLICY_RESTART] = {
		[POLICY_IDLE] =    { B, N, N, N, N, N, N, N },
		[POLICY_HELD] =    { K, O, N, N, N, H, N, G },
		[POLICY_RETRY] =   { B, O, N, N, N, H, N, G },
		[POLICY_WAITING] = { K, O, N, N, N, N, S, G },
		[POLICY_RUNNING] = { A, O, D, X, F, L, N, N },
		[POLICY_ENDING] =  { K, O, D, X, F, N, N, N },
	},
	[POLICY_WHILE] = {
		[POLICY_IDLE] =    { B, N, N, N, N, N, N, N },
		[POLICY_HELD] =    { K, O, N, N, N, H, N, G },
		[POLICY_RETRY] =   { B, O, N, N, N, H, N, G },
		[POLICY_WAITING] = { K, O, N, N, N, N, S, G },
		[POLICY_RUNNING] = { N, C, D, X, F, L, N, N },
		[POLICY_ENDING] =  { K, O, D, X, F, N, N, N },
	},
};
/* clang-format on */

/* Returns now + wait, at most UINT64_MAX (never). */
static uint64_t
later(uint64_t now, uint64_t wait)
{
	return wait > UINT64_MAX - now ? UINT64_MAX : now + wait;
}

void
policy_init(struct policy *p, enum policy_kind policy, uint64_t interval,
    uint64_t timeout, uint64_t retry)
{
	memset(p, 0, sizeof(*p));
	p->po_policy = policy;
	p->po_interval = interval;
	p->po_timeout = timeout;
	p->po_retry = retry;
}

bool
policy_runs(const struct policy *p)
{
	return p->po_state == POLICY_RUNNING || p->po_state == POLICY_ENDING;
}

/* Adds new events to the pending ones; they take the place of a retry. */
static void
keep(struct policy *p, uint64_t events, uint64_t at)
{
	if (events == 0)
		return;
	if (p->po_pending == 0)
		p->po_first = at;
	if (at > p->po_last)
		p->po_last = at;
	p->po_pending += events;
	p->po_broken = 0;
}

/* Called without a run: waits for what a new run needs. */
static enum policy_order
begin(struct policy *p, uint64_t now)
{
	if (now < p->po_not_before)
		p->po_state = POLICY_HELD;
	else if (p->po_pending == 0 && p->po_broken == 0)
		p->po_state = POLICY_IDLE;
	else if (p->po_pending == 0 && now < p->po_retry_at)
		p->po_state = POLICY_RETRY;
	else
		p->po_state = POLICY_WAITING;
	return POLICY_NOTHING;
}

static enum policy_order
start(struct policy *p, uint64_t now)
{
	p->po_repeats = p->po_pending == 0;
	if (p->po_repeats)
		p->po_running = p->po_broken;
	else
		p->po_running =
		    p->po_policy == POLICY_QUEUE ? 1 : p->po_pending;
	p->po_pending -= p->po_repeats ? 0 : p->po_running;
	p->po_broken = 0;
	p->po_ran = p->po_first;
	p->po_first = p->po_last;
	p->po_final = false;
	p->po_crowded = p->po_met > 1;
	p->po_met = 0;
	p->po_started = now;
	p->po_not_before = later(now, p->po_interval);
	p->po_replaceable = now >= p->po_not_before;
	p->po_state = POLICY_RUNNING;
	return POLICY_START;
}

static enum policy_order
end(struct policy *p)
{
	p->po_state = POLICY_ENDING;
	return POLICY_END;
}

/* Restart: ends the run if a new one is allowed and events wait. */
static enum policy_order
again(struct policy *p, uint64_t now)
{
	p->po_replaceable = now >= p->po_not_before;
	return p->po_replaceable && p->po_pending != 0 ? end(p) :
							 POLICY_NOTHING;
}

/* Forgets the retry, also that of the current run. */
static enum policy_order
give_up(struct policy *p, uint64_t now)
{
	p->po_broken = 0;
	p->po_final = true;
	return policy_runs(p) ? POLICY_NOTHING : begin(p, now);
}

static enum policy_order
over(struct policy *p, uint64_t now)
{
	p->po_pending = 0;
	return give_up(p, now);
}

static enum policy_order
done(struct policy *p, uint64_t now)
{
	p->po_running = 0;
	p->po_backoff = 0;
	return begin(p, now);
}

static enum policy_order
broke(struct policy *p, uint64_t now)
{
	if (p->po_retry != 0 && p->po_pending == 0 && !p->po_final) {
		p->po_broken = p->po_running;
		p->po_retry_at = later(now, p->po_retry);
	}
	return done(p, now);
}

/* Keeps the events of a run that did not start, unless they are over. */
static void
keep_failed(struct policy *p)
{
	if (p->po_repeats) {
		if (p->po_pending == 0 && !p->po_final)
			p->po_broken = p->po_running;
	} else if (!p->po_final || p->po_policy == POLICY_QUEUE) {
		p->po_pending += p->po_running;
		p->po_first = p->po_ran;
	}
	p->po_running = 0;
}

static enum policy_order
failed(struct policy *p, uint64_t now)
{
	keep_failed(p);
	p->po_backoff =
	    p->po_backoff == 0 ? POLICY_BACKOFF_MIN : p->po_backoff * 2;
	if (p->po_backoff > POLICY_BACKOFF_MAX)
		p->po_backoff = POLICY_BACKOFF_MAX;
	p->po_not_before = later(now, p->po_backoff);
	return begin(p, now);
}

static enum policy_order
late(struct policy *p, uint64_t now)
{
	if (p->po_timeout != 0 && now >= later(p->po_started, p->po_timeout))
		return end(p);
	if (p->po_policy == POLICY_RESTART)
		return again(p, now);
	return POLICY_NOTHING;
}

/* Carries out the actions that keep no events. */
static enum policy_order
act(struct policy *p, enum action action, uint64_t now)
{
	switch (action) {
	case O:
		return over(p, now);
	case C:
		over(p, now);
		return end(p);
	case G:
		return give_up(p, now);
	case D:
		return done(p, now);
	case X:
		return broke(p, now);
	case F:
		return failed(p, now);
	case H:
		return begin(p, now);
	case L:
		return late(p, now);
	case S:
		return start(p, now);
	default:
		return POLICY_NOTHING;
	}
}

enum policy_order
policy_step(struct policy *p, enum policy_input input, uint64_t events,
    uint64_t at, uint64_t now)
{
	const enum action action = table[p->po_policy][p->po_state][input];

	if (input == POLICY_EVENTS && p->po_state == POLICY_RUNNING)
		p->po_met += events;
	if (action == B || action == K || action == A)
		keep(p, events, at);
	if (action == B)
		return begin(p, now);
	if (action == A)
		return again(p, now);
	return act(p, action, now);
}

void
policy_give_up(struct policy *p, uint64_t now)
{
	p->po_retry = 0;
	(void)policy_step(p, POLICY_NEWER, 0, 0, now);
}

bool
policy_queues(const struct policy *p)
{
	return p->po_state == POLICY_WAITING ||
	    (p->po_state == POLICY_HELD && p->po_backoff != 0 &&
		p->po_backoff < POLICY_BACKOFF_MAX &&
		p->po_pending + p->po_broken != 0);
}

uint64_t
policy_at(const struct policy *p)
{
	return p->po_policy == POLICY_QUEUE ? p->po_first : p->po_last;
}

uint64_t
policy_deadline(const struct policy *p)
{
	uint64_t when = UINT64_MAX;

	if (p->po_state == POLICY_HELD)
		return p->po_not_before;
	if (p->po_state == POLICY_RETRY)
		return p->po_retry_at;
	if (p->po_state != POLICY_RUNNING)
		return UINT64_MAX;
	if (p->po_timeout != 0)
		when = later(p->po_started, p->po_timeout);
	if (p->po_policy == POLICY_RESTART && !p->po_replaceable &&
	    p->po_not_before < when)
		when = p->po_not_before;
	return when;
}

/* Returns the inputs that require a wake-up during a run, without retry. */
static unsigned int
running_wakes(const struct policy *p)
{
	if (p->po_policy == POLICY_RESTART)
		return p->po_replaceable ? POLICY_WAKE_EVENTS : POLICY_WAKE_END;
	if (p->po_policy != POLICY_WHILE && p->po_pending == 0 &&
	    p->po_met == 0 && !p->po_crowded)
		return POLICY_WAKE_EVENTS;
	return POLICY_WAKE_END;
}

unsigned int
policy_wakes(const struct policy *p)
{
	switch (p->po_state) {
	case POLICY_IDLE:
	case POLICY_RETRY:
		return POLICY_WAKE_EVENTS;
	case POLICY_HELD:
		return 0;
	case POLICY_RUNNING:
		/* The time of a retry begins with the end of the run. */
		return running_wakes(p) |
		    (p->po_retry != 0 && !p->po_final ? POLICY_WAKE_END : 0);
	default:
		return POLICY_WAKE_END;
	}
}
