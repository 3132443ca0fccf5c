/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * idle T, compared with a naive model that looks at every packet.  Time is
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

#define SEED	  UINT64_C(20240407)
#define SEQUENCES 2000
#define PACKETS	  300
#define NEVER	  UINT64_MAX

static uint64_t times[PACKETS];

/* Bursts, and gaps around cn_time, including exactly cn_time. */
static void
generate(uint64_t time)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		switch (draw(4)) {
		case 0:
			at += draw(2 * time);
			break;
		case 1:
			at += time + draw(3) - 1;
			break;
		default:
			at += draw(time / 16);
			break;
		}
		times[i] = at;
	}
}

/* Returns the time of the event after packet i (-1: the start), or NEVER. */
static uint64_t
model(int i, uint64_t time)
{
	uint64_t since = i < 0 ? 0 : times[i];

	if (i + 1 < PACKETS && times[i + 1] - since < time)
		return NEVER;
	return since + time;
}

static uint64_t
expected(uint64_t time)
{
	uint64_t n = 0;
	int i;

	for (i = -1; i < PACKETS; i++)
		n += model(i, time) != NEVER;
	return n;
}

static uint64_t
play(uint64_t time, uint64_t *wakeups)
{
	uint64_t events = 0, now, last;
	size_t fed = 0;
	struct condition cn;

	condition_init(&cn, CONDITION_IDLE, 0, time, 0, 0);
	for (;;) {
		now = condition_deadline(&cn);
		if (condition_next(&cn) <= PACKETS &&
		    times[condition_next(&cn) - 1] < now)
			now = times[condition_next(&cn) - 1];
		if (now == NEVER)
			break;
		/* A packet at the end of a silence comes after the event. */
		while (fed < PACKETS &&
		    (times[fed] < now || now < condition_deadline(&cn)) &&
		    times[fed] <= now)
			fed++;
		last = fed == 0 ? NEVER : times[fed - 1];
		events += take(&cn, fed, last, now);
		(*wakeups)++;
	}
	assert_int_equal(fed, PACKETS);
	return events;
}

static void
test_sequences(void **state)
{
	uint64_t events, time, wakeups = 0, sum = 0;
	int i;

	(void)state;
	seed = SEED;
	for (i = 0; i < SEQUENCES; i++) {
		time = 1000 + draw(1000000);
		generate(time);
		events = play(time, &wakeups);
		assert_int_equal(events, expected(time));
		sum += events;
	}
	print_message("%d sequences: %llu events, %llu wake-ups\n", SEQUENCES,
	    (unsigned long long)sum, (unsigned long long)wakeups);
}

/* Steady traffic: at most two wake-ups in cn_time, no event. */
static void
test_steady(void **state)
{
	uint64_t now = 0, wakeups = 0;
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_IDLE, 0, 1000, 0, 0);
	while (now < 100000) {
		now = condition_deadline(&cn);
		assert_int_equal(take(&cn, now / 10, now - now % 10, now), 0);
		wakeups++;
	}
	assert_true(wakeups <= 2 * 100);
}

/* One event for a silence; the next only after a packet. */
static void
test_once(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_IDLE, 0, 1000, 5, 0);
	assert_int_equal(take(&cn, 5, NEVER, 999), 0);
	assert_int_equal(take(&cn, 5, NEVER, 1000), 1);
	assert_int_equal(condition_when(&cn), 1000);
	assert_false(condition_over(&cn));
	assert_int_equal(condition_deadline(&cn), NEVER);
	assert_int_equal(condition_next(&cn), 6);
	assert_int_equal(take(&cn, 5, NEVER, 9000), 0);
	assert_int_equal(take(&cn, 6, 9500, 9500), 0);
	assert_int_equal(take(&cn, 6, 9500, 10499), 0);
	assert_int_equal(condition_deadline(&cn), 10500);
	assert_int_equal(take(&cn, 6, 9500, 10500), 1);
}

/*
 * The time of the last packet is unknown: looks find it, and in a silence the
 * next packet wakes.
 */
static void
test_vague(void **state)
{
	struct condition cn;
	uint64_t now = 0, events = 0;

	(void)state;
	condition_init(&cn, CONDITION_IDLE, 0, 3600, 0, 0);
	assert_int_equal(condition_next(&cn), 1);
	/* Packets until 10000, each nanosecond. */
	while (now < 10000) {
		now = condition_next(&cn) == NEVER ? condition_deadline(&cn) :
						     condition_next(&cn);
		assert_int_equal(take(&cn, now, NEVER, now), 0);
	}
	while (events == 0) {
		now = condition_deadline(&cn);
		events = take(&cn, 10000, NEVER, now);
	}
	assert_true(now >= 13600 && now <= 13600 + 3600 / 32);
	assert_true(
	    condition_next(&cn) > 10000 && condition_next(&cn) != NEVER);
}

/* A packet comes between the end of a silence and the call. */
static void
test_just_missed(void **state)
{
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_IDLE, 0, 1000, 0, 0);
	assert_int_equal(take(&cn, 1, 1001, 1002), 1);
	assert_int_equal(condition_when(&cn), 1000);
	assert_true(condition_over(&cn));
	assert_int_equal(condition_deadline(&cn), 2001);
	assert_int_equal(take(&cn, 2, 2000, 2001), 0);
	/* The source's clock is ahead. */
	assert_int_equal(take(&cn, 3, 9000, 2100), 0);
	assert_int_equal(condition_deadline(&cn), 3100);
	/* The packet comes at the end of the silence: after the event. */
	assert_int_equal(take(&cn, 4, 3100, 3101), 1);
	assert_int_equal(condition_when(&cn), 3099);
	/* Its time is unknown: may have come before the end. */
	assert_int_equal(take(&cn, 5, NEVER, 4101), 0);
}

/*
 * The source writes the time of a packet, then counts the silence and the
 * packet; of packets that come at once, one may be counted before the silence
 * of another.
 */
static uint64_t seen_at[PACKETS];
static uint64_t silence_at[PACKETS];

static void
delay_counts(uint64_t longest)
{
	size_t i;

	for (i = 0; i < PACKETS; i++) {
		seen_at[i] = times[i] + draw(longest + 1);
		silence_at[i] = times[i] + draw(longest + 1);
		if (i > 0 && seen_at[i] < seen_at[i - 1])
			seen_at[i] = seen_at[i - 1];
	}
}

/* A sample of a source that counts silences. */
static struct condition_sample
sample(uint64_t now, uint64_t time)
{
	struct condition_sample sm = { .sm_last = NEVER };
	uint64_t since;
	size_t i;

	for (i = 0; i < PACKETS && times[i] < now; i++) {
		since = i == 0 ? 0 : times[i - 1];
		sm.sm_last = times[i];
		sm.sm_silences +=
		    silence_at[i] < now && times[i] - since >= time;
		sm.sm_seen += seen_at[i] < now;
	}
	return sm;
}

/* Returns the silences that are complete at `now`. */
static uint64_t
complete(uint64_t now, uint64_t time)
{
	uint64_t n = 0, end;
	int i;

	for (i = -1; i < PACKETS && (i < 0 || times[i] < now); i++) {
		end = model(i, time);
		n += end != NEVER && end <= now;
	}
	return n;
}

/* Delays each wake-up: each silence is still exactly one event. */
static void
play_late(uint64_t time, uint64_t late)
{
	uint64_t events = 0, now, read = 0, when, wanted, seen = 0, more;
	size_t wakeups = 0;
	struct condition_sample sm;
	struct condition cn;

	condition_init(&cn, CONDITION_IDLE, 0, time, 0, 0);
	for (;;) {
		when = condition_deadline(&cn);
		wanted = condition_next(&cn);
		if (wanted <= PACKETS && seen_at[wanted - 1] + 1 < when)
			when = seen_at[wanted - 1] + 1;
		/* Another trigger wakes while a packet is on its way. */
		if (seen < PACKETS && draw(8) == 0 && times[seen] + 2 < when)
			when = times[seen] + 2;
		if (when == NEVER)
			break;
		now = (when < read ? read : when) + draw(late + 1);
		/* Packets come between the clock and the counts. */
		read = now + draw(8);
		sm = sample(read, time);
		seen = sm.sm_seen;
		more = condition_take(&cn, &sm, now);
		events += more;
		assert_true(events <= complete(read, time));
		assert_true(condition_when(&cn) <= now);
		/* A silence comes before the packet that has ended it. */
		if (more > 0)
			assert_true(!condition_over(&cn) ||
			    condition_when(&cn) < sm.sm_last);
		assert_true(++wakeups < 10 * PACKETS);
	}
	assert_int_equal(seen, PACKETS);
	assert_int_equal(events, expected(time));
}

static void
test_late(void **state)
{
	static const uint64_t lates[] = { 0, 1, 16, 1000, 5000 };
	uint64_t time;
	size_t i, k;

	(void)state;
	seed = SEED;
	for (i = 0; i < SEQUENCES; i++)
		for (k = 0; k < sizeof(lates) / sizeof(lates[0]); k++) {
			time = 1000 + draw(1000);
			generate(time);
			/* Not both: a look after the packet settles doubts. */
			delay_counts(lates[k] > 16 ? 0 : 16);
			play_late(time, lates[k]);
		}
}

/* A packet just before an event is counted after the event. */
static void
test_just_before(void **state)
{
	struct condition_sample sm = { .sm_last = NEVER };
	struct condition cn;

	(void)state;
	condition_init(&cn, CONDITION_IDLE, 0, 1000, 0, 0);
	assert_int_equal(condition_take(&cn, &sm, 1000), 1);
	/* The packet came at 999: no silence has ended, the next one does. */
	sm = (struct condition_sample){ .sm_seen = 1, .sm_last = 999 };
	assert_int_equal(condition_take(&cn, &sm, 1001), 0);
	/* A look tells that from a silence that is about to be counted. */
	assert_in_range(condition_deadline(&cn), 1002, 1001 + 1000 / 32);
	assert_int_equal(condition_take(&cn, &sm, condition_deadline(&cn)), 0);
	assert_int_equal(condition_deadline(&cn), 1999);
	sm = (struct condition_sample){
		.sm_seen = 3, .sm_last = 2101, .sm_silences = 1
	};
	assert_int_equal(condition_take(&cn, &sm, 2102), 1);
	assert_int_equal(condition_deadline(&cn), 3101);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_just_missed),
		cmocka_unit_test(test_vague),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_just_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
