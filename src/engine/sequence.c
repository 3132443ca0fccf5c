/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/sequence.h"

void
sequence_init(struct sequence *sq)
{
	memset(sq, 0, sizeof(*sq));
}

/* Takes note of an event's time.  Returns true if newer than all before. */
static bool
note_newest(struct sequence *sq, uint64_t at)
{
	if (at <= sq->sq_newest)
		return false;
	sq->sq_newest = at;
	return true;
}

void
sequence_add(struct sequence *sq, struct sequence_node *n)
{
	n->sn_next = NULL;
	if (sq->sq_last != NULL)
		sq->sq_last->sn_next = n;
	else
		sq->sq_first = n;
	sq->sq_last = n;
	(void)note_newest(sq, n->sn_policy.po_last);
	sq->sq_runs += policy_runs(&n->sn_policy);
}

/* Tells the other triggers of the rule that this one has a newer event. */
static void
tell_others(
    const struct sequence *sq, const struct sequence_node *newest, uint64_t now)
{
	struct sequence_node *n;

	for (n = sq->sq_first; n != NULL; n = n->sn_next)
		if (n != newest)
			policy_step(&n->sn_policy, POLICY_NEWER, 0, 0, now);
}

enum policy_order
sequence_input(struct sequence *sq, struct sequence_node *n,
    enum policy_input input, uint64_t events, uint64_t at, uint64_t now)
{
	struct policy *p = &n->sn_policy;
	const uint64_t pending = p->po_pending;
	const bool ran = policy_runs(p);
	enum policy_order order;

	order = policy_step(p, input, events, at, now);
	if (input == POLICY_EVENTS && p->po_pending > pending) {
		if (note_newest(sq, at))
			tell_others(sq, n, now);
	} else if (ran && !policy_runs(p)) {
		sq->sq_runs--;
		/* No retry after another trigger's newer event. */
		if (p->po_last < sq->sq_newest)
			policy_step(p, POLICY_NEWER, 0, 0, now);
	}
	return order;
}

/* Returns true if the command of `a` starts before that of `b`. */
static bool
is_before(const struct policy *a, const struct policy *b)
{
	if (policy_at(a) != policy_at(b))
		return policy_at(a) < policy_at(b);
	return a->po_first < b->po_first;
}

struct sequence_node *
sequence_peek(const struct sequence *sq)
{
	struct sequence_node *n, *next = NULL;

	if (sq->sq_runs != 0)
		return NULL;
	for (n = sq->sq_first; n != NULL; n = n->sn_next)
		if (policy_queues(&n->sn_policy) &&
		    (next == NULL ||
			is_before(&n->sn_policy, &next->sn_policy)))
			next = n;
	return next;
}

struct sequence_node *
sequence_next(struct sequence *sq, uint64_t now)
{
	struct sequence_node *next = sequence_peek(sq);

	if (next == NULL ||
	    policy_step(&next->sn_policy, POLICY_TURN, 0, 0, now) !=
		POLICY_START)
		return NULL;
	sq->sq_runs++;
	return next;
}
