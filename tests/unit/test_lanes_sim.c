/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Generated events, ends, failures and times of the keys of a rule, against a
 * model that looks at all keys each time: the same starts and ends of runs in
 * the same order, with the same numbers, and no lane that is not needed.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_table.h"
#include "lanes_model.h"
#include "policy_fixture.h"

#define SEQUENCES 10000
#define LOOKS	  60

static uint64_t seed = 15;
static uint64_t all_events, all_calms, all_runs, all_together;

/* Returns 0 to limit - 1; the same sequence in every run. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

static void
give_events(struct world *w, size_t trigger, size_t key)
{
	struct line *li = line_of(w, trigger, key);
	const uint64_t events = 1 + draw(3);
	const uint64_t from = li->li_at > w->w_looked ? li->li_at : w->w_looked;
	const uint64_t at = from + draw(w->w_now - from + 1);
	const struct key_event ev = { key_of(key), events, at, 7, 8 };
	size_t i, ender = trigger;
	struct lanes_run end;
	bool ends;

	ends = take(w, li, trigger, events, at);
	for (i = trigger + 1; i < w->w_n; i++)
		if (w->w_front[i] == trigger && count_calm(w, li, i, &ev)) {
			ends = true;
			ender = i;
		}
	assert_int_equal(
	    lanes_events(w->w_lanes, trigger, &ev, w->w_now, &end), ends);
	if (ends) {
		assert_int_equal(end.lr_trigger, ender);
		assert_int_equal(end.lr_run, li->li_run);
	}
	li->li_at = at;
	forget(w);
	all_events += events;
}

/* Events, or the end of a state, of a trigger without a key. */
static void
give_own(struct world *w, size_t trigger)
{
	const enum policy_input input =
	    draw(6) == 0 ? POLICY_OVER : POLICY_EVENTS;
	const uint64_t at = w->w_looked + draw(w->w_now - w->w_looked + 1);

	assert_int_equal(sequence_input(&w->w_own, &w->w_own_nodes[trigger],
			     input, 1, at, w->w_now),
	    sequence_input(
		&w->w_twin, &w->w_twin_nodes[trigger], input, 1, at, w->w_now));
}

static enum policy_input
draw_report(const struct world *w)
{
	static const enum policy_input reports[] = { POLICY_ENDED, POLICY_BROKE,
		POLICY_FAILED };

	return reports[draw(w->w_tries ? 3 : 2)];
}

/* Reports the ends of some runs; all: of all. */
static void
give_reports(struct world *w, bool all)
{
	enum policy_input report;
	struct sequence_node *sn;
	struct line *li;
	size_t i;

	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++)
		for (i = 0; i < li->li_n; i++) {
			sn = &li->li_nodes[i];
			if (!policy_runs(&sn->sn_policy) ||
			    (!all && draw(2) == 0))
				continue;
			report = all ? POLICY_ENDED : draw_report(w);
			w->w_running[sn->sn_index]--;
			sequence_input(
			    &li->li_sequence, sn, report, 0, 0, w->w_now);
			lanes_report(w->w_lanes,
			    &(struct lanes_run){ sn->sn_index, li->li_run },
			    report, w->w_now);
		}
	forget(w);
	for (i = 0; i < w->w_n; i++) {
		if (!policy_runs(&w->w_own_nodes[i].sn_policy) ||
		    (!all && draw(2) == 0))
			continue;
		report = all ? POLICY_ENDED : draw_report(w);
		w->w_running[i]--;
		sequence_input(
		    &w->w_own, &w->w_own_nodes[i], report, 0, 0, w->w_now);
		sequence_input(
		    &w->w_twin, &w->w_twin_nodes[i], report, 0, 0, w->w_now);
	}
}

/* Gives the time to the triggers; the ends of runs may come in any order. */
static void
give_time(struct world *w)
{
	uint64_t wanted[TRIGGERS] = { 0 }, found[TRIGGERS] = { 0 };
	struct sequence_node *sn;
	struct lanes_run end;
	struct line *li;
	size_t i;

	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++) {
		if (line_deadline(li, true) > w->w_now)
			continue;
		for (i = 0; i < li->li_n; i++) {
			sn = &li->li_nodes[i];
			if (policy_deadline(&sn->sn_policy) <= w->w_now &&
			    sequence_input(&li->li_sequence, sn, POLICY_TIME, 0,
				0, w->w_now) == POLICY_END)
				wanted[sn->sn_index] |= UINT64_C(1)
				    << li->li_run;
		}
	}
	while (lanes_late(w->w_lanes, w->w_now, &end))
		found[end.lr_trigger] |= UINT64_C(1) << end.lr_run;
	assert_memory_equal(wanted, found, sizeof(wanted));
	forget(w);
	for (i = 0; i < w->w_n; i++)
		if (w->w_kind[i] == KINDS)
			assert_int_equal(
			    sequence_input(&w->w_own, &w->w_own_nodes[i],
				POLICY_TIME, 0, 0, w->w_now),
			    sequence_input(&w->w_twin, &w->w_twin_nodes[i],
				POLICY_TIME, 0, 0, w->w_now));
}

/* Finds the calms that are due; the ends of runs may come in any order. */
static void
give_calm(struct world *w)
{
	uint64_t wanted[TRIGGERS] = { 0 }, found[TRIGGERS] = { 0 };
	struct lanes_run end;
	struct line *li;
	size_t i;

	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++)
		for (i = 0; i < w->w_n; i++)
			if (li->li_calm[i] <= w->w_now && take_calm(w, li, i))
				wanted[i] |= UINT64_C(1) << li->li_run;
	while (lanes_calm(w->w_lanes, w->w_now, &end))
		found[end.lr_trigger] |= UINT64_C(1) << end.lr_run;
	assert_memory_equal(wanted, found, sizeof(wanted));
	forget(w);
}

/* Checks a start of the lanes against the trigger that has the turn. */
static void
check_lane(struct world *w, const struct sequence_node *first,
    const struct lanes_start *start)
{
	const size_t trigger = start->ld_node->sn_index;
	struct line *li = line_of(w, trigger, start->ld_key->k_bytes[4]), *o;
	struct sequence_node *sn = sequence_peek(&li->li_sequence);

	assert_int_equal(start->ld_run.lr_trigger, trigger);
	assert_int_equal(start->ld_packets, 7);
	assert_int_equal(start->ld_bytes, 8);
	assert_non_null(sn);
	/* Another lane with the same place may come first. */
	assert_int_equal(compare(sn, first), 0);
	assert_ptr_equal(sequence_next(&li->li_sequence, w->w_now), sn);
	li->li_run = start->ld_run.lr_run;
	assert_true(li->li_run < w->w_triggers[trigger].lt_runs);
	for (o = w->w_lines; o < w->w_lines + KINDS * KEYS; o++)
		if (o != li && w->w_kind[trigger] == o->li_kind &&
		    policy_runs(&node_of(o, trigger)->sn_policy))
			assert_int_not_equal(o->li_run, li->li_run);
	assert_int_equal(
	    start->ld_node->sn_policy.po_running, sn->sn_policy.po_running);
	all_together += w->w_running[trigger] > 0;
}

/* Compares the starts with the model's. */
static void
check_starts(struct world *w)
{
	struct sequence_node *first;
	struct lanes_start start;

	while (lanes_next(w->w_lanes, &w->w_twin, w->w_now, &start)) {
		first = model_first(w);
		assert_non_null(first);
		assert_true(model_may(w, first->sn_index));
		if (start.ld_key != NULL) {
			check_lane(w, first, &start);
		} else {
			assert_int_equal(
			    start.ld_node->sn_index, first->sn_index);
			assert_ptr_equal(
			    sequence_next(&w->w_own, w->w_now), first);
		}
		w->w_running[first->sn_index]++;
		all_runs++;
	}
	if ((first = model_first(w)) != NULL && model_may(w, first->sn_index))
		assert_true(is_held_up(w, first));
}

/* Events that wait are never forgotten: something wakes. */
static void
check_wakes(struct world *w)
{
	const unsigned int wakes = lanes_wakes(w->w_lanes, &w->w_twin);
	const bool room = lanes_room(w->w_lanes);
	const bool waits = model_first(w) != NULL;
	bool runs = false, more = false;
	size_t i;

	for (i = 0; i < w->w_n; i++) {
		runs |= w->w_running[i] > 0;
		more |= w->w_kind[i] != KINDS && model_may(w, i);
	}
	assert_int_equal(room, kept_lines(w, true) < w->w_most);
	if (!room)
		assert_int_equal(wakes & POLICY_WAKE_EVENTS, 0);
	if (runs && (waits || !room))
		assert_true((wakes & POLICY_WAKE_END) != 0);
	if (room && !waits && more)
		assert_true((wakes & POLICY_WAKE_EVENTS) != 0);
	if (room && !waits && runs)
		assert_int_not_equal(wakes, 0);
}

static void
check_state(struct world *w)
{
	uint64_t calm = NEVER;
	size_t i;

	for (i = 0; i < KINDS * KEYS; i++)
		if (line_calm(&w->w_lines[i]) < calm)
			calm = line_calm(&w->w_lines[i]);
	assert_int_equal(lanes_calm_deadline(w->w_lanes), calm);
	assert_int_equal(lanes_count(w->w_lanes), kept_lines(w, false));
	assert_int_equal(lanes_deadline(w->w_lanes), model_deadline(w));
	for (i = 0; i < w->w_n; i++) {
		if (w->w_kind[i] == KINDS)
			continue;
		assert_int_equal(lanes_running(w->w_lanes, i), w->w_running[i]);
		assert_int_equal(
		    lanes_waiting(w->w_lanes, i), model_waiting(w, i));
		assert_memory_equal(lanes_calms(w->w_lanes, i), &w->w_calms[i],
		    sizeof(w->w_calms[i]));
	}
	check_wakes(w);
}

/* Advances the time: not, a little, a lot, or to the next deadline. */
static void
pass(struct world *w)
{
	uint64_t until = model_deadline(w);

	w->w_looked = w->w_now;
	if (draw(4) == 0)
		until = lanes_calm_deadline(w->w_lanes);
	if (until != NEVER && until > w->w_now && draw(2) == 0)
		w->w_now = until;
	else if (draw(4) != 0)
		w->w_now += draw(draw(2) == 0 ? 10 : 500 * MS);
}

static void
look(struct world *w)
{
	size_t i, n;

	pass(w);
	give_reports(w, false);
	for (n = draw(8); n > 0; n--) {
		i = draw(w->w_n);
		if (w->w_kind[i] == KINDS)
			give_own(w, i);
		else if (w->w_front[i] == i && lanes_room(w->w_lanes))
			give_events(w, i, draw(KEYS));
	}
	if (draw(3) != 0)
		give_calm(w);
	give_time(w);
	check_starts(w);
	check_state(w);
}

static void
give_up(struct world *w)
{
	struct line *li;
	size_t i;

	lanes_give_up(w->w_lanes, w->w_now);
	for (i = 0; i < w->w_n; i++)
		w->w_triggers[i].lt_policy.po_retry = 0;
	for (li = w->w_lines; li < w->w_lines + KINDS * KEYS; li++)
		for (i = 0; i < li->li_n; i++)
			policy_give_up(&li->li_nodes[i].sn_policy, w->w_now);
	forget(w);
	check_state(w);
}

/* Without new events all that wait get their runs, and all lanes end. */
static void
drain(struct world *w)
{
	size_t i, rounds = 0;

	give_up(w);
	while (lanes_count(w->w_lanes) > 0) {
		w->w_looked = w->w_now;
		w->w_now += 500 * MS;
		give_reports(w, true);
		give_calm(w);
		give_time(w);
		check_starts(w);
		check_state(w);
		assert_true(rounds++ < 10000);
	}
	for (i = 0; i < w->w_n; i++)
		all_calms += w->w_calms[i].lc_events;
	lanes_free(w->w_lanes);
}

static void
begin_own(struct world *w, size_t i)
{
	w->w_own_nodes[i].sn_policy = w->w_triggers[i].lt_policy;
	w->w_own_nodes[i].sn_index = i;
	w->w_twin_nodes[i] = w->w_own_nodes[i];
	sequence_add(&w->w_own, &w->w_own_nodes[i]);
	sequence_add(&w->w_twin, &w->w_twin_nodes[i]);
}

static void
begin(struct world *w)
{
	const bool plain = draw(2) == 0;
	struct lanes_trigger *lt;
	size_t i;

	memset(w, 0, sizeof(*w));
	w->w_n = 1 + draw(TRIGGERS);
	w->w_now = w->w_looked = 1000 * MS;
	w->w_tries = draw(2) == 0;
	for (i = 0; i < w->w_n; i++) {
		lt = &w->w_triggers[i];
		w->w_kind[i] = i == 0 ? draw(KINDS) : draw(KINDS + 1);
		w->w_front[i] = i;
		policy_init(&lt->lt_policy,
		    (enum policy_kind)draw(POLICY_WHILE),
		    plain ? 0 : draw(3) * 300 * MS, draw(3) * 400 * MS,
		    draw(3) * 250 * MS);
		lt->lt_runs = 1 + (uint32_t)draw(4);
		lt->lt_keys = 1 + (uint32_t)draw(2 * KEYS);
		if (i > 0 && w->w_kind[i - 1] != KINDS && draw(3) == 0) {
			w->w_kind[i] = w->w_kind[i - 1];
			w->w_front[i] = w->w_front[i - 1];
			lt->lt_calm = (1 + draw(4)) * 100 * MS;
		}
		if (w->w_kind[i] == KINDS) {
			begin_own(w, i);
			continue;
		}
		lt->lt_by = (struct key_spec){ 1,
			{ { (uint8_t)w->w_kind[i], 32, 128 } } };
		w->w_most = lt->lt_keys > w->w_most ? lt->lt_keys : w->w_most;
	}
	for (i = 0; i < KINDS * KEYS; i++) {
		w->w_lines[i].li_kind = i / KEYS;
		begin_line(w, &w->w_lines[i]);
	}
	w->w_lanes = lanes_new(
	    w->w_triggers, w->w_n, (const uint64_t[2]){ draw(9), draw(9) });
	assert_non_null(w->w_lanes);
}

static void
any_sequence(void **state)
{
	static struct world w;
	int i, k;

	(void)state;
	for (i = 0; i < SEQUENCES; i++) {
		begin(&w);
		for (k = 0; k < LOOKS; k++)
			look(&w);
		drain(&w);
	}
	print_message("%d sequences: %" PRIu64 " events, %" PRIu64
		      " calms, %" PRIu64 " runs, %" PRIu64
		      " of them beside others\n",
	    SEQUENCES, all_events, all_calms, all_runs, all_together);
	assert_true(all_together > all_runs / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
