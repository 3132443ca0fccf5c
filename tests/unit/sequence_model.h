/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A model of a rule that remembers each event, for the tests of sequences. */
#ifndef SEQUENCE_MODEL_H
#define SEQUENCE_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sequence.h"

#define NODES  4
#define EVENTS 512 /* of one trigger in a sequence, at most */

/* The model of a trigger: times of single events, in ascending order. */
struct model {
	uint64_t m_pending[EVENTS];
	size_t m_npending;
	uint64_t m_run[EVENTS]; /* events of the run in progress */
	size_t m_nrun;
	size_t m_broken;     /* events of a run to be repeated */
	bool m_repeats;	     /* the run in progress repeats another */
	bool m_ending;	     /* the run was ordered to end */
	bool m_over;	     /* its events are over */
	uint64_t m_newest;   /* time of the newest event */
	uint64_t m_place;    /* queue: place of the oldest pending event */
	uint64_t m_ran;	     /* m_place before the run */
	uint64_t m_allowed;  /* earliest start */
	uint64_t m_retry_at; /* earliest start of a repetition */
	uint64_t m_fails;    /* failed starts in a row */
};

struct world {
	struct sequence w_sequence;
	struct sequence_node w_nodes[NODES];
	struct model w_models[NODES];
	size_t w_n;
	uint64_t w_newest; /* time of the rule's newest event */
	size_t w_running;  /* trigger with a run; w_n: none */
	uint64_t w_now;
	uint64_t w_looked; /* time of the look before */
	uint64_t w_last;   /* newest event of the last run that ended */
	uint64_t w_ran;	   /* newest of all events whose runs have ended */
	bool w_late;	   /* events may be found after newer ones */
	bool w_plain;	   /* no intervals, no lasting failures */
};

static const struct policy *
policy_of(const struct world *w, size_t i)
{
	return &w->w_nodes[i].sn_policy;
}

/* Forgets the retry of trigger i. */
static void
give_up(struct world *w, size_t i)
{
	w->w_models[i].m_broken = 0;
}

/* Returns true if new events of trigger i get a run. */
static bool
accepts(const struct world *w, size_t i)
{
	const struct model *m = &w->w_models[i];
	const struct policy *p = policy_of(w, i);
	const bool runs = w->w_running == i;

	if (p->po_policy == POLICY_WHILE)
		return !runs || m->m_ending;
	if (p->po_policy != POLICY_DROP)
		return true;
	/* A wait that has passed since the last POLICY_TIME still drops. */
	return !runs && m->m_npending == 0 && p->po_state != POLICY_HELD &&
	    (m->m_broken == 0 || w->w_looked < m->m_retry_at);
}

/* Remembers new events of trigger i, all of the time `at`. */
static void
accept(struct world *w, size_t i, uint64_t events, uint64_t at)
{
	struct model *m = &w->w_models[i];
	size_t k;

	give_up(w, i);
	if (m->m_npending == 0)
		m->m_place = at;
	m->m_newest = at;
	for (; events > 0; events--) {
		assert_true(m->m_npending < EVENTS);
		m->m_pending[m->m_npending++] = at;
	}
	if (at <= w->w_newest)
		return;
	w->w_newest = at;
	for (k = 0; k < w->w_n; k++)
		if (k != i)
			give_up(w, k);
}

/* A start has failed: the events wait again, before those that came since. */
static void
take_back(struct world *w, struct model *m, const struct policy *p)
{
	if (m->m_repeats) {
		if (m->m_npending == 0 && !m->m_over &&
		    m->m_newest == w->w_newest)
			m->m_broken = m->m_nrun;
	} else if (!m->m_over || p->po_policy == POLICY_QUEUE) {
		assert_true(m->m_npending + m->m_nrun <= EVENTS);
		memmove(m->m_pending + m->m_nrun, m->m_pending,
		    m->m_npending * sizeof(*m->m_pending));
		memcpy(
		    m->m_pending, m->m_run, m->m_nrun * sizeof(*m->m_pending));
		m->m_npending += m->m_nrun;
		m->m_place = m->m_ran;
	}
	m->m_allowed = w->w_now +
	    (m->m_fails < 7 ? POLICY_BACKOFF_MIN << m->m_fails :
			      POLICY_BACKOFF_MAX);
	m->m_fails++;
}

/* Returns true if trigger i has a place in the order; *starts: may start. */
static bool
has_place(const struct world *w, size_t i, bool *starts)
{
	const struct model *m = &w->w_models[i];

	*starts = w->w_now >= m->m_allowed &&
	    (m->m_npending != 0 ||
		(m->m_broken != 0 && w->w_now >= m->m_retry_at));
	/* After 7 failures in a row, others may pass. */
	return *starts ||
	    (m->m_fails > 0 && m->m_fails < 8 && w->w_now < m->m_allowed &&
		(m->m_npending != 0 || m->m_broken != 0));
}

static uint64_t
place(const struct world *w, size_t i)
{
	const struct model *m = &w->w_models[i];

	if (m->m_npending == 0)
		return m->m_newest;
	return policy_of(w, i)->po_policy == POLICY_QUEUE ?
	    m->m_place :
	    m->m_pending[m->m_npending - 1];
}

/* Returns the time since which trigger i waits. */
static uint64_t
oldest(const struct world *w, size_t i)
{
	const struct model *m = &w->w_models[i];

	if (m->m_npending == 0)
		return m->m_newest;
	return policy_of(w, i)->po_policy == POLICY_QUEUE ? m->m_place :
							    m->m_pending[0];
}

/* Returns the trigger to start, or w_n. */
static size_t
expected(const struct world *w)
{
	size_t i, best = w->w_n;
	bool starts, best_starts = false;

	if (w->w_running != w->w_n)
		return w->w_n;
	for (i = 0; i < w->w_n; i++) {
		if (!has_place(w, i, &starts))
			continue;
		if (best == w->w_n || place(w, i) < place(w, best) ||
		    (place(w, i) == place(w, best) &&
			oldest(w, i) < oldest(w, best))) {
			best = i;
			best_starts = starts;
		}
	}
	return best_starts ? best : w->w_n;
}

/* Starts the run of trigger i in the model. */
static void
run(struct world *w, size_t i)
{
	const struct policy *p = policy_of(w, i);
	struct model *m = &w->w_models[i];

	m->m_repeats = m->m_npending == 0;
	if (!m->m_repeats) {
		m->m_nrun = p->po_policy == POLICY_QUEUE ? 1 : m->m_npending;
		memcpy(
		    m->m_run, m->m_pending, m->m_nrun * sizeof(*m->m_pending));
		m->m_npending -= m->m_nrun;
		memmove(m->m_pending, m->m_pending + m->m_nrun,
		    m->m_npending * sizeof(*m->m_pending));
	} else {
		assert_int_equal(m->m_broken, m->m_nrun);
	}
	m->m_broken = 0;
	m->m_ran = m->m_place;
	m->m_place = m->m_newest;
	m->m_ending = m->m_over = false;
	m->m_allowed = w->w_now + p->po_interval;
	w->w_running = i;
	assert_int_equal(p->po_running, m->m_nrun);
}

#endif
