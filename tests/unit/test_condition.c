/* Counts become events: all of them, none early, the remainder kept. */
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

/* The same numbers in every run; the low bits of such a generator are poor. */
static uint64_t
draw(void)
{
	uint64_t high;

	seed = seed * UINT64_C(6364136223846793005) + 1;
	high = seed >> 32;
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return high << 32 | seed >> 32;
}

/* Any size is as likely as any other: 0 to 64 bits. */
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
init(struct condition *r, uint64_t every)
{
	condition_init(r, CONDITION_EVERY, every, 0, 0, 0);
}

/* Time is nothing to it. */
static uint64_t
take(struct condition *r, uint64_t seen)
{
	const struct condition_sample sm = { .sm_seen = seen,
		.sm_last = UINT64_MAX,
		.sm_silences = UINT64_MAX,
		.sm_woke = draw() };

	assert_int_equal(condition_deadline(r), UINT64_MAX);
	return condition_take(r, &sm, draw());
}

/* A count never wraps: it stays at the top. */
static uint64_t
grow(uint64_t seen)
{
	uint64_t more = draw_size();

	return more > UINT64_MAX - seen ? UINT64_MAX : seen + more;
}

static void
every_nth(void **state)
{
	struct condition r;

	(void)state;
	init(&r, 3);
	assert_int_equal(take(&r, 0), 0);
	assert_int_equal(take(&r, 2), 0);
	assert_int_equal(take(&r, 3), 1);
	assert_int_equal(take(&r, 3), 0);
	assert_int_equal(take(&r, 5), 0);
	assert_int_equal(take(&r, 6), 1);
}

static void
remainder_is_kept(void **state)
{
	struct condition r;

	(void)state;
	init(&r, 10);
	assert_int_equal(take(&r, 39), 3);
	assert_int_equal(r.cn_consumed, 30);
	assert_int_equal(condition_next(&r), 40);
	assert_int_equal(take(&r, 40), 1);
}

static void
lower_count_gives_none(void **state)
{
	struct condition r;

	(void)state;
	init(&r, 10);
	assert_int_equal(take(&r, 25), 2);
	assert_int_equal(take(&r, 19), 0);
	assert_int_equal(take(&r, 0), 0);
	assert_int_equal(r.cn_consumed, 20);
	/* Between what was consumed and what was seen is lower, too. */
	assert_int_equal(take(&r, 21), 0);
	assert_int_equal(take(&r, 30), 1);
}

static void
top_of_the_count(void **state)
{
	struct condition r;

	(void)state;
	init(&r, 1);
	assert_int_equal(take(&r, UINT64_MAX), UINT64_MAX);
	assert_int_equal(condition_next(&r), UINT64_MAX);
	assert_int_equal(take(&r, UINT64_MAX), 0);

	init(&r, UINT64_MAX);
	assert_int_equal(take(&r, UINT64_MAX - 1), 0);
	assert_int_equal(take(&r, UINT64_MAX), 1);
	assert_int_equal(condition_next(&r), UINT64_MAX);
}

/* Of 2^63 packets there is one event, and no count reaches a second. */
static void
half_of_the_count(void **state)
{
	const uint64_t half = UINT64_C(1) << 63;
	struct condition r;

	(void)state;
	init(&r, half);
	assert_int_equal(condition_next(&r), half);
	assert_int_equal(take(&r, half - 1), 0);
	assert_int_equal(take(&r, half), 1);
	assert_int_equal(condition_next(&r), UINT64_MAX);
	assert_int_equal(take(&r, UINT64_MAX), 0);

	init(&r, half - 1);
	assert_int_equal(take(&r, UINT64_MAX - 2), 1);
	assert_int_equal(condition_next(&r), UINT64_MAX - 1);
	assert_int_equal(take(&r, UINT64_MAX - 1), 1);
	assert_int_equal(condition_next(&r), UINT64_MAX);
}

/* What was taken at `seen` is right, and the next event comes at its packet. */
static void
check(const struct condition *r, uint64_t seen, uint64_t events)
{
	const uint64_t next = condition_next(r);
	struct condition copy = *r;

	assert_int_equal(events, seen / r->cn_count);
	assert_int_equal(r->cn_consumed, events * r->cn_count);
	assert_int_equal(take(&copy, seen), 0);
	assert_int_equal(take(&copy, next - 1), 0);
	if (next == UINT64_MAX)
		return;
	assert_true(next > seen);
	assert_int_equal(take(&copy, next), 1);
}

/* Now and then a count falls back; that costs nothing and gives nothing. */
static void
any_sequence(void **state)
{
	uint64_t seen, events;
	struct condition r;
	int i, k;

	(void)state;
	seed = SEED;
	for (i = 0; i < ROUNDS; i++) {
		init(&r, draw_every());
		seen = events = 0;
		for (k = 0; k < STEPS; k++) {
			if (seen != 0)
				assert_int_equal(take(&r, draw() % seen), 0);
			seen = grow(seen);
			events += take(&r, seen);
			check(&r, seen, events);
		}
	}
}

/* How often one looks makes no difference. */
static void
every_packet_alone(void **state)
{
	uint64_t seen, events, every;
	struct condition r;

	(void)state;
	for (every = 1; every <= 40; every++) {
		init(&r, every);
		events = 0;
		for (seen = 1; seen <= 500; seen++) {
			events += take(&r, seen);
			check(&r, seen, events);
		}
	}
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
