/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/policy.h"

/* Actions in the table below. */
enum action {
	N, /* nothing */
	B, /* begin: start a run for the events, now or when allowed */
	K, /* keep the events for later */
	A, /* again: keep the events, end the run for a new one */
	D, /* done: the run has ended */
	F, /* failed: keep the run's events, retry later */
	H, /* held: start a run for the waiting events when allowed */
	L  /* late: end the run after its timeout, or for a new one */
};

/* clang-format off */
static const enum action table[POLICY_KINDS][POLICY_STATES][POLICY_INPUTS] = {
	/*                  events ended failed time */
	[POLICY_ONCE] = {
		[POLICY_IDLE] =    { B, N, N, N },
		[POLICY_HELD] =    { K, N, N, H },
		[POLICY_RUNNING] = { K, D, F, L },
		[POLICY_ENDING] =  { K, D, F, N },
	},
	[POLICY_DROP] = {
		[POLICY_IDLE] =    { B, N, N, N },
		[POLICY_HELD] =    { N, N, N, H },
		[POLICY_RUNNING] = { N, D, F, L },
		[POLICY_ENDING] =  { N, D, F, N },
	},
	[POLICY_QUEUE] = {
		[POLICY_IDLE] =    { B, N, N, N },
		[POLICY_HELD] =    { K, N, N, H },
		[POLICY_RUNNING] = { K, D, F, L },
		[POLICY_ENDING] =  { K, D, F, N },
	},
	[POLICY_RESTART] = {
		[POLICY_IDLE] =    { B, N, N, N },
		[POLICY_HELD] =    { K, N, N, H },
		[POLICY_RUNNING] = { A, D, F, L },
		[POLICY_ENDING] =  { K, D, F, N },
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
    uint64_t timeout)
{
	memset(p, 0, sizeof(*p));
	p->po_policy = policy;
	p->po_interval = interval;
	p->po_timeout = timeout;
}

/* Called without a run: starts one for the waiting events, if allowed. */
static enum policy_order
begin(struct policy *p, uint64_t now)
{
	if (now < p->po_not_before) {
		p->po_state = POLICY_HELD;
		return POLICY_NOTHING;
	}
	if (p->po_pending == 0) {
		p->po_state = POLICY_IDLE;
		return POLICY_NOTHING;
	}
	p->po_running = p->po_policy == POLICY_QUEUE ? 1 : p->po_pending;
	p->po_pending -= p->po_running;
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

static enum policy_order
failed(struct policy *p, uint64_t now)
{
	p->po_pending += p->po_running;
	p->po_running = 0;
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

enum policy_order
policy_step(
    struct policy *p, enum policy_input input, uint64_t events, uint64_t now)
{
	if (input == POLICY_EVENTS && p->po_state == POLICY_RUNNING)
		p->po_met += events;
	switch (table[p->po_policy][p->po_state][input]) {
	case B:
		p->po_pending += events;
		return begin(p, now);
	case K:
		p->po_pending += events;
		return POLICY_NOTHING;
	case A:
		p->po_pending += events;
		return again(p, now);
	case D:
		p->po_running = 0;
		p->po_backoff = 0;
		return begin(p, now);
	case F:
		return failed(p, now);
	case H:
		return begin(p, now);
	case L:
		return late(p, now);
	default:
		return POLICY_NOTHING;
	}
}

uint64_t
policy_deadline(const struct policy *p)
{
	uint64_t when = UINT64_MAX;

	if (p->po_state == POLICY_HELD)
		return p->po_not_before;
	if (p->po_state != POLICY_RUNNING)
		return UINT64_MAX;
	if (p->po_timeout != 0)
		when = later(p->po_started, p->po_timeout);
	if (p->po_policy == POLICY_RESTART && !p->po_replaceable &&
	    p->po_not_before < when)
		when = p->po_not_before;
	return when;
}

unsigned int
policy_wakes(const struct policy *p)
{
	switch (p->po_state) {
	case POLICY_IDLE:
		return POLICY_WAKE_EVENTS;
	case POLICY_HELD:
		return 0;
	case POLICY_RUNNING:
		if (p->po_policy == POLICY_RESTART)
			return p->po_replaceable ? POLICY_WAKE_EVENTS :
						   POLICY_WAKE_END;
		if (p->po_pending == 0 && p->po_met == 0 && !p->po_crowded)
			return POLICY_WAKE_EVENTS;
		return POLICY_WAKE_END;
	default:
		return POLICY_WAKE_END;
	}
}
