/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stddef.h>

#include "engine/key_table.h"
#include "engine/lane.h"
#include "engine/lane_table.h"
#include "engine/lanes.h"

/* hn_order in la_order: index of the trigger, above these bits of ln_entry. */
#define INDEX_SHIFT 48

/* The lane of a node, which is this member. */
#define LANE_OF(node, member) \
	((struct lane *)(void *)((char *)(node)-offsetof(struct lane, member)))

struct lanes *
lanes_new(const struct lanes_trigger *list, size_t n, const uint64_t seed[2])
{
	return lane_table_new(list, n, seed);
}

void
lanes_free(struct lanes *la)
{
	if (la != NULL)
		lane_table_free(la);
}

/* Puts a lane into the order of those that wait, or takes the lane out. */
static void
set_order(struct lanes *la, struct lane *ln)
{
	const struct sequence_node *next = sequence_peek(&ln->ln_sequence);

	if (next == NULL) {
		heap_set(&la->la_order, &ln->ln_order, UINT64_MAX);
		return;
	}
	if (ln->ln_order.hn_place == 0)
		ln->ln_entry = la->la_entries++;
	ln->ln_order.hn_order =
	    (uint64_t)next->sn_index << INDEX_SHIFT | ln->ln_entry;
	heap_set(&la->la_order, &ln->ln_order, policy_at(&next->sn_policy));
}

/*
 * Updates the sum of waiting events.  Returns true if the part waits for the
 * end of an interval only.
 */
static bool
note_waiting(struct lanes *la, struct lane_part *lp)
{
	const struct policy *p = &lp->lp_node.sn_policy;
	const uint64_t waiting = p->po_pending + p->po_broken;

	la->la_triggers[lp->lp_node.sn_index].ls_waiting +=
	    waiting - lp->lp_waiting;
	lp->lp_waiting = waiting;
	return p->po_state == POLICY_HELD && waiting == 0;
}

/*
 * Updates the heaps and sums after the policies of a lane have changed; frees
 * the lane if nothing is pending.  A lane in which only an interval is pending
 * wakes nobody: it rests.
 */
static void
settle(struct lanes *la, struct lane *ln)
{
	uint64_t due = UINT64_MAX, rest = UINT64_MAX, calm = UINT64_MAX, when;
	bool busy = false, held = false;
	struct lane_part *lp;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++) {
		when = policy_deadline(&lp->lp_node.sn_policy);
		calm = lp->lp_calm < calm ? lp->lp_calm : calm;
		if (note_waiting(la, lp)) {
			held = true;
			rest = when < rest ? when : rest;
		} else {
			busy |= lp->lp_node.sn_policy.po_state != POLICY_IDLE;
			due = when < due ? when : due;
		}
	}
	set_order(la, ln);
	heap_set(&la->la_due, &ln->ln_due, due);
	heap_set(&la->la_resting, &ln->ln_rest, busy ? UINT64_MAX : rest);
	heap_set(&la->la_calm, &ln->ln_calm, calm);
	la->la_quiet -= ln->ln_quiet;
	ln->ln_quiet = !busy && !held;
	la->la_quiet += ln->ln_quiet;
	if (ln->ln_quiet && calm == UINT64_MAX)
		lane_table_remove(la, ln);
}

int
lanes_events(struct lanes *la, size_t trigger, const struct key_event *ev,
    uint64_t now, struct lanes_run *end)
{
	struct lane *ln = lane_table_find(la, trigger, &ev->kv_key);
	struct lane_part *lp;
	bool ends;

	if (ln == NULL &&
	    (ln = lane_table_add(la, trigger, &ev->kv_key)) == NULL)
		return -1;
	lp = lane_part(ln, trigger);
	lp->lp_packets = ev->kv_packets;
	lp->lp_bytes = ev->kv_bytes;
	la->la_met += ev->kv_events;
	ends = lane_take(ln, lp, ev->kv_events, ev->kv_at, now, end);
	ends |= lane_count(la, ln, trigger, ev, now, end);
	settle(la, ln);
	return ends;
}

bool
lanes_calm(struct lanes *la, uint64_t now, struct lanes_run *end)
{
	struct heap_node *hn;
	struct lane *ln;
	unsigned int n;
	bool ends;

	for (n = 0; n < LANES_WORK; n++) {
		hn = heap_first(&la->la_calm);
		if (hn == NULL || hn->hn_time > now)
			break;
		ln = LANE_OF(hn, ln_calm);
		ends = lane_calm(la, ln, now, end);
		settle(la, ln);
		if (ends)
			return true;
	}
	return false;
}

void
lanes_report(struct lanes *la, const struct lanes_run *run,
    enum policy_input report, uint64_t now)
{
	struct lane_trigger *ls;
	struct lane *ln;

	if (run->lr_trigger >= la->la_ntriggers || run->lr_run >= LANES_RUNS)
		return;
	ls = &la->la_triggers[run->lr_trigger];
	if ((ln = ls->ls_lanes[run->lr_run]) == NULL)
		return;
	ls->ls_lanes[run->lr_run] = NULL;
	ls->ls_running--;
	la->la_running--;
	la->la_alone -= ls->ls_trigger.lt_runs == 1;
	(void)sequence_input(&ln->ln_sequence,
	    &lane_part(ln, run->lr_trigger)->lp_node, report, 0, 0, now);
	settle(la, ln);
}

/* Returns a lane that waited for a time up to `now`; NULL: none. */
static struct lane *
first_late(const struct lanes *la, uint64_t now)
{
	struct heap_node *hn = heap_first(&la->la_due);

	if (hn != NULL && hn->hn_time <= now)
		return LANE_OF(hn, ln_due);
	hn = heap_first(&la->la_resting);
	if (hn != NULL && hn->hn_time <= now)
		return LANE_OF(hn, ln_rest);
	return NULL;
}

bool
lanes_late(struct lanes *la, uint64_t now, struct lanes_run *end)
{
	struct lane *ln;
	unsigned int n;
	bool ends;

	for (n = 0; n < LANES_WORK && (ln = first_late(la, now)) != NULL; n++) {
		ends = lane_time(ln, now, end);
		settle(la, ln);
		if (ends)
			return true;
	}
	return false;
}

/* Returns true if a run of the trigger may start beside those in progress. */
static bool
may_start(const struct lanes *la, const struct sequence *sq, size_t trigger)
{
	const struct lane_trigger *ls = &la->la_triggers[trigger];

	if (sq->sq_runs != 0)
		return false;
	return la->la_running == 0 ||
	    (la->la_alone == 0 && ls->ls_trigger.lt_runs > 1 &&
		ls->ls_running < ls->ls_trigger.lt_runs);
}

/* Counts the run of a lane that starts, and gives the run a number. */
static uint32_t
add_run(struct lanes *la, struct lane_trigger *ls, struct lane *ln)
{
	ls->ls_running++;
	la->la_running++;
	la->la_alone += ls->ls_trigger.lt_runs == 1;
	ln->ln_run = 0;
	while (ls->ls_lanes[ln->ln_run] != NULL)
		ln->ln_run++;
	ls->ls_lanes[ln->ln_run] = ln;
	return ln->ln_run;
}

/* Starts the run of a lane that has the turn, if possible. */
static bool
start_lane(struct lanes *la, const struct sequence *sq, struct lane *ln,
    uint64_t now, struct lanes_start *start)
{
	const size_t trigger = sequence_peek(&ln->ln_sequence)->sn_index;
	struct lane_trigger *ls = &la->la_triggers[trigger];
	struct lane_part *lp = lane_part(ln, trigger);

	if (!may_start(la, sq, trigger) ||
	    sequence_next(&ln->ln_sequence, now) == NULL)
		return false;
	*start = (struct lanes_start){ .ld_node = &lp->lp_node,
		.ld_key = &ln->ln_key,
		.ld_run = { trigger, add_run(la, ls, ln) },
		.ld_packets = lp->lp_packets,
		.ld_bytes = lp->lp_bytes };
	settle(la, ln);
	return true;
}

/* Returns true if a trigger without a key has the turn before the lane. */
static bool
is_before(const struct sequence_node *sn, const struct heap_node *hn)
{
	const uint64_t at = policy_at(&sn->sn_policy);

	return at < hn->hn_time ||
	    (at == hn->hn_time && sn->sn_index < hn->hn_order >> INDEX_SHIFT);
}

bool
lanes_next(struct lanes *la, struct sequence *sq, uint64_t now,
    struct lanes_start *start)
{
	struct heap_node *first = heap_first(&la->la_order);
	struct sequence_node *sn = sequence_peek(sq);

	if (sn != NULL && (first == NULL || is_before(sn, first))) {
		if (la->la_running > 0 || sequence_next(sq, now) == NULL)
			return false;
		*start = (struct lanes_start){ .ld_node = sn };
	} else if (first == NULL ||
	    !start_lane(la, sq, LANE_OF(first, ln_order), now, start)) {
		return false;
	}
	la->la_crowded = la->la_met > 1;
	la->la_met = 0;
	return true;
}

bool
lanes_room(const struct lanes *la)
{
	return la->la_n - la->la_quiet < la->la_most;
}

uint64_t
lanes_deadline(const struct lanes *la)
{
	const struct heap_node *due = heap_first(&la->la_due);
	const struct heap_node *rest =
	    lanes_room(la) ? NULL : heap_first(&la->la_resting);
	uint64_t first = due == NULL ? UINT64_MAX : due->hn_time;

	return rest != NULL && rest->hn_time < first ? rest->hn_time : first;
}

uint64_t
lanes_calm_deadline(const struct lanes *la)
{
	const struct heap_node *hn = heap_first(&la->la_calm);

	return hn == NULL ? UINT64_MAX : hn->hn_time;
}

/*
 * Returns the inputs that the lanes with a run require, and in *more if another
 * run can start beside them.
 */
static unsigned int
running_wakes(const struct lanes *la, const struct sequence *sq, bool *more)
{
	const struct lane_trigger *ls;
	unsigned int wakes = 0;
	size_t i, k;

	*more = false;
	for (i = 0; i < la->la_ntriggers; i++) {
		ls = &la->la_triggers[i];
		*more |= ls->ls_trigger.lt_by.ks_n > 0 && may_start(la, sq, i);
		for (k = 0; ls->ls_running > 0 && k < LANES_RUNS; k++)
			if (ls->ls_lanes[k] != NULL)
				wakes |= lane_wakes(ls->ls_lanes[k]);
	}
	return wakes;
}

unsigned int
lanes_wakes(const struct lanes *la, const struct sequence *sq)
{
	bool more,
	    waits =
		heap_first(&la->la_order) != NULL || sequence_peek(sq) != NULL;
	unsigned int wakes = running_wakes(la, sq, &more);

	if (la->la_running == 0 && sq->sq_runs == 0)
		/* A failed start holds up the rule. */
		return waits || !lanes_room(la) ? 0 : POLICY_WAKE_EVENTS;
	if (!waits && (more || (la->la_met == 0 && !la->la_crowded)))
		wakes |= POLICY_WAKE_EVENTS;
	else
		wakes |= POLICY_WAKE_END;
	return lanes_room(la) ? wakes : POLICY_WAKE_END;
}

uint32_t
lanes_running(const struct lanes *la, size_t trigger)
{
	return la->la_triggers[trigger].ls_running;
}

uint64_t
lanes_waiting(const struct lanes *la, size_t trigger)
{
	return la->la_triggers[trigger].ls_waiting;
}

const struct lanes_calm *
lanes_calms(const struct lanes *la, size_t trigger)
{
	return &la->la_triggers[trigger].ls_calm;
}

size_t
lanes_count(const struct lanes *la)
{
	return la->la_n;
}

void
lanes_give_up(struct lanes *la, uint64_t now)
{
	struct lane *ln, *next;
	struct lane_part *lp;
	size_t i;

	for (i = 0; i < la->la_ntriggers; i++)
		la->la_triggers[i].ls_trigger.lt_policy.po_retry = 0;
	for (i = 0; i < la->la_size; i++)
		for (ln = la->la_chains[i]; ln != NULL; ln = next) {
			next = ln->ln_chain;
			for (lp = ln->ln_parts;
			     lp < ln->ln_parts + ln->ln_nparts; lp++)
				policy_give_up(&lp->lp_node.sn_policy, now);
			settle(la, ln);
		}
}
