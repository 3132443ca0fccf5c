/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * after T, compared with a naive model that looks at every packet.  Time is
 * virtual; wake-ups are exactly on time unless a test delays them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/condition.h"

#include "condition_fixture.h"

#define SEED	  UINT64_C(20261105)
#define SEQUENCES 10000
#define PACKETS	  200
#define NEVER	  UINT64_MAX
#define FLIGHT	  16 /* ns; a packet is counted so long after its time */

static uint64_t times[PACKETS];

/* Bursts, and gaps around cn_time, including exactly cn_time. */
static void
generate(uint64_t time)
{
	uint64_t at = draw(2) * draw(3 * time);
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		times[i] = at;
		switch (draw(6)) {
		case 0:
			at += 1 + draw(2 * time);
			break;
		case 1:
			at += time + draw(3) - 1;
			break;
		case 2:
			at += 1 + draw(4);
			break;
		default:
			at += 1 + draw(time / 16);
			break;
		}
	}
}

/* Returns true if packet i is an event. */
static bool
is_event(size_t i, uint64_t time)
{
	return i == 0 || times[i] - times[i - 1] >= time;
}

enum knowledge {
	NOTHING, /* the times of packets are unknown */
	LAST,	 /* the time of the last packet is known */
	SILENCES /* and a slot of the source counts silences */
};

struct play {
	struct condition p_condition;
	enum knowledge p_knowledge;
	uint64_t p_time;
	uint64_t p_late;   /* ns, longest delay of a call */
	uint64_t p_flight; /* ns, longest time until a packet is counted */
	uint64_t p_start;  /* time at which the slot was made */
	bool p_new;	   /* counts from the first packet, at `p_start` */
	size_t p_fed;	   /* packets so far */
	uint64_t p_sum;	   /* events so far */
	uint64_t p_events; /* of all sequences */
	uint64_t p_wakeups;
};

/*
 * The source writes the time of a packet, then counts the silence and the
 * packet; of packets that come at once, one may be counted before the silence
 * of another.
 */
static uint64_t seen_at[PACKETS];
static uint64_t silence_at[PACKETS];

static void
delay_counts(uint64_t flight)
{
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		seen_at[i] = times[i] + draw(flight + 1);
		silence_at[i] = times[i] + draw(flight + 1);
		if (i > 0 && seen_at[i] < seen_at[i - 1])
			seen_at[i] = seen_at[i - 1];
	}
}

static struct condition_sample
sample(struct play *p, uint64_t now)
{
	struct condition_sample sm = { .sm_last = NEVER };
	uint64_t next = condition_next(&p->p_condition);
	size_t i;

	for (i = 0; i < PACKETS && times[i] <= now; i++) {
		sm.sm_last = times[i];
		sm.sm_silences += times[i] > p->p_start &&
		    silence_at[i] <= now && is_event(i, p->p_time);
		sm.sm_seen += seen_at[i] <= now;
	}
	p->p_fed = (size_t)sm.sm_seen;
	sm.sm_woke = sm.sm_seen < next ? 0 : times[next - 1];
	if (p->p_knowledge != SILENCES)
		sm.sm_silences = NEVER;
	if (p->p_knowledge == NOTHING)
		sm.sm_last = sm.sm_woke = NEVER;
	return sm;
}

static uint64_t
lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
next_wakeup(const struct play *p, uint64_t now)
{
	uint64_t when = condition_deadline(&p->p_condition);
	uint64_t packet = condition_next(&p->p_condition);

	if (packet <= PACKETS && seen_at[packet - 1] < when)
		when = seen_at[packet - 1];
	/* Another trigger's packet wakes while the next one is on its way. */
	if (p->p_flight > 0 && p->p_fed < PACKETS && draw(4) == 0)
		when = lower(when, times[p->p_fed] + draw(p->p_flight));
	if (when == NEVER)
		return NEVER;
	if (when < now)
		when = now;
	return p->p_late == 0 ? when : when + draw(p->p_late + 1);
}

/* Returns the packets from number `from` on and until `now` that are events. */
static uint64_t
expected(size_t from, uint64_t now, uint64_t time)
{
	uint64_t n = 0;

	for (; from < PACKETS && times[from] <= now; from++)
		n += is_event(from, time);
	return n;
}

/*
 * Starts at the first packet, or in the middle as a new trigger does.  Returns
 * the number of the first packet that can be an event.
 */
static size_t
start(struct play *p)
{
	size_t from = 0, seen = 0;

	p->p_start = draw(p->p_time);
	if (!p->p_new) {
		p->p_start += times[draw(PACKETS)];
		while (from < PACKETS && times[from] <= p->p_start)
			from++;
		while (seen < PACKETS && seen_at[seen] <= p->p_start)
			seen++;
	}
	condition_init(
	    &p->p_condition, CONDITION_AFTER, 0, p->p_time, seen, p->p_start);
	return from;
}

/* Calls as a source and a clock would, until nothing is due any more. */
static void
play(struct play *p)
{
	struct condition_sample sm;
	size_t from = start(p);
	uint64_t now, events, due, read, calls = 0;

	p->p_sum = 0;
	for (now = p->p_start; now != NEVER; now = next_wakeup(p, read)) {
		/* Packets come between the clock and the counts. */
		read = now + draw(p->p_flight + 1);
		sm = sample(p, read);
		events = condition_take(&p->p_condition, &sm, now);
		p->p_sum += events;
		p->p_wakeups++;
		due = expected(from, read, p->p_time);
		assert_true(p->p_sum <= due);
		if (p->p_flight == 0 &&
		    (p->p_knowledge == SILENCES ||
			(p->p_knowledge == LAST && p->p_late == 0)))
			assert_int_equal(p->p_sum, due);
		assert_false(condition_over(&p->p_condition));
		assert_true(condition_when(&p->p_condition) <= now);
		assert_true(++calls < 50 * PACKETS);
	}
	assert_int_equal(p->p_fed, PACKETS);
	p->p_events += p->p_sum;
	if (p->p_knowledge == SILENCES)
		assert_int_equal(p->p_sum, expected(from, NEVER, p->p_time));
	/* Only a silence that begins after the start is surely found. */
	if (p->p_knowledge == NOTHING && p->p_late == 0)
		assert_true(p->p_sum + 1 >=
		    expected(from, NEVER, p->p_time + p->p_time / 32));
}

static void
play_sequences(enum knowledge knowledge, bool late, uint64_t flight)
{
	struct play p = { .p_knowledge = knowledge, .p_flight = flight };
	int i;

	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		p.p_time = 1000 + draw(1000000);
		p.p_late = late ? 1 + draw(4 * p.p_time) : 0;
		p.p_new = draw(2) == 0;
		generate(p.p_time);
		delay_counts(flight);
		play(&p);
	}
	print_message("%d sequences: %llu events, %llu wake-ups\n", SEQUENCES,
	    (unsigned long long)p.p_events, (unsigned long long)p.p_wakeups);
	assert_true(p.p_events > SEQUENCES);
}

static void
test_silences(void **state)
{
	(void)state;
	play_sequences(SILENCES, false, 0);
	play_sequences(SILENCES, true, 0);
}

static void
test_flight(void **state)
{
	(void)state;
	play_sequences(SILENCES, false, FLIGHT);
	play_sequences(SILENCES, true, FLIGHT);
}

static void
test_last(void **state)
{
	(void)state;
	play_sequences(LAST, false, 0);
	play_sequences(LAST, true, 0);
}

static void
test_nothing(void **state)
{
	(void)state;
	play_sequences(NOTHING, false, 0);
	play_sequences(NOTHING, true, 0);
}

/* Steady packets: one wake-up in T; a silence: one, and one for the event. */
static void
test_wakeups(void **state)
{
	struct condition cn;
	uint64_t now = 0, wakeups = 0, seen;

	(void)state;
	condition_init(&cn, CONDITION_AFTER, 0, 1000, 0, 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(condition_next(&cn), 1);
	assert_int_equal(take(&cn, 1, 10, 10), 1);
	for (; now < 100000; wakeups++) {
		assert_int_equal(condition_next(&cn), NEVER);
		now = condition_deadline(&cn);
		assert_int_equal(take(&cn, now / 10, now - now % 10, now), 0);
	}
	assert_in_range(wakeups, 99, 101);
	seen = now / 10;
	assert_int_equal(take(&cn, seen, now, condition_deadline(&cn)), 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(condition_next(&cn), seen + 1);
	assert_int_equal(take(&cn, seen + 1, 500000, 500000), 1);
	assert_int_equal(condition_when(&cn), 500000);
}

/* A burst after a silence: the time of the event is that of its first packet.
 */
static void
test_when(void **state)
{
	struct condition_sample sm = {
		.sm_seen = 5, .sm_last = 1900, .sm_silences = 1, .sm_woke = 1500
	};
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_AFTER, 0, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 2000), 1);
	assert_int_equal(condition_when(&cn), 1500);
	/* A call without an event does not change the time. */
	assert_int_equal(condition_take(&cn, &sm, 3000), 0);
	assert_int_equal(condition_when(&cn), 1500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silences),
		cmocka_unit_test(test_flight),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_wakeups),
		cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
