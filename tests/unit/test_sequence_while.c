/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Lives of a command under while: packets and silence at every moment of the
 * life, beside another trigger of the rule whose command needs turns, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sequence.h"
#include "policy_fixture.h"

#define LIVES	5000
#define SILENCE (1000 * MS)
#define SPAN	(20 * SILENCE) /* packets come */
#define NEVER	UINT64_MAX

/* Triggers of the rule. */
enum {
	THIS,
	OTHER,
	TRIGGERS
};

struct life {
	struct sequence l_sequence;
	struct sequence_node l_nodes[TRIGGERS];
	uint64_t l_now;
	uint64_t l_packet; /* time of the next packet */
	uint64_t l_other;  /* time of the other trigger's next event */
	uint64_t l_end;	   /* end of the command that runs */
	size_t l_running;  /* trigger of that command; TRIGGERS: none */
	bool l_ending;	   /* that command was ordered to end */
	/* The condition. */
	uint64_t l_last; /* time of the last packet */
	uint64_t l_seen; /* the same, as of the last look */
	bool l_new;	 /* packets came since the last look */
	bool l_armed;	 /* the silence is not complete */
	/* The model of what the command must do. */
	bool l_wanted;	     /* a run must start when possible */
	bool l_again;	     /* a broken run must start again */
	bool l_repeats;	     /* the run repeats a broken one */
	bool l_newer;	     /* the other trigger has a newer event */
	uint64_t l_allowed;  /* earliest start */
	uint64_t l_retry_at; /* earliest start again */
	uint64_t l_fails;    /* failed starts in a row */
};

static uint64_t seed = 15;
static uint64_t lives;

/* Packets and silences by the state in which they were found. */
static uint64_t packets_in[POLICY_STATES], silences_in[POLICY_STATES];

/* Returns 0 to limit - 1; the same sequence in every run. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static const struct policy *
policy_of(const struct life *l, size_t i)
{
	return &l->l_nodes[i].sn_policy;
}

/* Returns the time to the next packet: often near the silence. */
static uint64_t
gap(void)
{
	switch (draw(8)) {
	case 0:
		return SILENCE - 1 + draw(3);
	case 1:
		return SILENCE + draw(SILENCE);
	case 2:
		return 3 * SILENCE;
	default:
		return 1 + draw(SILENCE);
	}
}

/* Feeds an input; orders to end come for a complete silence only. */
static void
feed(struct life *l, size_t i, enum policy_input input, uint64_t at)
{
	if (sequence_input(&l->l_sequence, &l->l_nodes[i], input, 1, at,
		l->l_now) == POLICY_NOTHING)
		return;
	assert_int_equal(i, THIS);
	assert_int_equal(input, POLICY_OVER);
	assert_int_equal(l->l_running, THIS);
	assert_false(l->l_ending);
	assert_int_equal(l->l_now, l->l_last + SILENCE);
	l->l_ending = true;
	l->l_end = least(l->l_end, l->l_now + draw(3) * draw(SILENCE));
}

/* The condition: packets first, then the silence. */
static void
take(struct life *l)
{
	const bool runs = l->l_running == THIS && !l->l_ending;
	const enum policy_state state = policy_of(l, THIS)->po_state;

	if (l->l_new) {
		packets_in[state]++;
		l->l_new = false;
		l->l_seen = l->l_last;
		l->l_armed = true;
		l->l_wanted |= !runs;
		l->l_again &= runs;
		l->l_newer &= runs;
		feed(l, THIS, POLICY_EVENTS, l->l_last);
	}
	if (l->l_armed && l->l_now >= l->l_last + SILENCE) {
		silences_in[state]++;
		l->l_armed = l->l_wanted = l->l_again = false;
		feed(l, THIS, POLICY_OVER, 0);
		/* A command that runs is ended at once. */
		assert_true(l->l_running != THIS || l->l_ending);
	}
}

/* Notes the end of this trigger's command in the model. */
static void
note_end(struct life *l, enum policy_input input)
{
	const struct policy *p = policy_of(l, THIS);

	if (input == POLICY_FAILED) {
		/* Nothing has run: what started the run still holds. */
		if (!l->l_repeats)
			l->l_wanted |= l->l_armed && !l->l_ending;
		else if (!l->l_newer)
			l->l_again = l->l_armed && !l->l_ending;
		l->l_allowed = l->l_now +
		    least(
			POLICY_BACKOFF_MIN << l->l_fails++, POLICY_BACKOFF_MAX);
		return;
	}
	l->l_fails = 0;
	if (input == POLICY_BROKE && p->po_retry != 0 && !l->l_ending &&
	    !l->l_newer) {
		l->l_again = true;
		l->l_retry_at = l->l_now + p->po_retry;
	}
}

/* Reports the end of the command, if it has ended. */
static void
take_end(struct life *l, size_t i)
{
	enum policy_input input = POLICY_ENDED;

	if (l->l_running != i || l->l_now < l->l_end)
		return;
	if (i == THIS && draw(2) == 0)
		input = draw(3) == 0 ? POLICY_FAILED : POLICY_BROKE;
	/* So that the failures of this test come to an end. */
	if (l->l_fails == 6)
		input = POLICY_ENDED;
	if (i == THIS)
		note_end(l, input);
	l->l_running = TRIGGERS;
	l->l_ending = false;
	l->l_end = NEVER;
	feed(l, i, input, 0);
}

/* Starts the command whose turn it is. */
static void
start(struct life *l)
{
	const struct sequence_node *n;

	if ((n = sequence_next(&l->l_sequence, l->l_now)) == NULL)
		return;
	assert_int_equal(l->l_running, TRIGGERS);
	l->l_running = (size_t)(n - l->l_nodes);
	l->l_end = l->l_now + draw(2 * SILENCE);
	if (l->l_running == OTHER)
		return;
	/* Some never end by themselves. */
	if (draw(3) == 0)
		l->l_end = NEVER;
	assert_true(l->l_now < l->l_last + SILENCE);
	assert_true(l->l_wanted || (l->l_again && l->l_now >= l->l_retry_at));
	assert_true(l->l_now >= l->l_allowed);
	l->l_repeats = !l->l_wanted;
	l->l_wanted = l->l_again = false;
	l->l_allowed = l->l_now + policy_of(l, THIS)->po_interval;
	lives++;
}

/* A start that is wanted and possible has taken place. */
static void
check_start(const struct life *l)
{
	if (l->l_running != TRIGGERS || l->l_now < l->l_allowed)
		return;
	assert_false(l->l_wanted);
	assert_false(l->l_again && l->l_now >= l->l_retry_at);
}

/* The watcher looks. */
static void
look(struct life *l)
{
	if ((policy_wakes(policy_of(l, THIS)) & POLICY_WAKE_END) != 0) {
		take(l);
		take_end(l, THIS);
	} else {
		take_end(l, THIS);
		take(l);
	}
	take_end(l, OTHER);
	if (l->l_now >= l->l_other) {
		l->l_other = l->l_now + draw(4 * SILENCE);
		l->l_newer = true;
		l->l_again = false;
		feed(l, OTHER, POLICY_EVENTS, l->l_now);
	}
	feed(l, THIS, POLICY_TIME, 0);
	feed(l, OTHER, POLICY_TIME, 0);
	start(l);
	check_start(l);
}

/* Returns the deadline of the watcher. */
static uint64_t
deadline(const struct life *l)
{
	uint64_t when = least(policy_deadline(policy_of(l, THIS)),
	    policy_deadline(policy_of(l, OTHER)));

	if (l->l_armed)
		when = least(when, l->l_seen + SILENCE);
	return least(when, l->l_other);
}

/* Advances to what comes next.  Returns true if the watcher wakes. */
static bool
pass(struct life *l)
{
	const unsigned int wakes = policy_wakes(policy_of(l, THIS)) |
	    (policy_wakes(policy_of(l, OTHER)) & POLICY_WAKE_END);
	const uint64_t until = deadline(l);
	uint64_t end = l->l_end;
	bool packet;

	if ((wakes & POLICY_WAKE_END) == 0)
		end = NEVER;
	if (end < l->l_now)
		end = l->l_now;
	l->l_now = least(least(until, end), l->l_packet);
	packet = l->l_now == l->l_packet;
	if (packet) {
		l->l_new = true;
		l->l_last = l->l_now;
		l->l_packet = l->l_now < SPAN ? l->l_now + gap() : NEVER;
	}
	return until <= l->l_now || end <= l->l_now ||
	    (packet &&
		(policy_wakes(policy_of(l, THIS)) & POLICY_WAKE_EVENTS) != 0);
}

static void
begin(struct life *l)
{
	memset(l, 0, sizeof(*l));
	l->l_running = TRIGGERS;
	l->l_packet = draw(SILENCE);
	l->l_other = draw(2) == 0 ? NEVER : draw(SILENCE);
	l->l_end = NEVER;
	sequence_init(&l->l_sequence);
	policy_init(&l->l_nodes[THIS].sn_policy, POLICY_WHILE,
	    draw(2) * draw(SILENCE), 0, draw(2) * (1 + draw(SILENCE)));
	policy_init(&l->l_nodes[OTHER].sn_policy, POLICY_ONCE, 0, 0, 0);
	sequence_add(&l->l_sequence, &l->l_nodes[THIS]);
	sequence_add(&l->l_sequence, &l->l_nodes[OTHER]);
}

/* Packets for a while, then none: in the end nothing runs. */
static void
live(void)
{
	struct life l;

	begin(&l);
	while (l.l_now < 2 * SPAN) {
		if (l.l_now >= SPAN)
			l.l_other = NEVER;
		if (deadline(&l) == NEVER && l.l_packet == NEVER &&
		    l.l_running != THIS)
			break;
		if (pass(&l))
			look(&l);
	}
	assert_true(l.l_now < 2 * SPAN);
	assert_int_equal(policy_of(&l, THIS)->po_state, POLICY_IDLE);
	assert_int_not_equal(l.l_running, THIS);
}

static void
every_moment(void **state)
{
	int i;

	(void)state;
	while (lives < LIVES)
		live();
	for (i = 0; i < POLICY_STATES; i++) {
		assert_int_not_equal(packets_in[i], 0);
		assert_int_not_equal(silences_in[i], 0);
		print_message("state %d: %" PRIu64 " packets, %" PRIu64
			      " silences\n",
		    i, packets_in[i], silences_in[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
