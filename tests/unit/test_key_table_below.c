/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Below by key, compared with a naive model that remembers the time of each
 * packet or byte of each key and searches all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_table.h"

#define SEQUENCES 1200
#define PACKETS	  300
#define KEYS	  8
#define WEIGHT	  400 /* most units of a packet */

/* A key of the model. */
struct known {
	bool k_armed;
	uint64_t k_due; /* events not taken */
	uint64_t k_at;	/* time of the first of these */
	size_t k_n;	/* units */
	uint64_t k_times[PACKETS * WEIGHT];
};

static struct key_table table, twin; /* the latter has each unit alone */
static struct key_table_rule rule;
static struct known known[KEYS];
static uint64_t now, seed, events;
static size_t late; /* units that arm late, or are missing early */
static bool lazy;   /* looks only at packets */
static bool steady; /* packets come at about the rate */

/* Returns a number below `limit`; each run has the same sequence. */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

static struct key
key_of(size_t i)
{
	return (struct key){ { 4, 0, 0, 0, 192, 0, 2, (uint8_t)i } };
}

static const struct key_entry *
entry_of(const struct key_table *t, size_t i)
{
	const struct key key = key_of(i);
	const struct key_entry *e;
	size_t place;

	for (place = 0; place < rule.kr_keys; place++) {
		e = key_table_entry(t, place);
		if (e != NULL && memcmp(&e->ke_key, &key, sizeof(key)) == 0)
			return e;
	}
	return NULL;
}

static bool
is_armed(const struct key_table *t, size_t i)
{
	const struct key_entry *e = entry_of(t, i);

	return e != NULL && e->ke_armed.hn_place != 0;
}

/* Returns the units of a key that are later than a time. */
static size_t
later(const struct known *k, uint64_t when)
{
	size_t n = 0;

	while (n < k->k_n && k->k_times[k->k_n - 1 - n] > when)
		n++;
	return n;
}

/* Returns the units within the last kr_time. */
static size_t
recent(const struct known *k)
{
	return now < rule.kr_time ? k->k_n : later(k, now - rule.kr_time);
}

/* Takes the next event of the twins. */
static bool
take(void)
{
	struct key_event ev, same;
	struct known *k;

	if (!key_table_take(&table, &ev)) {
		assert_false(key_table_take(&twin, &same));
		return false;
	}
	assert_true(key_table_take(&twin, &same));
	assert_memory_equal(&ev, &same, sizeof(ev));
	k = &known[ev.kv_key.k_bytes[7]];
	assert_int_equal(ev.kv_events, k->k_due);
	assert_int_equal(ev.kv_at, k->k_at);
	events += ev.kv_events;
	k->k_due = 0;
	return true;
}

/* The events of all keys after a look: due, and not late. */
static void
check_events(void)
{
	struct known *k;
	uint64_t at;
	size_t i;

	for (i = 0, k = known; i < KEYS; i++, k++) {
		assert_int_equal(is_armed(&table, i), is_armed(&twin, i));
		if (!k->k_armed)
			continue;
		if (is_armed(&table, i)) {
			/* More than that many, or it would be due. */
			assert_true(recent(k) >= rule.kr_count - late);
			continue;
		}
		k->k_armed = false;
		at = entry_of(&table, i)->ke_at;
		if (k->k_due++ == 0)
			k->k_at = at;
		else
			continue;
		assert_true(at <= now);
		assert_true(later(k, at - rule.kr_time) < rule.kr_count);
		if (late == 0)
			assert_int_equal(at,
			    k->k_times[k->k_n - rule.kr_count] + rule.kr_time);
	}
}

static void
look(void)
{
	key_table_look(&table, now);
	key_table_look(&twin, now);
	check_events();
}

/* The key is armed if kr_count came within kr_time, at the latest by `late`. */
static void
check_armed(size_t i)
{
	struct known *k = &known[i];
	const size_t n = k->k_n, count = rule.kr_count;

	if (is_armed(&twin, i) && !k->k_armed) {
		assert_true(n >= count);
		assert_true(now - k->k_times[n - count] < rule.kr_time);
		k->k_armed = true;
	}
	if (!k->k_armed && n >= count + late)
		assert_true(now - k->k_times[n - count - late] >= rule.kr_time);
}

static void
packet(size_t i, uint64_t units)
{
	const struct key key = key_of(i);
	struct known *k = &known[i];
	uint64_t n;

	look();
	for (n = 0; n < units; n++) {
		key_table_count(&twin, KEY_FOUND, &key, rule.kr_bytes ? 0 : 1,
		    rule.kr_bytes ? 1 : 0, now);
		k->k_times[k->k_n++] = now;
		check_armed(i);
	}
	key_table_count(&table, KEY_FOUND, &key, rule.kr_bytes ? 0 : units,
	    rule.kr_bytes ? units : 0, now);
	assert_int_equal(is_armed(&table, i), k->k_armed);
}

static void
advance(uint64_t to)
{
	uint64_t when;

	while (!lazy && (when = key_table_deadline(&table)) <= to) {
		assert_true(when > now);
		assert_int_equal(when, key_table_deadline(&twin));
		now = when;
		look();
		assert_true(key_table_deadline(&table) > now);
	}
	now = to;
	if (lazy)
		return;
	look();
	while (take())
		;
}

static void
begin(void)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		memset(&known[i], 0, offsetof(struct known, k_times));
	memset(&rule, 0, sizeof(rule));
	rule.kr_kind = CONDITION_BELOW;
	rule.kr_count = 2 + draw(draw(2) == 0 ? 32 : 199);
	rule.kr_time = 1 + draw(draw(2) == 0 ? 10 : 100000);
	rule.kr_bytes = draw(2) == 0;
	rule.kr_keys = KEYS;
	rule.kr_size = 20;
	late = 2 * (size_t)(key_table_step(rule.kr_count) - 1);
	lazy = draw(4) == 0;
	steady = rule.kr_count > 33 && draw(2) == 0;
	now = 200000;
	assert_int_equal(key_table_begin(&table, &rule), 0);
	assert_int_equal(key_table_begin(&twin, &rule), 0);
}

static uint64_t
draw_gap(void)
{
	if (steady && draw(100) != 0)
		return rule.kr_time / (rule.kr_count + 2 - draw(5));
	switch (draw(8)) {
	case 0:
		return rule.kr_time;
	case 1:
		return rule.kr_time + 1;
	case 2:
		return draw(draw(8) == 0 ? 3 * rule.kr_time : 4);
	default:
		return draw(3 * rule.kr_time / rule.kr_count + 2);
	}
}

static void
play(void)
{
	uint64_t weight = draw(3) == 0 ? WEIGHT : 1 + draw(20);
	size_t keys = 1 + (size_t)draw(draw(2) == 0 ? 2 : KEYS), n;

	begin();
	if (steady)
		weight = keys = 1;
	for (n = 0; n < PACKETS; n++) {
		if (steady || draw(2) == 0)
			advance(now +
			    (draw(30) == 0 ? draw_gap() : draw_gap() / keys));
		packet((size_t)draw(keys), 1 + draw(weight));
		while (draw(3) == 0 && take())
			;
	}
	while (take())
		;
	key_table_end(&table);
	key_table_end(&twin);
}

static void
sequences(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SEQUENCES; i++) {
		seed = i;
		play();
	}
	assert_true(events > SEQUENCES);
}

/* A count of marks that keep a key armed: fewer than the count, 15/16 of it. */
static void
keep(void **state)
{
	uint64_t n, step;

	(void)state;
	for (n = 2; n < 2000000; n += 1 + n / 1000) {
		step = key_table_step(n);
		assert_true((key_table_keep(n) + 1) * step - 1 < n);
		assert_true(16 * (key_table_keep(n) * step + 1) >= 15 * n);
		assert_true(key_table_keep(n) <= key_table_back(n));
	}
}

/* An armed key keeps its place, also while the event waits. */
static void
places(void **state)
{
	struct key_event ev;
	struct key key;
	uint64_t i;

	(void)state;
	rule = (struct key_table_rule){ .kr_kind = CONDITION_BELOW,
		.kr_count = 2,
		.kr_time = 100,
		.kr_keys = 2,
		.kr_size = 20 };
	assert_int_equal(key_table_begin(&table, &rule), 0);
	key = key_of(1);
	key_table_count(&table, KEY_FOUND, &key, 2, 0, 1000);
	key = key_of(2);
	key_table_count(&table, KEY_FOUND, &key, 1, 0, 1000);
	assert_int_equal(key_table_deadline(&table), 1100);
	/* The other key is forgotten first. */
	for (i = 3; i < 10; i++) {
		key = key_of(i);
		assert_int_equal(key_table_count(&table, KEY_FOUND, &key, 1, 0,
				     1000 + 101 * (i - 2)),
		    true);
	}
	assert_true(key_table_deadline(&table) == UINT64_MAX);
	assert_non_null(entry_of(&table, 1));
	assert_true(key_table_take(&table, &ev));
	assert_int_equal(ev.kv_at, 1100);
	assert_int_equal(ev.kv_events, 1);
	assert_null(entry_of(&table, 1));
	assert_false(key_table_take(&table, &ev));
	key_table_end(&table);
}

/* A packet's own key falls first, however many others are to fall. */
static void
crowd(void **state)
{
	struct key_event ev;
	struct key key;
	uint8_t i;

	(void)state;
	rule.kr_keys = KEY_TABLE_WORK + 2;
	assert_int_equal(key_table_begin(&table, &rule), 0);
	for (i = 0; i < KEY_TABLE_WORK + 2; i++) {
		key = key_of(i);
		key_table_count(&table, KEY_FOUND, &key, 2, 0, 1000);
	}
	key_table_count(&table, KEY_FOUND, &key, 2, 0, 1000 + rule.kr_time);
	assert_int_equal(table.kt_events, KEY_TABLE_WORK + 1);
	assert_int_equal(key_table_deadline(&table), 1000 + rule.kr_time);
	key_table_look(&table, 1000 + rule.kr_time);
	assert_int_equal(table.kt_events, KEY_TABLE_WORK + 2);
	for (i = 0; i < KEY_TABLE_WORK + 2; i++) {
		assert_true(key_table_take(&table, &ev));
		assert_int_equal(ev.kv_at, 1000 + rule.kr_time);
	}
	key_table_end(&table);
}

/* Never due, and so never armed. */
static void
end_of_time(void **state)
{
	const struct key key = key_of(1);
	struct key_event ev;

	(void)state;
	rule.kr_time = UINT64_MAX;
	assert_int_equal(key_table_begin(&table, &rule), 0);
	key_table_count(&table, KEY_FOUND, &key, 5, 0, 1);
	assert_true(key_table_deadline(&table) == UINT64_MAX);
	key_table_look(&table, UINT64_MAX);
	assert_false(key_table_take(&table, &ev));
	key_table_end(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keep),
		cmocka_unit_test(sequences),
		cmocka_unit_test(places),
		cmocka_unit_test(crowd),
		cmocka_unit_test(end_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
