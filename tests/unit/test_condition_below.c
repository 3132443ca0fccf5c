/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * below N/T, compared with a naive model that looks at every packet.  Time is
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

#define SEED	  UINT64_C(20261104)
#define SEQUENCES 10000
#define PACKETS	  300
#define NEVER	  UINT64_MAX

static uint64_t times[PACKETS];

/* Steady traffic around N in T, bursts, and silences. */
static void
generate(uint64_t count, uint64_t time)
{
	static const uint64_t eighths[] = { 0, 2, 6, 7, 8, 9, 10, 16 };
	uint64_t at = draw(2 * time), gap = time / count, rest = 0;
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		if (rest-- == 0) {
			rest = draw(3 * count) + 1;
			gap = time / count * eighths[draw(8)] / 8;
			if (draw(3) == 0)
				at += draw(3 * time);
		}
		at += gap == 0 ? draw(3) : gap - gap / 16 + draw(gap / 8 + 1);
		times[i] = at;
	}
}

struct play {
	struct condition p_condition;
	uint64_t p_count;
	uint64_t p_time;
	bool p_known;	 /* the times of packets are known */
	uint64_t p_late; /* ns, longest delay of a call */
	size_t p_fed;	 /* packets so far */
	size_t p_low;	 /* judge_missed: the next silence to look at */
	size_t p_high;	 /* judge_missed: the next burst to look at */
	uint64_t p_turn; /* time at which it was armed or disarmed */
	uint64_t p_events;
	uint64_t p_wakeups;
};

/* Returns the packets after `from` and before `to`. */
static uint64_t
between(uint64_t from, uint64_t to)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < PACKETS && times[i] < to; i++)
		n += times[i] > from;
	return n;
}

/* Returns true if N came within T, the last of them in [from, to]. */
static bool
rose(const struct play *p, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = (size_t)p->p_count - 1; i < PACKETS && times[i] <= to; i++)
		if (times[i] >= from &&
		    times[i] - times[i + 1 - p->p_count] <= p->p_time)
			return true;
	return false;
}

/* An event is not early, and N came within T since the one at `last`. */
static void
judge_event(const struct play *p, uint64_t now, uint64_t last)
{
	uint64_t when = condition_when(&p->p_condition);

	assert_true(when <= now && when >= p->p_time);
	assert_true(between(when - p->p_time, when) < p->p_count);
	if (last != NEVER)
		assert_true(rose(p, last, now));
}

/* Before a call at `now`: fewer than N within 33/32 T have disarmed in time. */
static void
judge_low(struct play *p, uint64_t now)
{
	const uint64_t late = p->p_time / 32;
	uint64_t low, last;
	size_t end;

	/* After packet p_low, 0: after the start. */
	for (; p->p_low <= PACKETS; p->p_low++) {
		low = p->p_low == 0 ? 0 : times[p->p_low - 1];
		low += p->p_time + late;
		if (low + late >= now)
			return;
		end = p->p_low + (size_t)p->p_count;
		last = end > PACKETS ? NEVER : times[end - 1];
		if (last > low && p->p_condition.cn_armed)
			assert_true(p->p_turn > low);
	}
}

/* Before a call at `now`: N within 31/32 T have armed in time. */
static void
judge_high(struct play *p, uint64_t now)
{
	const uint64_t late = p->p_time / 32;
	uint64_t last;

	for (; p->p_high + p->p_count <= PACKETS; p->p_high++) {
		last = times[p->p_high + p->p_count - 1];
		if (last + late >= now)
			return;
		if (last - times[p->p_high] <= p->p_time - late &&
		    !p->p_condition.cn_armed)
			assert_true(p->p_turn >= last);
	}
}

static uint64_t
next_wakeup(const struct play *p, uint64_t now)
{
	uint64_t when = condition_deadline(&p->p_condition);
	uint64_t packet = condition_next(&p->p_condition);

	if (packet <= PACKETS && times[packet - 1] < when)
		when = times[packet - 1];
	if (when == NEVER)
		return NEVER;
	when = when < now ? now : when;
	return p->p_late != 0 && draw(8) == 0 ? when + draw(p->p_late) : when;
}

/* Counts the packets until now. */
static struct condition_sample
sample(struct play *p, uint64_t now)
{
	struct condition_sample sm = {
		.sm_last = NEVER, .sm_silences = NEVER, .sm_woke = NEVER
	};
	uint64_t next = condition_next(&p->p_condition);

	while (p->p_fed < PACKETS && times[p->p_fed] <= now)
		p->p_fed++;
	sm.sm_seen = p->p_fed;
	if (!p->p_known)
		return sm;
	sm.sm_last = p->p_fed == 0 ? NEVER : times[p->p_fed - 1];
	sm.sm_woke = p->p_fed >= next ? times[next - 1] : 0;
	return sm;
}

/* Calls at `now`.  Returns the time of the last event, NEVER: none. */
static uint64_t
wake(struct play *p, uint64_t now, uint64_t last)
{
	struct condition *cn = &p->p_condition;
	struct condition_sample sm = sample(p, now);
	bool armed = cn->cn_armed;
	uint64_t events;

	events = condition_take(cn, &sm, now);
	if (events > 0 || armed != cn->cn_armed)
		p->p_turn = now;
	p->p_events += events;
	p->p_wakeups++;
	assert_int_equal(condition_over(cn), cn->cn_armed);
	if (events == 0)
		return last;
	assert_true(events == 1 || p->p_late > 0);
	/* Without times, N that are seen at once may have taken longer. */
	judge_event(p, now, p->p_late > 0 && !p->p_known ? NEVER : last);
	return condition_when(cn);
}

/* Calls as a source and a clock would, until nothing is due any more. */
static void
play(struct play *p, uint64_t count, uint64_t time)
{
	uint64_t now = 0, last = NEVER;

	p->p_count = count;
	p->p_time = time;
	p->p_fed = p->p_low = p->p_high = 0;
	p->p_turn = 0;
	condition_init(&p->p_condition, CONDITION_BELOW, count, time, 0, 0);
	while ((now = next_wakeup(p, now)) != NEVER) {
		if (p->p_late == 0) {
			judge_low(p, now);
			judge_high(p, now);
		}
		last = wake(p, now, last);
	}
	assert_int_equal(p->p_fed, PACKETS);
	assert_false(p->p_condition.cn_armed);
}

static void
play_sequences(bool known, bool late)
{
	struct play p = { .p_known = known };
	uint64_t count, time;
	int i;

	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		count = draw(3) == 0 ? 1 + draw(8) : 1 + draw(100);
		time = 1000000 * (1 + draw(1000));
		p.p_late = late ? 1 + draw(8 * time) : 0;
		generate(count, time);
		play(&p, count, time);
	}
	print_message("%d sequences: %llu events, %llu wake-ups\n", SEQUENCES,
	    (unsigned long long)p.p_events, (unsigned long long)p.p_wakeups);
	assert_true(p.p_events > SEQUENCES);
}

static void
test_known(void **state)
{
	(void)state;
	play_sequences(true, false);
}

static void
test_unknown(void **state)
{
	(void)state;
	play_sequences(false, false);
}

static void
test_known_late(void **state)
{
	(void)state;
	play_sequences(true, true);
}

static void
test_unknown_late(void **state)
{
	(void)state;
	play_sequences(false, true);
}

/* Each silence of `time` is one event of below 1 packet, at the same time. */
static void
play_single(struct play *p, uint64_t time)
{
	struct condition *cn = &p->p_condition;
	struct condition_sample sm;
	uint64_t now = 0;
	size_t k = 0;

	condition_init(cn, CONDITION_BELOW, 1, time, 0, 0);
	p->p_fed = 0;
	while ((now = next_wakeup(p, now)) != NEVER) {
		sm = sample(p, now);
		if (condition_take(cn, &sm, now) == 0)
			continue;
		/* The next silence is that before packet k. */
		while (k < PACKETS &&
		    times[k] - (k == 0 ? 0 : times[k - 1]) < time)
			k++;
		assert_int_equal(
		    condition_when(cn), (k == 0 ? 0 : times[k - 1]) + time);
		assert_in_range(
		    now, condition_when(cn), condition_when(cn) + time / 32);
		k++;
	}
	assert_int_equal(k, PACKETS + 1);
}

/* The events of below 1 packet / T are those of idle T. */
static void
test_single(void **state)
{
	struct play p = { .p_known = true };
	uint64_t time;
	int i;

	(void)state;
	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		time = 1000000 * (1 + draw(1000));
		generate(1 + draw(8), time);
		play_single(&p, time);
	}
}

/* Wakes at packets each `gap` for 100 T; returns the wake-ups in T, at most. */
static uint64_t
wakeups(struct play *p, uint64_t gap)
{
	static uint64_t log[10000];
	struct condition *cn = &p->p_condition;
	uint64_t now = 0, packet, most = 0;
	size_t n = 0, first = 0;

	p->p_events = 0;
	condition_init(cn, CONDITION_BELOW, p->p_count, p->p_time, 0, 0);
	while (now < 100 * p->p_time) {
		now = condition_deadline(cn);
		packet = condition_next(cn);
		if (packet != NEVER && packet * gap < now)
			now = packet * gap;
		p->p_events += take(cn, now / gap, now - now % gap, now);
		log[n++] = now;
		while (log[n - 1] - log[first] >= p->p_time)
			first++;
		if (n - first > most)
			most = n - first;
	}
	return most;
}

/* At most 40 wake-ups in T in a flood, and few for single packets. */
static void
test_wakeups(void **state)
{
	struct play p = { .p_count = 500, .p_time = 1000000000 };

	(void)state;
	assert_in_range(wakeups(&p, 1000), 30, 40);
	assert_int_equal(p.p_events, 0);
	/* Around N in T. */
	assert_in_range(wakeups(&p, 1999000), 30, 40);
	assert_in_range(wakeups(&p, 2001000), 30, 40);
	/* One event, and two wake-ups for each packet. */
	assert_in_range(wakeups(&p, 100000000), 20, 22);
	assert_int_equal(p.p_events, 1);
	/* An event for each packet. */
	p.p_count = 1;
	assert_in_range(wakeups(&p, 2000000000), 2, 3);
	assert_int_equal(p.p_events, 50);
}

/* Without packets, one wake-up, for the event. */
static void
test_silence(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_BELOW, 2, 1000, 7, 100);
	assert_int_equal(condition_next(&cn), 8);
	assert_int_equal(condition_deadline(&cn), 1100);
	/* The last packet came before the start. */
	assert_int_equal(take(&cn, 7, 50, 1099), 0);
	assert_int_equal(take(&cn, 7, 50, 1100), 1);
	assert_int_equal(condition_when(&cn), 1100);
	assert_false(condition_over(&cn));
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(condition_next(&cn), 8);
	/* Armed again by two packets in time, not by one. */
	assert_int_equal(take(&cn, 8, 5000, 5000), 0);
	assert_false(condition_over(&cn));
	assert_int_equal(take(&cn, 8, 5000, condition_deadline(&cn)), 0);
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(take(&cn, 9, 6001, 6001), 0);
	assert_false(condition_over(&cn));
	assert_int_equal(take(&cn, 10, 6900, 6900), 0);
	assert_true(condition_over(&cn));
}

/* The call is late, and packets came in the meantime. */
static void
test_late(void **state)
{
	struct condition_sample sm = { .sm_seen = 10,
		.sm_last = 5500,
		.sm_silences = NEVER,
		.sm_woke = 5000 };
	struct condition cn;

	(void)state;
	/* An event at 1000, armed at 5500. */
	condition_init(&cn, CONDITION_BELOW, 10, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 5600), 1);
	assert_int_equal(condition_when(&cn), 1000);
	assert_true(condition_over(&cn));
	/* No event: enough may have come before 1000. */
	sm.sm_woke = 999;
	condition_init(&cn, CONDITION_BELOW, 10, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 5600), 0);
	assert_true(condition_over(&cn));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_known_late),
		cmocka_unit_test(test_unknown_late),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_wakeups),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
