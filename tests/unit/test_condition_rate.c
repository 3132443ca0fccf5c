/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * rate N/T, compared with a naive model that looks at every packet.  Time is
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

#define SEED	  UINT64_C(20240331)
#define SEQUENCES 10000
#define PACKETS	  600

static uint64_t times[PACKETS];

/* Bursts, silences, and steady traffic around the rate itself. */
static void
generate(uint64_t count, uint64_t time)
{
	uint64_t at = 1000, gap = time / count, burst = 0;
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		if (burst-- == 0) {
			static const uint64_t quarters[] = { 0, 1, 2, 3, 4, 5,
				8, 16 };

			burst = draw(3 * count) + 1;
			gap = time / count * quarters[draw(8)] / 4;
			if (draw(4) == 0)
				at += draw(3 * time);
		}
		at += gap == 0 ? draw(3) : gap / 2 + draw(gap);
		times[i] = at;
	}
}

struct play {
	struct condition p_condition;
	uint64_t p_count;
	uint64_t p_time;
	bool p_each;	 /* a call for each packet, as with a savefile */
	bool p_last;	 /* the time of the last packet is known */
	uint64_t p_held; /* ns, longest delay of a call */
	size_t p_fed;	 /* packets so far */
	size_t p_used;	 /* packets of events so far */
	uint64_t p_events;
	uint64_t p_wakeups;
};

/* No packet belongs to two events, and each event's packets fit in cn_time. */
static void
judge_events(struct play *p, uint64_t events)
{
	const struct condition *cn = &p->p_condition;
	size_t end = (size_t)cn->cn_anchor[cn->cn_first].ca_seen;
	size_t first;

	for (; events > 0; events--, end -= (size_t)p->p_count) {
		assert_true(end <= p->p_fed && end >= p->p_count);
		first = end - (size_t)p->p_count;
		assert_true(first >= p->p_used);
		assert_true(times[end - 1] - times[first] <= p->p_time);
	}
	p->p_used = (size_t)cn->cn_anchor[cn->cn_first].ca_seen;
}

/* Packets that belong to no event yet are not late for one. */
static void
judge_rest(const struct play *p, uint64_t now)
{
	uint64_t sure = p->p_time - p->p_time / 32, late = p->p_time / 32;
	size_t first, last;

	for (first = p->p_used; first + p->p_count <= p->p_fed; first++) {
		last = first + (size_t)p->p_count - 1;
		if (times[last] - times[first] <= sure)
			assert_true(now < times[last] + late);
	}
}

static uint64_t
next_wakeup(const struct play *p)
{
	uint64_t when = condition_deadline(&p->p_condition);
	uint64_t packet =
	    p->p_each ? p->p_fed + 1 : condition_next(&p->p_condition);

	if (packet <= PACKETS && times[packet - 1] < when)
		when = times[packet - 1];
	return when;
}

/* Counts the packets until now; with p_each one, if a packet woke. */
static void
feed(struct play *p, uint64_t now)
{
	if (p->p_each) {
		p->p_fed += now < condition_deadline(&p->p_condition);
		return;
	}
	while (p->p_fed < PACKETS && times[p->p_fed] <= now)
		p->p_fed++;
}

/* Calls as a source and a clock would, until all packets are counted. */
static void
play(struct play *p, uint64_t count, uint64_t time)
{
	uint64_t events, now;

	p->p_count = count;
	p->p_time = time;
	p->p_fed = p->p_used = 0;
	condition_init(&p->p_condition, CONDITION_RATE, count, time, 0, 0);
	while ((now = next_wakeup(p)) != UINT64_MAX) {
		judge_rest(p, now);
		feed(p, now);
		p->p_wakeups++;
		events = take(&p->p_condition, p->p_fed, UINT64_MAX, now);
		if (events > 0)
			judge_events(p, events);
		p->p_events += events;
	}
	assert_int_equal(p->p_fed, PACKETS);
}

/*
 * Delays calls at random: no event is early, and packets within cn_time before
 * the first look are an event if the time of the last packet is known.
 */
static void
play_held(struct play *p, uint64_t count, uint64_t time)
{
	uint64_t events, now = 0, when;
	struct condition_sample sm;

	p->p_count = count;
	p->p_time = time;
	p->p_fed = p->p_used = 0;
	condition_init(&p->p_condition, CONDITION_RATE, count, time, 0, 0);
	while ((when = next_wakeup(p)) != UINT64_MAX) {
		now = when < now ? now : when;
		if (draw(8) == 0)
			now += draw(p->p_held + 1);
		sm = (struct condition_sample){ .sm_silences = UINT64_MAX,
			.sm_last = UINT64_MAX };
		if (condition_next(&p->p_condition) <= PACKETS)
			sm.sm_woke = times[condition_next(&p->p_condition) - 1];
		while (p->p_fed < PACKETS && times[p->p_fed] <= now)
			p->p_fed++;
		if (sm.sm_woke > now)
			sm.sm_woke = 0;
		if (p->p_last && p->p_fed > 0)
			sm.sm_last = times[p->p_fed - 1];
		sm.sm_seen = p->p_fed;
		events = condition_take(&p->p_condition, &sm, now);
		if (events > 0)
			judge_events(p, events);
		p->p_events += events;
	}
	assert_int_equal(p->p_fed, PACKETS);
}

static void
test_held(void **state)
{
	struct play p = { .p_last = false };
	uint64_t count, time;
	int i;

	(void)state;
	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		count = draw(3) == 0 ? 1 + draw(8) : 1 + draw(200);
		time = 1000000 * (1 + draw(1000));
		p.p_held = draw(8 * time);
		p.p_last = draw(2) == 0;
		generate(count, time);
		play_held(&p, count, time);
	}
	print_message("%d sequences: %llu events\n", SEQUENCES,
	    (unsigned long long)p.p_events);
	assert_true(p.p_events > SEQUENCES);
}

/* Ten packets within the time, or not, while the caller was delayed. */
static void
test_woke_late(void **state)
{
	struct condition_sample sm = { .sm_seen = 10,
		.sm_last = UINT64_MAX,
		.sm_silences = UINT64_MAX,
		.sm_woke = 5000 };
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 6001), 0);
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 6000), 1);
	/* The last packet is known to have come in time. */
	sm.sm_last = 5900;
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 9000), 1);
	/* No wake-up was needed: the packets came after the previous call. */
	sm.sm_woke = 0;
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 4900);
	assert_int_equal(condition_take(&cn, &sm, 9000), 1);
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 4899);
	assert_int_equal(condition_take(&cn, &sm, 9000), 0);
}

static void
play_sequences(bool each)
{
	struct play p = { .p_each = each };
	uint64_t count, time;
	int i;

	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		count = draw(3) == 0 ? 1 + draw(8) : 1 + draw(200);
		time = 1000000 * (1 + draw(1000));
		generate(count, time);
		play(&p, count, time);
	}
	print_message("%d sequences: %llu events, %llu wake-ups\n", SEQUENCES,
	    (unsigned long long)p.p_events, (unsigned long long)p.p_wakeups);
	assert_true(p.p_events > SEQUENCES);
}

static void
test_sequences(void **state)
{
	(void)state;
	play_sequences(false);
}

static void
test_each_packet(void **state)
{
	(void)state;
	play_sequences(true);
}

/* A packet each microsecond: many events, at most 40 wake-ups in a second. */
static void
test_flood(void **state)
{
	uint64_t events = 0, now = 0, seen = 0, wakeups = 0;
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_RATE, 500, 1000000000, 0, 0);
	while (now < 1000000000) {
		now = condition_deadline(&cn) == UINT64_MAX ?
		    now + 1000 :
		    condition_deadline(&cn);
		seen = now / 1000;
		events += take(&cn, seen, UINT64_MAX, now);
		wakeups++;
	}
	assert_int_equal(events, seen / 500);
	assert_true(wakeups <= 40);
}

/* No wake-ups without packets. */
static void
test_silence(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_RATE, 2, 1000, 7, 0);
	assert_int_equal(condition_deadline(&cn), UINT64_MAX);
	assert_int_equal(condition_next(&cn), 8);
	assert_int_equal(take(&cn, 8, UINT64_MAX, 5000), 0);
	assert_int_equal(condition_next(&cn), UINT64_MAX);
	assert_int_equal(take(&cn, 8, UINT64_MAX, condition_deadline(&cn)), 0);
	assert_int_equal(condition_deadline(&cn), UINT64_MAX);
	assert_int_equal(condition_next(&cn), 9);
	/* The second packet comes too late, the third in time. */
	assert_int_equal(take(&cn, 9, UINT64_MAX, 6001), 0);
	assert_int_equal(take(&cn, 10, UINT64_MAX, 6100), 1);
}

/* After a long delay the times are unknown: no event. */
static void
test_overslept(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_RATE, 10, 1000, 0, 0);
	assert_int_equal(take(&cn, 1, UINT64_MAX, 100), 0);
	assert_int_equal(take(&cn, 100, UINT64_MAX, 5000), 0);
	assert_int_equal(take(&cn, 109, UINT64_MAX, 5100), 0);
	assert_int_equal(take(&cn, 110, UINT64_MAX, 5200), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_each_packet),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_overslept),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_woke_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
