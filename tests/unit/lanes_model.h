/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A model of the lanes of a rule: all keys have a sequence of each by, and each
 * look goes through all of them.
 */
#ifndef LANES_MODEL_H
#define LANES_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_table.h"
#include "engine/lanes.h"

#define KEYS	 6
#define KINDS	 2
#define TRIGGERS 5
#define NEVER	 UINT64_MAX

/* A lane of the model. */
struct line {
	size_t li_kind;
	struct sequence li_sequence;
	struct sequence_node li_nodes[TRIGGERS];
	size_t li_n;
	uint32_t li_run;	    /* number of the run in progress */
	uint64_t li_at;		    /* time of the newest event */
	uint64_t li_calm[TRIGGERS]; /* time of a calm, by trigger */
};

struct world {
	struct lanes *w_lanes;
	struct lanes_trigger w_triggers[TRIGGERS];
	size_t w_kind[TRIGGERS];  /* KINDS: no key */
	size_t w_front[TRIGGERS]; /* calm: trigger in front, else itself */
	struct lanes_calm w_calms[TRIGGERS];
	size_t w_n;
	uint64_t w_most; /* lanes */
	struct line w_lines[KINDS * KEYS];
	struct sequence w_own; /* triggers without a key */
	struct sequence_node w_own_nodes[TRIGGERS];
	struct sequence w_twin; /* their copy for the lanes */
	struct sequence_node w_twin_nodes[TRIGGERS];
	uint32_t w_running[TRIGGERS];
	uint64_t w_now;
	uint64_t w_looked; /* time of the look before */
	bool w_tries;	   /* starts fail, too */
};

static struct line *
line_of(struct world *w, size_t trigger, size_t key)
{
	return &w->w_lines[w->w_kind[trigger] * KEYS + key];
}

static struct sequence_node *
node_of(struct line *li, size_t trigger)
{
	struct sequence_node *sn = li->li_nodes;

	while (sn->sn_index != trigger)
		sn++;
	return sn;
}

static struct key
key_of(size_t i)
{
	return (struct key){ { 4, 0, 0, 0, (uint8_t)i } };
}

/* Returns true if nothing but an interval is pending. */
static bool
is_resting(const struct policy *p)
{
	return p->po_state == POLICY_HELD && p->po_pending + p->po_broken == 0;
}

/* Returns the time of the first calm of a line. */
static uint64_t
line_calm(const struct line *li)
{
	uint64_t first = NEVER;
	size_t i;

	for (i = 0; i < TRIGGERS; i++)
		first = li->li_calm[i] < first ? li->li_calm[i] : first;
	return first;
}

/*
 * Returns true if more than a calm keeps the line in memory; *busy: more than
 * an interval, too.
 */
static bool
is_kept(const struct line *li, bool *busy)
{
	const struct policy *p;
	bool kept = false;
	size_t i;

	*busy = false;
	for (i = 0; i < li->li_n; i++) {
		p = &li->li_nodes[i].sn_policy;
		kept |= p->po_state != POLICY_IDLE;
		*busy |= p->po_state != POLICY_IDLE && !is_resting(p);
	}
	return kept;
}

/* Starts the sequence of a line anew. */
static void
begin_line(const struct world *w, struct line *li)
{
	struct sequence_node *sn;
	size_t i;

	sequence_init(&li->li_sequence);
	li->li_n = 0;
	for (i = 0; i < TRIGGERS; i++)
		li->li_calm[i] = NEVER;
	for (i = 0; i < w->w_n; i++) {
		if (w->w_kind[i] != li->li_kind)
			continue;
		sn = &li->li_nodes[li->li_n++];
		sn->sn_policy = w->w_triggers[i].lt_policy;
		sn->sn_index = i;
		sequence_add(&li->li_sequence, sn);
	}
}

/* Forgets the past of lines that nothing keeps. */
static void
forget(struct world *w)
{
	struct line *li;
	bool busy;

	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++)
		if (!is_kept(li, &busy) && line_calm(li) == NEVER)
			begin_line(w, li);
}

/* Returns the number of lanes that must exist; loud: for more than a calm. */
static size_t
kept_lines(const struct world *w, bool loud)
{
	const struct line *li;
	size_t n = 0;
	bool busy;

	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++)
		n += is_kept(li, &busy) || (!loud && line_calm(li) != NEVER);
	return n;
}

/*
 * Returns the time at which a line must be looked at.  Nobody looks at the end
 * of an interval in which no event waits, unless the line is in the way.
 */
static uint64_t
line_deadline(const struct line *li, bool in_the_way)
{
	uint64_t when, first = NEVER;
	bool busy;
	size_t i;

	(void)is_kept(li, &busy);
	for (i = 0; i < li->li_n; i++) {
		when = policy_deadline(&li->li_nodes[i].sn_policy);
		if (is_resting(&li->li_nodes[i].sn_policy) &&
		    (busy || !in_the_way))
			continue;
		first = when < first ? when : first;
	}
	return first;
}

static uint64_t
model_deadline(const struct world *w)
{
	const bool full = kept_lines(w, true) >= w->w_most;
	uint64_t when, first = NEVER;
	size_t i;

	for (i = 0; i < KINDS * KEYS; i++) {
		when = line_deadline(&w->w_lines[i], full);
		first = when < first ? when : first;
	}
	return first;
}

/* Returns true if the trigger may have a run more. */
static bool
model_may(const struct world *w, size_t trigger)
{
	uint32_t runs = 0;
	bool alone = false;
	size_t i;

	for (i = 0; i < w->w_n; i++) {
		runs += w->w_running[i];
		alone |= w->w_running[i] > 0 &&
		    (w->w_kind[i] == KINDS || w->w_triggers[i].lt_runs == 1);
	}
	if (runs == 0)
		return true;
	return !alone && w->w_kind[trigger] != KINDS &&
	    w->w_triggers[trigger].lt_runs > 1 &&
	    w->w_running[trigger] < w->w_triggers[trigger].lt_runs;
}

/* Compares the places of two triggers; 0: the lane that waits longer. */
static int
compare(const struct sequence_node *a, const struct sequence_node *b)
{
	const uint64_t x = policy_at(&a->sn_policy);
	const uint64_t y = policy_at(&b->sn_policy);

	if (x != y)
		return x < y ? -1 : 1;
	return (a->sn_index > b->sn_index) - (a->sn_index < b->sn_index);
}

/* Returns a trigger that has the next turn; NULL: none waits. */
static struct sequence_node *
model_first(struct world *w)
{
	struct sequence_node *sn, *first = sequence_peek(&w->w_own);
	size_t i;

	for (i = 0; i < KINDS * KEYS; i++) {
		sn = sequence_peek(&w->w_lines[i].li_sequence);
		if (sn != NULL && (first == NULL || compare(sn, first) < 0))
			first = sn;
	}
	return first;
}

/* Returns true if a start that failed holds up the trigger with the turn. */
static bool
is_held_up(struct world *w, const struct sequence_node *first)
{
	const struct sequence_node *sn = sequence_peek(&w->w_own);
	bool held = sn != NULL && compare(sn, first) == 0 &&
	    sn->sn_policy.po_state == POLICY_HELD;
	size_t i;

	for (i = 0; i < KINDS * KEYS; i++) {
		sn = sequence_peek(&w->w_lines[i].li_sequence);
		held |= sn != NULL && compare(sn, first) == 0 &&
		    sn->sn_policy.po_state == POLICY_HELD;
	}
	return held;
}

/* Returns the events of a trigger that wait. */
static uint64_t
model_waiting(struct world *w, size_t trigger)
{
	const struct policy *p;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		p = &node_of(line_of(w, trigger, i), trigger)->sn_policy;
		n += p->po_pending + p->po_broken;
	}
	return n;
}

/* Feeds events; returns true if the line's run must be ended. */
static bool
take(struct world *w, struct line *li, size_t trigger, uint64_t events,
    uint64_t at)
{
	size_t i;

	for (i = 0; i < li->li_n; i++)
		if (!policy_runs(&li->li_nodes[i].sn_policy) &&
		    policy_deadline(&li->li_nodes[i].sn_policy) < at)
			sequence_input(&li->li_sequence, &li->li_nodes[i],
			    POLICY_TIME, 0, 0, at - 1);
	return sequence_input(&li->li_sequence, node_of(li, trigger),
		   POLICY_EVENTS, events, at, w->w_now) == POLICY_END;
}

/* Feeds the event of a calm. */
static bool
take_calm(struct world *w, struct line *li, size_t i)
{
	const uint64_t at = li->li_calm[i];

	li->li_calm[i] = NEVER;
	w->w_calms[i].lc_keys--;
	w->w_calms[i].lc_events++;
	if (at > w->w_calms[i].lc_last)
		w->w_calms[i].lc_last = at;
	return take(w, li, i, 1, at);
}

/* Counts events in front of a calm. */
static bool
count_calm(
    struct world *w, struct line *li, size_t i, const struct key_event *ev)
{
	const uint64_t last = ev->kv_events == 1 ? ev->kv_at : w->w_now;
	const uint64_t due = last + w->w_triggers[i].lt_calm;
	bool ends;

	if (li->li_calm[i] <= ev->kv_at)
		ends = take_calm(w, li, i);
	else
		ends = sequence_input(&li->li_sequence, node_of(li, i),
			   POLICY_OVER, 0, 0, w->w_now) == POLICY_END;
	if (li->li_calm[i] != NEVER) {
		li->li_calm[i] = due > li->li_calm[i] ? due : li->li_calm[i];
	} else if (w->w_calms[i].lc_keys < w->w_triggers[i].lt_keys) {
		w->w_calms[i].lc_keys++;
		li->li_calm[i] = due;
	} else {
		w->w_calms[i].lc_refused += ev->kv_events;
	}
	return ends;
}

#endif
