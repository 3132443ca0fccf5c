/*
 * Silences, against a naive model that looks at every packet.  Time is
 * virtual, and whoever sleeps wakes exactly when it is due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule.h"

#define SEED	  UINT64_C(20240407)
#define SEQUENCES 1000
#define PACKETS	  300
#define NEVER	  UINT64_MAX

static uint64_t seed;
static uint64_t times[PACKETS];

static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

/* Gaps around the time itself, exactly it among them, and bursts. */
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

/* The event that is due after packet i, -1 for the start; NEVER for none. */
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
	struct rule r;

	rule_init(&r, RULE_IDLE, 0, time, 0, 0);
	for (;;) {
		now = rule_deadline(&r);
		if (rule_next(&r) <= PACKETS && times[rule_next(&r) - 1] < now)
			now = times[rule_next(&r) - 1];
		if (now == NEVER)
			break;
		/* What comes in the moment of the end comes after it. */
		while (fed < PACKETS &&
		    (times[fed] < now || now < rule_deadline(&r)) &&
		    times[fed] <= now)
			fed++;
		last = fed == 0 ? NEVER : times[fed - 1];
		events += rule_take(&r, fed, last, now);
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

/* Steady traffic: it is looked at once in the time, and nothing happens. */
static void
test_steady(void **state)
{
	uint64_t now = 0, wakeups = 0;
	struct rule r;

	(void)state;
	rule_init(&r, RULE_IDLE, 0, 1000, 0, 0);
	while (now < 100000) {
		now = rule_deadline(&r);
		assert_int_equal(
		    rule_take(&r, now / 10, now - now % 10, now), 0);
		wakeups++;
	}
	assert_true(wakeups <= 2 * 100);
}

/* Once after a silence, and again only after something came. */
static void
test_once(void **state)
{
	struct rule r;

	(void)state;
	rule_init(&r, RULE_IDLE, 0, 1000, 5, 0);
	assert_int_equal(rule_take(&r, 5, NEVER, 999), 0);
	assert_int_equal(rule_take(&r, 5, NEVER, 1000), 1);
	assert_int_equal(rule_deadline(&r), NEVER);
	assert_int_equal(rule_next(&r), 6);
	assert_int_equal(rule_take(&r, 5, NEVER, 9000), 0);
	assert_int_equal(rule_take(&r, 6, 9500, 9500), 0);
	assert_int_equal(rule_take(&r, 6, 9500, 10499), 0);
	assert_int_equal(rule_deadline(&r), 10500);
	assert_int_equal(rule_take(&r, 6, 9500, 10500), 1);
}

/*
 * Nobody knows when a packet came: it is looked for in time, and in a silence
 * the next one wakes.
 */
static void
test_vague(void **state)
{
	struct rule r;
	uint64_t now = 0, events = 0;

	(void)state;
	rule_init(&r, RULE_IDLE, 0, 3600, 0, 0);
	assert_int_equal(rule_next(&r), 1);
	/* Packets until 10000, each nanosecond. */
	while (now < 10000) {
		now =
		    rule_next(&r) == NEVER ? rule_deadline(&r) : rule_next(&r);
		assert_int_equal(rule_take(&r, now, NEVER, now), 0);
	}
	while (events == 0) {
		now = rule_deadline(&r);
		events = rule_take(&r, 10000, NEVER, now);
	}
	assert_true(now >= 13600 && now <= 13600 + 3600 / 32);
	assert_true(rule_next(&r) > 10000 && rule_next(&r) != NEVER);
}

/* A packet came in the moment after the end, before anybody looked. */
static void
test_just_missed(void **state)
{
	struct rule r;

	(void)state;
	rule_init(&r, RULE_IDLE, 0, 1000, 0, 0);
	assert_int_equal(rule_take(&r, 1, 1001, 1002), 1);
	assert_int_equal(rule_deadline(&r), 2001);
	assert_int_equal(rule_take(&r, 2, 2000, 2001), 0);
	/* A clock that is ahead of ours. */
	assert_int_equal(rule_take(&r, 3, 9000, 2100), 0);
	assert_int_equal(rule_deadline(&r), 3100);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
