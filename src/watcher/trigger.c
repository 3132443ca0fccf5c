/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "conf/conf.h"
#include "watcher/trigger.h"

static uint64_t
amount(const struct trigger *t, const struct source_count *count)
{
	return t->t_bytes ? count->sc_bytes : count->sc_packets;
}

void
trigger_init(struct trigger *t, uint32_t number, const struct conf_trigger *ct,
    const struct source_count *count, uint64_t now)
{
	memset(t, 0, sizeof(*t));
	t->t_number = number;
	t->t_bytes = ct->ct_bytes;
	t->t_slot = TRIGGER_NO_SLOT;
	condition_init(&t->t_condition, ct->ct_kind, ct->ct_count, ct->ct_time,
	    amount(t, count), now);
	policy_init(&t->t_policy, ct->ct_policy, ct->ct_interval,
	    ct->ct_timeout, ct->ct_retry);
}

/*
 * Feeds the policy, and gives it the turn.  Returns true if an order results,
 * in *o.
 */
static bool
step(struct trigger *t, enum policy_input input, uint64_t events,
    const struct source_count *count, uint64_t now, struct order *o)
{
	enum policy_order wanted;

	wanted = policy_step(&t->t_policy, input, events, now, now);
	if (t->t_policy.po_state == POLICY_WAITING)
		wanted = policy_step(&t->t_policy, POLICY_TURN, 0, 0, now);
	if (wanted == POLICY_NOTHING)
		return false;
	memset(o, 0, sizeof(*o));
	o->o_type = wanted == POLICY_START ? ORDER_START : ORDER_END;
	o->o_trigger = t->t_number;
	if (wanted == POLICY_END)
		return true;
	o->o_start.os_events = t->t_policy.po_running;
	o->o_start.os_count =
	    condition_sum(&t->t_condition, t->t_policy.po_running);
	o->o_start.os_total = count->sc_packets;
	o->o_start.os_bytes = count->sc_bytes;
	o->o_start.os_repeats = t->t_policy.po_repeats ? 1 : 0;
	return true;
}

bool
trigger_count(struct trigger *t, const struct source_count *count, uint64_t now,
    struct order *o)
{
	struct condition_sample sm = { .sm_seen = amount(t, count),
		.sm_last = count->sc_last,
		.sm_silences = UINT64_MAX,
		.sm_woke = count->sc_woke };
	uint64_t events;

	if (t->t_slot < SOURCE_SILENCES)
		sm.sm_silences = count->sc_silences[t->t_slot];
	events = condition_take(&t->t_condition, &sm, now);
	if (events == 0)
		return false;
	t->t_events += events;
	t->t_last = now;
	return step(t, POLICY_EVENTS, events, count, now, o);
}

bool
trigger_step(struct trigger *t, enum policy_input input,
    const struct source_count *count, uint64_t now, struct order *o)
{
	return step(t, input, 0, count, now, o);
}

bool
trigger_runs(const struct trigger *t)
{
	return policy_runs(&t->t_policy);
}

/*
 * Returns true if the trigger needs a wake-up by packets.  While the policy
 * ignores events, events of `every` can be counted later; events of other
 * conditions depend on the time of counting.
 */
static bool
needs_packets(const struct trigger *t)
{
	return t->t_condition.cn_kind != CONDITION_EVERY ||
	    (policy_wakes(&t->t_policy) & POLICY_WAKE_EVENTS) != 0;
}

void
trigger_want(const struct trigger *t, struct source_count *wanted)
{
	uint64_t *lowest = t->t_bytes ? &wanted->sc_bytes : &wanted->sc_packets;
	uint64_t next;

	if (!needs_packets(t))
		return;
	next = condition_next(&t->t_condition);
	if (next < *lowest)
		*lowest = next;
}

uint64_t
trigger_deadline(const struct trigger *t)
{
	uint64_t policy = policy_deadline(&t->t_policy);
	uint64_t condition = condition_deadline(&t->t_condition);

	return policy < condition ? policy : condition;
}
