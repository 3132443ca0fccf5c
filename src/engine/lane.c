/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/key_table.h"
#include "engine/lane.h"

struct lane_part *
lane_part(struct lane *ln, size_t trigger)
{
	struct lane_part *lp = ln->ln_parts;

	while (lp->lp_node.sn_index != trigger)
		lp++;
	return lp;
}

/* Feeds an input; returns true if the lane's run must be ended, in *end. */
static bool
input(struct lane *ln, struct lane_part *lp, enum policy_input what,
    uint64_t events, uint64_t at, uint64_t now, struct lanes_run *end)
{
	if (sequence_input(&ln->ln_sequence, &lp->lp_node, what, events, at,
		now) != POLICY_END)
		return false;
	*end = (struct lanes_run){ lp->lp_node.sn_index, ln->ln_run };
	return true;
}

bool
lane_take(struct lane *ln, struct lane_part *taker, uint64_t events,
    uint64_t at, uint64_t now, struct lanes_run *end)
{
	struct lane_part *lp;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++)
		if (!policy_runs(&lp->lp_node.sn_policy) &&
		    policy_deadline(&lp->lp_node.sn_policy) < at)
			(void)input(ln, lp, POLICY_TIME, 0, 0, at - 1, end);
	return input(ln, taker, POLICY_EVENTS, events, at, now, end);
}

bool
lane_time(struct lane *ln, uint64_t now, struct lanes_run *end)
{
	struct lane_part *lp;
	bool ends = false;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++)
		if (policy_deadline(&lp->lp_node.sn_policy) <= now)
			ends |= input(ln, lp, POLICY_TIME, 0, 0, now, end);
	return ends;
}

/* Takes the event of a calm. */
static bool
take_calm(struct lanes *la, struct lane *ln, struct lane_part *lp, uint64_t now,
    struct lanes_run *end)
{
	struct lanes_calm *lc = &la->la_triggers[lp->lp_node.sn_index].ls_calm;
	const uint64_t at = lp->lp_calm;

	lc->lc_keys--;
	lc->lc_events++;
	lc->lc_last = at > lc->lc_last ? at : lc->lc_last;
	lp->lp_calm = UINT64_MAX;
	return lane_take(ln, lp, 1, at, now, end);
}

bool
lane_calm(
    struct lanes *la, struct lane *ln, uint64_t now, struct lanes_run *end)
{
	struct lane_part *lp;
	bool ends = false;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++)
		if (lp->lp_calm <= now)
			ends |= take_calm(la, ln, lp, now, end);
	return ends;
}

/*
 * Counts events in front of a calm.  Of several only the time of the first is
 * known: the last came up to now.
 */
static void
await_calm(struct lanes *la, struct lane_part *lp, const struct key_event *ev,
    uint64_t now)
{
	struct lane_trigger *ls = &la->la_triggers[lp->lp_node.sn_index];
	const uint64_t last = ev->kv_events == 1 ? ev->kv_at : now;
	const uint64_t calm = ls->ls_trigger.lt_calm;
	const uint64_t due =
	    calm < UINT64_MAX - last ? last + calm : UINT64_MAX - 1;

	lp->lp_packets = ev->kv_packets;
	lp->lp_bytes = ev->kv_bytes;
	if (lp->lp_calm == UINT64_MAX) {
		if (ls->ls_calm.lc_keys == ls->ls_trigger.lt_keys) {
			ls->ls_calm.lc_refused += ev->kv_events;
			return;
		}
		ls->ls_calm.lc_keys++;
		lp->lp_calm = due;
	} else if (lp->lp_calm < due) {
		lp->lp_calm = due;
	}
}

bool
lane_count(struct lanes *la, struct lane *ln, size_t front,
    const struct key_event *ev, uint64_t now, struct lanes_run *end)
{
	struct lane_part *lp;
	bool ends = false;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++) {
		if (lp->lp_node.sn_index == front ||
		    la->la_triggers[lp->lp_node.sn_index].ls_front != front)
			continue;
		/* Each calm is an event, also one that is over at this look. */
		if (lp->lp_calm <= ev->kv_at)
			ends |= take_calm(la, ln, lp, now, end);
		else
			ends |= input(ln, lp, POLICY_OVER, 0, 0, now, end);
		await_calm(la, lp, ev, now);
	}
	return ends;
}

unsigned int
lane_wakes(const struct lane *ln)
{
	const struct lane_part *lp;
	const struct policy *p;
	unsigned int wakes = 0;

	for (lp = ln->ln_parts; lp < ln->ln_parts + ln->ln_nparts; lp++) {
		p = &lp->lp_node.sn_policy;
		wakes |= policy_wakes(p) &
		    (policy_runs(p) && p->po_policy == POLICY_RESTART ?
			    POLICY_WAKE_EVENTS | POLICY_WAKE_END :
			    POLICY_WAKE_END);
	}
	return wakes;
}
