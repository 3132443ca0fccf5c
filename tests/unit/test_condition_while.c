/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * while T and calm T, compared with a naive model that looks at every packet,
 * or at every event of the trigger in front.  Time is virtual; wake-ups are
 * exactly on time unless a test delays them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/condition.h"

#include "condition_fixture.h"

#define SEED	  UINT64_C(20261106)
#define SEQUENCES 10000
#define PACKETS	  200
#define NEVER	  UINT64_MAX

static uint64_t times[PACKETS];

/* Bursts, and gaps around cn_time, including exactly cn_time. */
static void
generate(uint64_t time)
{
	uint64_t at = draw(3 * time);
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		times[i] = at;
		switch (draw(6)) {
		case 0:
			at += 1 + draw(3 * time);
			break;
		case 1:
			at += time + draw(3) - 1;
			break;
		default:
			at += 1 + draw(time / 16);
			break;
		}
	}
}

/* Returns the silences of at least `time`, including the last one. */
static uint64_t
silences(uint64_t time)
{
	uint64_t n = 1;
	size_t i;

	for (i = 1; i < PACKETS; i++)
		n += times[i] - times[i - 1] >= time;
	return n;
}

struct play {
	struct condition p_condition;
	uint64_t p_time;
	bool p_known;	 /* the times of packets are known */
	uint64_t p_late; /* ns, longest delay of a call */
	bool p_runs;	 /* the command runs, and packets do not wake */
	size_t p_fed;	 /* packets so far */
	uint64_t p_ends;
	uint64_t p_events;
	uint64_t p_wakeups;
};

static uint64_t
next_wakeup(const struct play *p, uint64_t packet, uint64_t now)
{
	uint64_t when = condition_deadline(&p->p_condition);

	if (packet <= PACKETS && times[packet - 1] < when)
		when = times[packet - 1];
	if (when == NEVER)
		return NEVER;
	if (when < now)
		when = now;
	return p->p_late == 0 ? when : when + draw(p->p_late + 1);
}

/* Counts the packets until now.  Returns the number of new ones. */
static size_t
feed(struct play *p, uint64_t now)
{
	size_t before = p->p_fed;

	while (p->p_fed < PACKETS && times[p->p_fed] <= now)
		p->p_fed++;
	return p->p_fed - before;
}

/* The command is ended in time, and not while packets come. */
static void
judge_end(const struct play *p, uint64_t now)
{
	uint64_t end = times[p->p_fed - 1] + p->p_time;

	assert_true(now >= end);
	if (p->p_late == 0)
		assert_true(now <= (p->p_known ? end : end + p->p_time / 32));
}

/* One call, at `now`. */
static void
wake(struct play *p, uint64_t now)
{
	struct condition *cn = &p->p_condition;
	bool over = condition_over(cn), more = feed(p, now) > 0;
	uint64_t last =
	    p->p_known && p->p_fed > 0 ? times[p->p_fed - 1] : NEVER;

	p->p_wakeups++;
	assert_int_equal(take(cn, p->p_fed, last, now), more);
	assert_int_equal(condition_next(cn), p->p_fed + 1);
	if (more) {
		assert_false(condition_over(cn));
		assert_int_equal(condition_when(cn), last < now ? last : now);
		p->p_runs = true;
		p->p_events++;
	} else if (!over && condition_over(cn)) {
		judge_end(p, now);
		p->p_runs = false;
		p->p_ends++;
	}
	/* The command ends by itself. */
	if (draw(16) == 0)
		p->p_runs = false;
}

/* Lives of a command; calls as a source and a clock would. */
static void
play_while(struct play *p)
{
	uint64_t now = 0, packet;

	p->p_runs = false;
	p->p_fed = 0;
	p->p_ends = 0;
	condition_init(&p->p_condition, CONDITION_WHILE, 0, p->p_time, 0, 0);
	assert_true(condition_over(&p->p_condition));
	for (;;) {
		packet = p->p_runs ? NEVER : condition_next(&p->p_condition);
		if ((now = next_wakeup(p, packet, now)) == NEVER)
			break;
		wake(p, now);
	}
	assert_int_equal(p->p_fed, PACKETS);
	assert_true(condition_over(&p->p_condition));
	/* A packet at the end of a silence comes first. */
	assert_true(p->p_ends <= silences(p->p_time + 1));
	if (p->p_late == 0)
		assert_true(p->p_ends >= silences(p->p_known ?
						 p->p_time + 1 :
						 p->p_time + p->p_time / 32));
}

static void
play_sequences(void (*play)(struct play *), bool known, bool late)
{
	struct play p = { .p_known = known };
	int i;

	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		p.p_time = 1000 + draw(1000000);
		p.p_late = late ? 1 + draw(2 * p.p_time) : 0;
		generate(p.p_time);
		play(&p);
	}
	print_message("%d sequences: %llu events, %llu wake-ups\n", SEQUENCES,
	    (unsigned long long)p.p_events, (unsigned long long)p.p_wakeups);
	assert_true(p.p_events > SEQUENCES);
}

static void
test_while(void **state)
{
	(void)state;
	play_sequences(play_while, true, false);
	play_sequences(play_while, true, true);
}

static void
test_while_unknown(void **state)
{
	(void)state;
	play_sequences(play_while, false, false);
	play_sequences(play_while, false, true);
}

/* Steady packets: at most two wake-ups in T; none without packets. */
static void
test_while_steady(void **state)
{
	struct condition cn;
	uint64_t now = 0, wakeups = 0;

	(void)state;
	condition_init(&cn, CONDITION_WHILE, 0, 1000, 5, 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(take(&cn, 6, 0, 0), 1);
	for (; now < 100000; wakeups++) {
		now = condition_deadline(&cn);
		assert_int_equal(
		    take(&cn, 6 + now / 10, now - now % 10, now), 1);
	}
	assert_in_range(wakeups, 99, 200);
	/* Packets that are older than T already: then the end. */
	assert_int_equal(take(&cn, 50000, 101000, 105000), 1);
	assert_int_equal(condition_deadline(&cn), 102000);
	assert_false(condition_over(&cn));
	assert_int_equal(take(&cn, 50000, 101000, 105001), 0);
	assert_true(condition_over(&cn));
	assert_int_equal(condition_deadline(&cn), NEVER);
}

/* A packet is about to be counted when the silence would be complete. */
static void
test_while_flight(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_WHILE, 0, 1000, 0, 0);
	assert_int_equal(take(&cn, 1, 10, 10), 1);
	assert_int_equal(take(&cn, 1, 1005, 1010), 0);
	assert_false(condition_over(&cn));
	assert_int_equal(take(&cn, 2, 1005, 2004), 1);
	assert_int_equal(condition_deadline(&cn), 2005);
}

/* Events of the trigger in front come at times[], alone or, late, together. */
static void
play_calm(struct play *p)
{
	struct condition *cn = &p->p_condition;
	uint64_t now = 0, events, sum = 0;

	p->p_fed = 0;
	condition_init(cn, CONDITION_CALM, 0, p->p_time, 0, 0);
	assert_int_equal(condition_deadline(cn), NEVER);
	while ((now = next_wakeup(p, p->p_fed + 1, now)) != NEVER) {
		p->p_wakeups++;
		feed(p, now);
		events = take(cn, p->p_fed,
		    p->p_fed == 0 ? NEVER : times[p->p_fed - 1], now);
		sum += events;
		assert_int_equal(condition_next(cn), NEVER);
		assert_int_equal(condition_over(cn),
		    p->p_fed > 0 && now < times[p->p_fed - 1] + p->p_time);
		if (events == 0)
			continue;
		/* Never early. */
		assert_true(condition_when(cn) <= now);
		if (!condition_over(cn))
			assert_int_equal(condition_when(cn),
			    times[p->p_fed - 1] + p->p_time);
		/* In time: `now`, and a new event at the same time. */
		if (p->p_late == 0)
			assert_true(now - condition_when(cn) <= 1);
	}
	p->p_events += sum;
	assert_true(sum <= silences(p->p_time));
	if (p->p_late == 0)
		assert_int_equal(sum, silences(p->p_time));
}

static void
test_calm(void **state)
{
	(void)state;
	play_sequences(play_calm, true, false);
	play_sequences(play_calm, true, true);
}

/* One event for a spell, none before the first; no wake-ups by packets. */
static void
test_calm_once(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_CALM, 0, 1000, 3, 0);
	assert_int_equal(take(&cn, 3, 500, 5000), 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(take(&cn, 4, 5500, 5500), 0);
	assert_int_equal(condition_deadline(&cn), 6500);
	assert_int_equal(take(&cn, 9, 6000, 6100), 0);
	assert_int_equal(condition_deadline(&cn), 7000);
	assert_int_equal(take(&cn, 9, 6000, 6999), 0);
	assert_true(condition_over(&cn));
	assert_int_equal(take(&cn, 9, 6000, 7002), 1);
	assert_false(condition_over(&cn));
	assert_int_equal(condition_when(&cn), 7000);
	assert_int_equal(take(&cn, 9, 6000, 9000), 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(condition_next(&cn), NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_while),
		cmocka_unit_test(test_while_unknown),
		cmocka_unit_test(test_while_steady),
		cmocka_unit_test(test_while_flight),
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_calm_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
