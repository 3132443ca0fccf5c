/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* every N: all events, none early, the remainder kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/condition.h"

#define SEED   UINT64_C(20240229)
#define ROUNDS 2000
#define STEPS  50

static uint64_t seed;

/* The same sequence in every run; uses high bits, low ones are poor. */
static uint64_t
draw(void)
{
	uint64_t high;

	seed = seed * UINT64_C(6364136223846793005) + 1;
	high = seed >> 32;
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return high << 32 | seed >> 32;
}

/* Returns a number of 0 to 64 bits; all sizes are equally likely. */
static uint64_t
draw_size(void)
{
	unsigned int bits = (unsigned int)(draw() % 65);

	return bits == 0 ? 0 : draw() >> (64 - bits);
}

static uint64_t
draw_every(void)
{
	static const uint64_t edges[] = { 1, 2, 7, 1000, UINT32_MAX,
		INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MAX + 1,
		UINT64_MAX - 1, UINT64_MAX };
	uint64_t every;

	if (draw() % 2 == 0)
		return edges[draw() % (sizeof(edges) / sizeof(edges[0]))];
	every = draw_size();
	return every == 0 ? 1 : every;
}

static void
init(struct condition *cn, uint64_t every)
{
	condition_init(cn, CONDITION_EVERY, every, 0, 0, 0);
}

/* every ignores the time. */
static uint64_t
take(struct condition *cn, uint64_t seen)
{
	const struct condition_sample sm = { .sm_seen = seen,
		.sm_last = UINT64_MAX,
		.sm_silences = UINT64_MAX,
		.sm_woke = draw() };

	assert_int_equal(condition_deadline(cn), UINT64_MAX);
	return condition_take(cn, &sm, draw());
}

/* Adds at random; the sum is limited to UINT64_MAX. */
static uint64_t
grow(uint64_t seen)
{
	uint64_t more = draw_size();

	return more > UINT64_MAX - seen ? UINT64_MAX : seen + more;
}

static void
every_nth(void **state)
{
	struct condition cn;

	(void)state;
	init(&cn, 3);
	assert_int_equal(take(&cn, 0), 0);
	assert_int_equal(take(&cn, 2), 0);
	assert_int_equal(take(&cn, 3), 1);
	assert_int_equal(take(&cn, 3), 0);
	assert_int_equal(take(&cn, 5), 0);
	assert_int_equal(take(&cn, 6), 1);
}

static void
remainder_is_kept(void **state)
{
	struct condition cn;

	(void)state;
	init(&cn, 10);
	assert_int_equal(take(&cn, 39), 3);
	assert_int_equal(cn.cn_consumed, 30);
	assert_int_equal(condition_next(&cn), 40);
	assert_int_equal(take(&cn, 40), 1);
}

static void
lower_count_gives_none(void **state)
{
	struct condition cn;

	(void)state;
	init(&cn, 10);
	assert_int_equal(take(&cn, 25), 2);
	assert_int_equal(take(&cn, 19), 0);
	assert_int_equal(take(&cn, 0), 0);
	assert_int_equal(cn.cn_consumed, 20);
	/* A count between consumed and seen is lower, too. */
	assert_int_equal(take(&cn, 21), 0);
	assert_int_equal(take(&cn, 30), 1);
}

static void
top_of_the_count(void **state)
{
	struct condition cn;

	(void)state;
	init(&cn, 1);
	assert_int_equal(take(&cn, UINT64_MAX), UINT64_MAX);
	assert_int_equal(condition_next(&cn), UINT64_MAX);
	assert_int_equal(take(&cn, UINT64_MAX), 0);

	init(&cn, UINT64_MAX);
	assert_int_equal(take(&cn, UINT64_MAX - 1), 0);
	assert_int_equal(take(&cn, UINT64_MAX), 1);
	assert_int_equal(condition_next(&cn), UINT64_MAX);
}

/* every 2^63: one event, and no count reaches a second one. */
static void
half_of_the_count(void **state)
{
	const uint64_t half = UINT64_C(1) << 63;
	struct condition cn;

	(void)state;
	init(&cn, half);
	assert_int_equal(condition_next(&cn), half);
	assert_int_equal(take(&cn, half - 1), 0);
	assert_int_equal(take(&cn, half), 1);
	assert_int_equal(condition_next(&cn), UINT64_MAX);
	assert_int_equal(take(&cn, UINT64_MAX), 0);

	init(&cn, half - 1);
	assert_int_equal(take(&cn, UINT64_MAX - 2), 1);
	assert_int_equal(condition_next(&cn), UINT64_MAX - 1);
	assert_int_equal(take(&cn, UINT64_MAX - 1), 1);
	assert_int_equal(condition_next(&cn), UINT64_MAX);
}

/* Checks the events up to `seen`, and the next event at its packet. */
static void
check(const struct condition *cn, uint64_t seen, uint64_t events)
{
	const uint64_t next = condition_next(cn);
	struct condition copy = *cn;

	assert_int_equal(events, seen / cn->cn_count);
	assert_int_equal(cn->cn_consumed, events * cn->cn_count);
	assert_int_equal(take(&copy, seen), 0);
	assert_int_equal(take(&copy, next - 1), 0);
	if (next == UINT64_MAX)
		return;
	assert_true(next > seen);
	assert_int_equal(take(&copy, next), 1);
}

/* A count that falls back yields no event and loses none. */
static void
any_sequence(void **state)
{
	uint64_t seen, events;
	struct condition cn;
	int i, k;

	(void)state;
	seed = SEED;
	for (i = 0; i < ROUNDS; i++) {
		init(&cn, draw_every());
		seen = events = 0;
		for (k = 0; k < STEPS; k++) {
			if (seen != 0)
				assert_int_equal(take(&cn, draw() % seen), 0);
			seen = grow(seen);
			events += take(&cn, seen);
			check(&cn, seen, events);
		}
	}
}

/* A call for each packet yields the same events. */
static void
every_packet_alone(void **state)
{
	uint64_t seen, events, every;
	struct condition cn;

	(void)state;
	for (every = 1; every <= 40; every++) {
		init(&cn, every);
		events = 0;
		for (seen = 1; seen <= 500; seen++) {
			events += take(&cn, seen);
			check(&cn, seen, events);
		}
	}
}

static void
sums_of_events(void **state)
{
	static const struct {
		enum condition_kind s_kind;
		uint64_t s_count, s_events, s_sum;
		bool s_fits;
	} sums[] = {
		{ CONDITION_EVERY, 1, 1, 1, true },
		{ CONDITION_EVERY, 100, 3, 300, true },
		{ CONDITION_EVERY, 100, 3, 301, false },
		{ CONDITION_EVERY, 100, 2, 300, false },
		{ CONDITION_EVERY, 100, 0, 0, false },
		{ CONDITION_EVERY, 1, UINT64_MAX, UINT64_MAX, true },
		{ CONDITION_EVERY, UINT64_MAX, 1, UINT64_MAX, true },
		/* The product is 4 in 64 bits. */
		{ CONDITION_EVERY, 4, (UINT64_C(1) << 62) + 1, 4, false },
		{ CONDITION_EVERY, 0, 1, 0, false },
		{ CONDITION_EVERY, 0, 1, 1, false },
		{ CONDITION_RATE, 5, 2, 10, true },
		{ CONDITION_RATE, 5, 2, 11, false },
		{ CONDITION_RATE, 0, 1, 1, false },
		{ CONDITION_IDLE, 0, 1, 0, true },
		{ CONDITION_IDLE, 0, 0, 0, false },
		{ CONDITION_IDLE, 0, 1, 1, false },
		{ CONDITION_IDLE, 1, 1, 0, false },
		{ CONDITION_BELOW, 5, 1, 0, true },
		{ CONDITION_BELOW, 5, 1, 5, false },
		{ CONDITION_BELOW, 0, 1, 0, false },
		{ CONDITION_AFTER, 0, 2, 0, true },
		{ CONDITION_AFTER, 1, 1, 0, false },
		{ CONDITION_CALM, 0, 1, 0, true },
		{ CONDITION_WHILE, 0, 1, 0, true },
		{ CONDITION_WHILE, 0, 1, 1, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		assert_int_equal(condition_fits(sums[i].s_kind, sums[i].s_count,
				     sums[i].s_events, sums[i].s_sum),
		    sums[i].s_fits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_nth),
		cmocka_unit_test(remainder_is_kept),
		cmocka_unit_test(lower_count_gives_none),
		cmocka_unit_test(top_of_the_count),
		cmocka_unit_test(half_of_the_count),
		cmocka_unit_test(any_sequence),
		cmocka_unit_test(every_packet_alone),
		cmocka_unit_test(sums_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
