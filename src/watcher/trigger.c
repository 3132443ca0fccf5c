/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stddef.h>
#include <string.h>

#include "conf/conf.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "watcher/trigger.h"

_Static_assert(
    sizeof(struct key) == ORDER_KEY_SIZE, "an order has room for a key");

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
	t->t_keyed = ct->ct_by.ks_n > 0;
	t->t_slot = TRIGGER_NO_SLOT;
	/* calm: the trigger in front starts, too, and has no event yet. */
	condition_init(&t->t_condition, ct->ct_kind, ct->ct_count, ct->ct_time,
	    ct->ct_kind == CONDITION_CALM ? 0 : amount(t, count), now);
	policy_init(&t->t_node.sn_policy,
	    ct->ct_kind == CONDITION_WHILE ? POLICY_WHILE : ct->ct_policy,
	    ct->ct_interval, ct->ct_timeout, ct->ct_retry);
}

const struct trigger *
trigger_follow(struct trigger *t, const struct trigger *front)
{
	if (t->t_condition.cn_kind != CONDITION_CALM)
		return t;
	t->t_front = front;
	return front;
}

/* Returns true if an order to end the run results, in *o. */
static bool
input(struct trigger *t, struct sequence *sq, enum policy_input what,
    uint64_t events, uint64_t now, struct order *o)
{
	if (sequence_input(sq, &t->t_node, what, events, t->t_last, now) !=
	    POLICY_END)
		return false;
	trigger_end(t, 0, o);
	return true;
}

/* Fills in the sample of the trigger's condition. */
static void
read_sample(const struct trigger *t, const struct source_count *count,
    struct condition_sample *sm)
{
	memset(sm, 0, sizeof(*sm));
	sm->sm_silences = UINT64_MAX;
	if (t->t_front != NULL) {
		sm->sm_seen = t->t_front->t_events;
		sm->sm_last = t->t_front->t_last;
		return;
	}
	sm->sm_seen = amount(t, count);
	sm->sm_last = count->sc_last;
	sm->sm_woke = count->sc_woke;
	if (t->t_slot < SOURCE_SILENCES)
		sm->sm_silences = count->sc_silences[t->t_slot];
}

/*
 * Returns true for the packets of `while` that start no command: it runs, or is
 * about to start.
 */
static bool
is_started(const struct trigger *t)
{
	const struct policy *p = &t->t_node.sn_policy;

	return t->t_condition.cn_kind == CONDITION_WHILE &&
	    (p->po_state == POLICY_RUNNING || p->po_pending != 0);
}

bool
trigger_count(struct trigger *t, struct sequence *sq,
    const struct source_count *count, uint64_t now, struct order *o)
{
	struct condition_sample sm;
	uint64_t events;

	read_sample(t, count, &sm);
	events = condition_take(&t->t_condition, &sm, now);
	if (is_started(t))
		events = 0;
	/*
	 * Events found by this look are not dropped, even if their state is
	 * over: each silence is an event.
	 */
	if (events == 0)
		return condition_over(&t->t_condition) &&
		    input(t, sq, POLICY_OVER, 0, now, o);
	t->t_events += events;
	t->t_last = condition_when(&t->t_condition);
	return input(t, sq, POLICY_EVENTS, events, now, o);
}

bool
trigger_step(struct trigger *t, struct sequence *sq, enum policy_input what,
    uint64_t now, struct order *o)
{
	return input(t, sq, what, 0, now, o);
}

enum policy_input
trigger_outcome(uint32_t report)
{
	switch (report) {
	case ORDER_ENDED:
		return POLICY_ENDED;
	case ORDER_FAILED:
		return POLICY_FAILED;
	default:
		return POLICY_BROKE;
	}
}

void
trigger_report(
    struct trigger *t, struct sequence *sq, uint32_t report, uint64_t now)
{
	(void)sequence_input(
	    sq, &t->t_node, trigger_outcome(report), 0, 0, now);
}

struct trigger *
trigger_of(struct sequence_node *node)
{
	return (
	    struct trigger *)((char *)node - offsetof(struct trigger, t_node));
}

void
trigger_took(struct trigger *t, const struct key_event *ev, uint64_t now)
{
	t->t_events += ev->kv_events;
	t->t_last = ev->kv_events == 1 ? ev->kv_at : now;
}

void
trigger_calm(struct trigger *t, const struct lanes_calm *lc)
{
	t->t_events = lc->lc_events;
	t->t_last = lc->lc_last;
}

/* Makes the order to start a run of the policy. */
static void
start(const struct trigger *t, const struct policy *p,
    const struct source_count *count, struct order *o)
{
	memset(o, 0, sizeof(*o));
	o->o_type = ORDER_START;
	o->o_trigger = t->t_number;
	o->o_start.os_events = p->po_running;
	o->o_start.os_count = condition_sum(&t->t_condition, p->po_running);
	o->o_start.os_total = count->sc_packets;
	o->o_start.os_bytes = count->sc_bytes;
	o->o_start.os_repeats = p->po_repeats ? 1 : 0;
}

void
trigger_start(
    const struct trigger *t, const struct source_count *count, struct order *o)
{
	start(t, &t->t_node.sn_policy, count, o);
}

void
trigger_start_key(
    const struct trigger *t, const struct lanes_start *ld, struct order *o)
{
	const struct source_count count = { .sc_packets = ld->ld_packets,
		.sc_bytes = ld->ld_bytes };

	start(t, &ld->ld_node->sn_policy, &count, o);
	o->o_run = ld->ld_run.lr_run;
	memcpy(o->o_start.os_key, ld->ld_key, sizeof(o->o_start.os_key));
}

void
trigger_end(const struct trigger *t, uint32_t run, struct order *o)
{
	memset(o, 0, sizeof(*o));
	o->o_type = ORDER_END;
	o->o_trigger = t->t_number;
	o->o_run = run;
}

bool
trigger_runs(const struct trigger *t)
{
	return policy_runs(&t->t_node.sn_policy);
}

bool
trigger_waits(const struct trigger *t)
{
	return (policy_wakes(&t->t_node.sn_policy) & POLICY_WAKE_END) != 0;
}

uint64_t
trigger_waiting(const struct trigger *t)
{
	const struct policy *p = &t->t_node.sn_policy;

	return p->po_pending + p->po_broken;
}

void
trigger_stats(
    const struct trigger *t, const struct source_count *count, struct order *o)
{
	memset(o, 0, sizeof(*o));
	o->o_type = ORDER_STATS;
	o->o_trigger = t->t_number;
	o->o_stats.ot_events = t->t_events;
	o->o_stats.ot_waiting = trigger_waiting(t);
	o->o_stats.ot_packets = count->sc_packets;
	o->o_stats.ot_bytes = count->sc_bytes;
}

/*
 * Returns true if the trigger needs a wake-up by packets.  While the policy
 * ignores events, events of `every` and `while` can be counted later; events of
 * other conditions depend on the time of counting.
 */
static bool
needs_packets(const struct trigger *t)
{
	const enum condition_kind kind = t->t_condition.cn_kind;

	return (kind != CONDITION_EVERY && kind != CONDITION_WHILE) ||
	    (policy_wakes(&t->t_node.sn_policy) & POLICY_WAKE_EVENTS) != 0;
}

void
trigger_want(const struct trigger *t, struct source_count *wanted)
{
	uint64_t *lowest = t->t_bytes ? &wanted->sc_bytes : &wanted->sc_packets;
	uint64_t next;

	if (t->t_keyed || t->t_front != NULL || !needs_packets(t))
		return;
	next = condition_next(&t->t_condition);
	if (next < *lowest)
		*lowest = next;
}

uint64_t
trigger_deadline(const struct trigger *t)
{
	uint64_t policy = policy_deadline(&t->t_node.sn_policy);
	uint64_t condition =
	    t->t_keyed ? UINT64_MAX : condition_deadline(&t->t_condition);

	return policy < condition ? policy : condition;
}
