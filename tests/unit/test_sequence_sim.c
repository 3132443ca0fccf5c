/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Generated events, ends, failures and timeouts of the triggers of a rule,
 * against a model that remembers each event: never two runs, the order of the
 * events, no event lost, and no end without the last event's run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_fixture.h"
#include "sequence_model.h"

#define SEQUENCES 10000
#define TICK	  16 /* divides all times of looks */
#define LOOKS	  60
#define NEVER	  UINT64_MAX

static uint64_t seed = 14;
static uint64_t all_events, all_runs, all_retries;

/* Returns 0 to limit - 1; the same sequence in every run. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

/* Feeds an input; honours an order to end. */
static void
feed(struct world *w, size_t i, enum policy_input input, uint64_t events,
    uint64_t at)
{
	struct model *m = &w->w_models[i];
	enum policy_order order;

	order = sequence_input(
	    &w->w_sequence, &w->w_nodes[i], input, events, at, w->w_now);
	if (order == POLICY_NOTHING)
		return;
	assert_int_equal(order, POLICY_END);
	assert_int_equal(w->w_running, i);
	assert_false(m->m_ending);
	m->m_ending = true;
}

/*
 * Returns the time of a new event of trigger i.  Events have the same time only
 * in the same look.
 */
static uint64_t
event_time(const struct world *w, size_t i)
{
	uint64_t from = w->w_late ? w->w_models[i].m_newest : w->w_looked;

	if (draw(3) == 0)
		return w->w_now;
	from += draw(w->w_now - from);
	return from - from % TICK + 1 + i;
}

static void
give_events(struct world *w, size_t i)
{
	const struct model *m = &w->w_models[i];
	const uint64_t events = 1 + draw(3), at = event_time(w, i);
	const bool accepted = accepts(w, i);

	if (accepted)
		accept(w, i, events, at);
	all_events += accepted ? events : 0;
	feed(w, i, POLICY_EVENTS, events, at);
	assert_int_equal(policy_of(w, i)->po_pending, m->m_npending);
}

/* The state of trigger i is over. */
static void
give_over(struct world *w, size_t i)
{
	struct model *m = &w->w_models[i];
	const bool ends = policy_of(w, i)->po_policy == POLICY_WHILE &&
	    w->w_running == i && !m->m_ending;

	if (policy_of(w, i)->po_policy != POLICY_QUEUE)
		m->m_npending = 0;
	give_up(w, i);
	m->m_over = true;
	feed(w, i, POLICY_OVER, 0, 0);
	if (ends)
		assert_true(m->m_ending);
}

/* Reports the end of the run in progress. */
static void
give_end(struct world *w, enum policy_input input)
{
	const size_t i = w->w_running;
	const struct policy *p = policy_of(w, i);
	struct model *m = &w->w_models[i];

	if (input == POLICY_FAILED) {
		take_back(w, m, p);
	} else {
		m->m_fails = 0;
		w->w_last = m->m_run[m->m_nrun - 1];
		if (w->w_last > w->w_ran)
			w->w_ran = w->w_last;
	}
	if (input == POLICY_BROKE && p->po_retry != 0 && m->m_npending == 0 &&
	    !m->m_over && m->m_newest == w->w_newest) {
		m->m_broken = m->m_nrun;
		m->m_retry_at = w->w_now + p->po_retry;
	}
	w->w_running = w->w_n;
	feed(w, i, input, 0, 0);
}

/* Compares the start, if any, with the model's. */
static void
check_start(struct world *w)
{
	const size_t wanted = expected(w);
	const struct sequence_node *n;

	n = sequence_next(&w->w_sequence, w->w_now);
	if (wanted == w->w_n) {
		assert_null(n);
		return;
	}
	assert_ptr_equal(n, &w->w_nodes[wanted]);
	run(w, wanted);
	all_runs++;
	all_retries += w->w_models[wanted].m_repeats;
	/* Never two at a time. */
	assert_null(sequence_next(&w->w_sequence, w->w_now));
}

/* Events that wait are never forgotten: something wakes. */
static void
check_sleep(const struct world *w)
{
	unsigned int wakes = 0;
	uint64_t until = NEVER;
	bool waits = false;
	size_t i;

	for (i = 0; i < w->w_n; i++) {
		const struct policy *p = policy_of(w, i);

		assert_int_equal(p->po_pending, w->w_models[i].m_npending);
		assert_int_equal(p->po_broken, w->w_models[i].m_broken);
		assert_int_equal(policy_runs(p), w->w_running == i);
		waits |= p->po_pending != 0 || p->po_broken != 0;
		wakes |= policy_wakes(p);
		if (policy_deadline(p) < until)
			until = policy_deadline(p);
	}
	if (!waits)
		return;
	if (w->w_running == w->w_n)
		assert_true(until != NEVER);
	else
		assert_true(until != NEVER || (wakes & POLICY_WAKE_END) != 0);
}

/* Copies the triggers to another world, as a reload does. */
static void
move(struct world *w)
{
	struct world from = *w;
	size_t i;

	memset(w->w_nodes, 0, sizeof(w->w_nodes));
	sequence_init(&w->w_sequence);
	for (i = 0; i < w->w_n; i++) {
		w->w_nodes[i] = from.w_nodes[i];
		sequence_add(&w->w_sequence, &w->w_nodes[i]);
	}
}

static enum policy_input
draw_end(const struct world *w)
{
	const struct model *m;

	if (draw(3) != 0)
		return draw(2) == 0 ? POLICY_ENDED : POLICY_BROKE;
	m = &w->w_models[w->w_running];
	return w->w_plain && m->m_fails == 7 ? POLICY_ENDED : POLICY_FAILED;
}

/* The end of a look: the time, and what may start. */
static void
settle(struct world *w)
{
	size_t i;

	for (i = 0; i < w->w_n; i++)
		feed(w, i, POLICY_TIME, 0, 0);
	w->w_looked = w->w_now;
	check_start(w);
	check_sleep(w);
}

/* Advances the time: a little, a lot, or to the next deadline. */
static void
pass(struct world *w)
{
	uint64_t until = NEVER;
	size_t i;

	for (i = 0; i < w->w_n; i++)
		if (policy_deadline(policy_of(w, i)) < until)
			until = policy_deadline(policy_of(w, i));
	if (until != NEVER && until > w->w_now && draw(2) == 0)
		w->w_now = until;
	else
		w->w_now += TICK * (1 + draw(draw(2) == 0 ? 10 : 30 * MS));
}

static void
look(struct world *w)
{
	size_t i;

	pass(w);
	if (w->w_running != w->w_n && draw(2) == 0)
		give_end(w, draw_end(w));
	for (i = 0; i < w->w_n; i++) {
		if (draw(12) == 0)
			give_over(w, i);
		if (draw(3) == 0)
			give_events(w, i);
	}
	settle(w);
	if (draw(20) == 0)
		move(w);
}

/* Without new events, all that wait get their runs, the newest event last. */
static void
drain(struct world *w)
{
	size_t i, left = 0, rounds = 0;

	do {
		pass(w);
		if (w->w_running != w->w_n) {
			if (policy_of(w, w->w_running)->po_policy ==
			    POLICY_WHILE)
				give_over(w, w->w_running);
			give_end(w, draw(4) == 0 ? POLICY_BROKE : POLICY_ENDED);
		}
		settle(w);
		left = w->w_running != w->w_n;
		for (i = 0; i < w->w_n; i++)
			left +=
			    w->w_models[i].m_npending + w->w_models[i].m_broken;
		assert_true(rounds++ < NODES * (size_t)EVENTS);
	} while (left != 0);
	if (w->w_plain && !w->w_late)
		assert_int_equal(w->w_last, w->w_ran);
}

static void
begin(struct world *w)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->w_n = w->w_running = 1 + draw(NODES);
	w->w_now = w->w_looked = 1000 * MS;
	w->w_late = draw(2) == 0;
	w->w_plain = draw(2) == 0;
	sequence_init(&w->w_sequence);
	for (i = 0; i < w->w_n; i++) {
		policy_init(&w->w_nodes[i].sn_policy,
		    (enum policy_kind)draw(POLICY_KINDS),
		    w->w_plain ? 0 : draw(3) * 300 * MS, draw(3) * 400 * MS,
		    draw(3) * 250 * MS);
		sequence_add(&w->w_sequence, &w->w_nodes[i]);
	}
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
		      " runs, %" PRIu64 " of them retries\n",
	    SEQUENCES, all_events, all_runs, all_retries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
