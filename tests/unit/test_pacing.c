/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Pacing and listener: at most 1000 wake-ups in a second, short rests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/listener.h"
#include "source/pacing.h"

#define MOST   1000
#define ROUNDS 200
#define STEPS  5000
#define T0     (5 * CLOCK_S)
/* Maximum delay of a packet, ns: two rests. */
#define LATE (2 * CLOCK_MS + 100000)

static uint64_t seed;

static uint64_t
draw(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 32) % below;
}

/* The last MOST wake-ups: the next must come a second after the oldest. */
struct past {
	uint64_t p_when[MOST];
	size_t p_n;
};

static void
woke(struct past *p, uint64_t now)
{
	uint64_t *place = &p->p_when[p->p_n % MOST];

	if (p->p_n >= MOST)
		assert_true(now - *place >= CLOCK_S);
	*place = now;
	p->p_n++;
}

static void
allows_a_few_in_a_row(void **state)
{
	struct pacing p = { 0 };
	uint64_t rest;
	int i;

	(void)state;
	assert_int_equal(pacing_rest(&p, 0), 0);
	assert_int_equal(pacing_rest(&p, T0), 0);
	for (i = 0; i < 15; i++) {
		pacing_wake(&p, T0);
		assert_int_equal(pacing_rest(&p, T0), 0);
	}
	pacing_wake(&p, T0);
	rest = pacing_rest(&p, T0);
	assert_in_range(rest, T0 + CLOCK_MS, T0 + CLOCK_MS + 50000);
	assert_int_equal(pacing_rest(&p, rest - 1), rest);
	assert_int_equal(pacing_rest(&p, rest), 0);
}

static void
rests_longer_after_credit(void **state)
{
	struct pacing p = { 0 };
	uint64_t rest, credit;
	int i;

	(void)state;
	for (i = 0; i < 16; i++)
		pacing_wake(&p, T0);
	rest = pacing_rest(&p, T0);
	pacing_wake(&p, T0);
	credit = pacing_rest(&p, T0);
	assert_int_equal(credit - rest, rest - T0);
}

static void
forgets_in_quiet_times(void **state)
{
	struct pacing p = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		pacing_wake(&p, T0);
	for (i = 0; i < 15; i++)
		pacing_wake(&p, T0 + CLOCK_S);
	assert_int_equal(pacing_rest(&p, T0 + CLOCK_S), 0);
	pacing_wake(&p, T0 + CLOCK_S);
	assert_true(pacing_rest(&p, T0 + CLOCK_S) > T0 + CLOCK_S);
}

static void
polls_from_the_beginning(void **state)
{
	struct listener l = { .li_rest = LISTENER_REST };

	(void)state;
	assert_false(listener_turn(&l, true, T0));
	assert_int_equal(listener_until(&l, true, T0), CLOCK_NEVER);
	assert_false(listener_turn(&l, false, T0));
	assert_int_equal(listener_until(&l, false, T0), CLOCK_NEVER);
}

static void
rests_long_without_a_waiting_trigger(void **state)
{
	struct listener l = { .li_rest = LISTENER_REST };
	uint64_t end = T0 + 10 * CLOCK_S;

	(void)state;
	listener_found(&l);
	assert_false(listener_turn(&l, false, T0));
	assert_int_equal(listener_until(&l, false, T0), end);
	listener_found(&l);
	assert_false(listener_turn(&l, false, end - 1));
	assert_false(listener_turn(&l, false, end));
	assert_int_equal(listener_until(&l, false, end), end + 10 * CLOCK_S);
	/* No more packets: polling costs no wake-ups. */
	assert_true(listener_turn(&l, false, end + 10 * CLOCK_S));
	assert_int_equal(listener_until(&l, false, end), CLOCK_NEVER);
}

static void
polls_as_soon_as_a_trigger_waits(void **state)
{
	struct listener l = { .li_rest = LISTENER_REST };

	(void)state;
	listener_found(&l);
	assert_false(listener_turn(&l, false, T0));
	assert_true(listener_turn(&l, true, T0 + 1));
	assert_int_equal(listener_until(&l, true, T0 + 1), CLOCK_NEVER);
}

/* Rests follow each other while packets come; then polling starts. */
static void
rests_while_packets_come(void **state)
{
	struct listener l = { .li_rest = LISTENER_REST };
	uint64_t until;
	int i;

	(void)state;
	for (i = 0; i < 15; i++) {
		listener_found(&l);
		assert_false(listener_turn(&l, true, T0));
		assert_int_equal(listener_until(&l, true, T0), CLOCK_NEVER);
	}
	until = T0;
	for (i = 0; i < 100; i++) {
		listener_found(&l);
		assert_false(listener_turn(&l, true, until));
		assert_true(listener_until(&l, true, until) > until);
		until = listener_until(&l, true, until);
		assert_false(listener_turn(&l, true, until - 1));
	}
	assert_true(listener_turn(&l, true, until));
	assert_int_equal(listener_until(&l, true, until), CLOCK_NEVER);
}

/*
 * Packets `gap` ns apart on average; wake-ups up to `late` ns late; disturbed:
 * other descriptors cause additional wake-ups.
 */
static void
simulate(uint64_t gap, uint64_t late, bool disturbed)
{
	static struct past past;
	struct listener l = { .li_rest = LISTENER_REST };
	uint64_t now = T0, packet = T0, until;
	bool other;
	int i;

	past.p_n = 0;
	for (i = 0; i < STEPS; i++) {
		until = listener_until(&l, true, now);
		if (until == CLOCK_NEVER)
			until = packet > now ? packet : now;
		other = disturbed && draw(4) == 0;
		if (other)
			until = now + (until - now) / 2;
		now = until + draw(late + 1);
		/* The bound does not include wake-ups by others. */
		if (!other)
			woke(&past, now);
		if (packet <= now) {
			assert_true(now - packet <= LATE + 2 * late);
			listener_found(&l);
			while (packet <= now)
				packet += 1 + draw(2 * gap);
		}
		(void)listener_turn(&l, true, now);
	}
}

static void
keeps_the_bound_at_any_pace(void **state)
{
	static const uint64_t gaps[] = { 1000, 100000, 500000, CLOCK_MS,
		1020000, 1100000, 2 * CLOCK_MS, 10 * CLOCK_MS };
	static const uint64_t delays[] = { 0, 50000, CLOCK_MS, CLOCK_S / 50 };
	size_t g, d;

	(void)state;
	for (g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
		for (d = 0; d < sizeof(delays) / sizeof(delays[0]); d++) {
			simulate(gaps[g], delays[d], false);
			simulate(gaps[g], delays[d], true);
		}
}

/* Bursts between silences, short enough to keep all credit in use. */
static void
keeps_the_bound_in_bursts(void **state)
{
	static struct past past;
	struct pacing p;
	uint64_t now, rest;
	int round, i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		p = (struct pacing){ 0 };
		past.p_n = 0;
		now = T0;
		for (i = 0; i < STEPS; i++) {
			/* The end of a rest, then a packet on credit. */
			if ((rest = pacing_rest(&p, now)) != 0) {
				now = rest;
				pacing_wake(&p, now);
				woke(&past, now);
			}
			pacing_wake(&p, now);
			woke(&past, now);
			if (draw(200) == 0)
				now += draw(40 * CLOCK_MS);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_a_few_in_a_row),
		cmocka_unit_test(rests_longer_after_credit),
		cmocka_unit_test(forgets_in_quiet_times),
		cmocka_unit_test(polls_from_the_beginning),
		cmocka_unit_test(rests_long_without_a_waiting_trigger),
		cmocka_unit_test(polls_as_soon_as_a_trigger_waits),
		cmocka_unit_test(rests_while_packets_come),
		cmocka_unit_test(keeps_the_bound_at_any_pace),
		cmocka_unit_test(keeps_the_bound_in_bursts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
