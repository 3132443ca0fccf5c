/*
 * Silences, against a naive model that looks at every packet.  Time is
 * virtual, and whoever sleeps wakes exactly when it is due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/condition.h"

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

/* Nothing is known but the count, and maybe the time of the last packet. */
static uint64_t
take(struct condition *r, uint64_t seen, uint64_t last, uint64_t now)
{
	const struct condition_sample sm = { .sm_seen = seen,
		.sm_last = last,
		.sm_silences = UINT64_MAX,
		.sm_woke = UINT64_MAX };

	return condition_take(r, &sm, now);
}

static uint64_t
play(uint64_t time, uint64_t *wakeups)
{
	uint64_t events = 0, now, last;
	size_t fed = 0;
	struct condition r;

	condition_init(&r, CONDITION_IDLE, 0, time, 0, 0);
	for (;;) {
		now = condition_deadline(&r);
		if (condition_next(&r) <= PACKETS &&
		    times[condition_next(&r) - 1] < now)
			now = times[condition_next(&r) - 1];
		if (now == NEVER)
			break;
		/* What comes in the moment of the end comes after it. */
		while (fed < PACKETS &&
		    (times[fed] < now || now < condition_deadline(&r)) &&
		    times[fed] <= now)
			fed++;
		last = fed == 0 ? NEVER : times[fed - 1];
		events += take(&r, fed, last, now);
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
	struct condition r;

	(void)state;
	condition_init(&r, CONDITION_IDLE, 0, 1000, 0, 0);
	while (now < 100000) {
		now = condition_deadline(&r);
		assert_int_equal(take(&r, now / 10, now - now % 10, now), 0);
		wakeups++;
	}
	assert_true(wakeups <= 2 * 100);
}

/* Once after a silence, and again only after something came. */
static void
test_once(void **state)
{
	struct condition r;

	(void)state;
	condition_init(&r, CONDITION_IDLE, 0, 1000, 5, 0);
	assert_int_equal(take(&r, 5, NEVER, 999), 0);
	assert_int_equal(take(&r, 5, NEVER, 1000), 1);
	assert_int_equal(condition_deadline(&r), NEVER);
	assert_int_equal(condition_next(&r), 6);
	assert_int_equal(take(&r, 5, NEVER, 9000), 0);
	assert_int_equal(take(&r, 6, 9500, 9500), 0);
	assert_int_equal(take(&r, 6, 9500, 10499), 0);
	assert_int_equal(condition_deadline(&r), 10500);
	assert_int_equal(take(&r, 6, 9500, 10500), 1);
}

/*
 * Nobody knows when a packet came: it is looked for in time, and in a silence
 * the next one wakes.
 */
static void
test_vague(void **state)
{
	struct condition r;
	uint64_t now = 0, events = 0;

	(void)state;
	condition_init(&r, CONDITION_IDLE, 0, 3600, 0, 0);
	assert_int_equal(condition_next(&r), 1);
	/* Packets until 10000, each nanosecond. */
	while (now < 10000) {
		now = condition_next(&r) == NEVER ? condition_deadline(&r) :
						    condition_next(&r);
		assert_int_equal(take(&r, now, NEVER, now), 0);
	}
	while (events == 0) {
		now = condition_deadline(&r);
		events = take(&r, 10000, NEVER, now);
	}
	assert_true(now >= 13600 && now <= 13600 + 3600 / 32);
	assert_true(condition_next(&r) > 10000 && condition_next(&r) != NEVER);
}

/* A packet came in the moment after the end, before anybody looked. */
static void
test_just_missed(void **state)
{
	struct condition r;

	(void)state;
	condition_init(&r, CONDITION_IDLE, 0, 1000, 0, 0);
	assert_int_equal(take(&r, 1, 1001, 1002), 1);
	assert_int_equal(condition_deadline(&r), 2001);
	assert_int_equal(take(&r, 2, 2000, 2001), 0);
	/* A clock that is ahead of ours. */
	assert_int_equal(take(&r, 3, 9000, 2100), 0);
	assert_int_equal(condition_deadline(&r), 3100);
}

/* A source that counts silences, at a time, with a packet on its way. */
static struct condition_sample
sample(uint64_t now, uint64_t time, size_t *fed, bool on_its_way)
{
	struct condition_sample sm = { .sm_last = NEVER };
	uint64_t since;
	size_t i;

	for (i = 0; i < PACKETS && times[i] < now; i++) {
		since = i == 0 ? 0 : times[i - 1];
		sm.sm_last = times[i];
		/* Its time is there, the rest not yet; not for long. */
		if (on_its_way && i >= *fed && now - times[i] < 16 &&
		    (i + 1 == PACKETS || times[i + 1] >= now))
			break;
		sm.sm_silences += times[i] - since >= time;
		sm.sm_seen++;
	}
	*fed = (size_t)sm.sm_seen;
	return sm;
}

/*
 * Wakes when the rule wants to, but late: each silence is an event all the
 * same, and none is more than one.
 */
static void
play_late(uint64_t time, uint64_t late)
{
	uint64_t events = 0, now = 0, when, wanted;
	size_t fed = 0, wakeups = 0;
	struct condition_sample sm;
	struct condition r;

	condition_init(&r, CONDITION_IDLE, 0, time, 0, 0);
	for (;;) {
		when = condition_deadline(&r);
		wanted = condition_next(&r);
		if (wanted <= PACKETS && times[wanted - 1] + 1 < when)
			when = times[wanted - 1] + 1;
		if (when == NEVER)
			break;
		now = (when < now ? now : when) + draw(late + 1);
		sm = sample(now, time, &fed, draw(4) == 0);
		events += condition_take(&r, &sm, now);
		assert_true(++wakeups < 10 * PACKETS);
	}
	assert_int_equal(fed, PACKETS);
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
			play_late(time, lates[k]);
		}
}

/* The packet that ends a silence by its own time comes just before the event.
 */
static void
test_just_before(void **state)
{
	struct condition_sample sm = { .sm_last = NEVER };
	struct condition r;

	(void)state;
	condition_init(&r, CONDITION_IDLE, 0, 1000, 0, 0);
	assert_int_equal(condition_take(&r, &sm, 1000), 1);
	/* It came at 999: no silence has ended, the next one is an event. */
	sm = (struct condition_sample){ .sm_seen = 1, .sm_last = 999 };
	assert_int_equal(condition_take(&r, &sm, 1001), 0);
	assert_int_equal(condition_deadline(&r), 1999);
	sm = (struct condition_sample){
		.sm_seen = 3, .sm_last = 2101, .sm_silences = 1
	};
	assert_int_equal(condition_take(&r, &sm, 2102), 1);
	assert_int_equal(condition_deadline(&r), 3101);
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
