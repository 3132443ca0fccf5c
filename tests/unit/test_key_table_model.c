/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The table, compared with a naive model that remembers each packet of each
 * key and searches all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_table.h"

#define SEQUENCES 2000
#define PACKETS	  300
#define KEYS	  40
#define WEIGHT	  45 /* most packets in a segmented one */

/* A key of the model. */
struct known {
	bool k_present; /* takes a place in the table */
	bool k_live;	/* has not expired */
	size_t k_n;	/* packets since the key is present */
	size_t k_fresh; /* of these up to the last event or silence */
	uint64_t k_due; /* events not taken */
	uint64_t k_at;	/* time of the first of these */
	uint64_t k_times[PACKETS * WEIGHT];
};

struct world {
	struct key_table w_table;
	struct key_table w_twin; /* for packets that came together, alone */
	struct key_table_rule w_rule;
	uint64_t w_now;
	uint64_t w_refused, w_cut, w_keyless, w_packets;
	uint64_t w_events; /* taken */
	uint64_t w_taken;  /* time of the last event taken */
	bool w_lazy;	   /* events are not taken at once */
	bool w_late;	   /* only packets end silences */
	struct known w_known[KEYS];
};

static struct world w;
static uint64_t seed;

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
	struct key key = { { 4, 0, 0, 0, 192, 0, (uint8_t)(i >> 8),
	    (uint8_t)i } };

	return key;
}

static size_t
index_of(const struct key *key)
{
	size_t i = (size_t)key->k_bytes[6] << 8 | key->k_bytes[7];
	struct key same = key_of(i);

	assert_memory_equal(key, &same, sizeof(same));
	return i;
}

static size_t
places(void)
{
	size_t i, n = 0;

	for (i = 0; i < KEYS; i++)
		n += w.w_known[i].k_present;
	return n;
}

static void
model_due(struct known *k, uint64_t events, uint64_t at)
{
	if (k->k_due == 0)
		k->k_at = at;
	k->k_due += events;
}

static void
model_forget(struct known *k)
{
	k->k_present = false;
	k->k_n = k->k_fresh = 0;
}

/* Ends silences up to now. */
static void
model_silences(void)
{
	enum condition_kind kind = w.w_rule.kr_kind;
	struct known *k;
	uint64_t silence;

	for (k = w.w_known; k < w.w_known + KEYS; k++) {
		if (!k->k_live || kind == CONDITION_EVERY)
			continue;
		silence = w.w_now - k->k_times[k->k_n - 1];
		if (silence < w.w_rule.kr_time ||
		    (kind == CONDITION_RATE && silence == w.w_rule.kr_time))
			continue;
		k->k_live = false;
		if (kind == CONDITION_IDLE)
			model_due(
			    k, 1, k->k_times[k->k_n - 1] + w.w_rule.kr_time);
		if (k->k_due == 0)
			model_forget(k);
	}
}

/* Returns true if the last n packets came within kr_time and are not used. */
static bool
within(const struct known *k, size_t n)
{
	return k->k_n - k->k_fresh >= n &&
	    w.w_now - k->k_times[k->k_n - n] <= w.w_rule.kr_time;
}

/*
 * Counts one packet of a rate.  A rate with steps may be late, so the table
 * tells whether there is an event, and the model whether that is right.
 */
static void
model_rate(struct known *k, bool happened)
{
	size_t step = (size_t)key_table_step(w.w_rule.kr_count);
	size_t n = (size_t)w.w_rule.kr_count, late = 2 * (step - 1);

	k->k_times[k->k_n++] = w.w_now;
	if (happened)
		assert_true(within(k, n));
	else
		assert_false(within(k, n + late));
	if (!happened)
		return;
	k->k_fresh = k->k_n;
	model_due(k, 1, w.w_now);
}

/* Counts packets that came together, with their events. */
static void
model_count(size_t i, uint64_t packets, const bool *happened)
{
	struct known *k = &w.w_known[i];
	bool first = !k->k_live;
	uint64_t n = w.w_rule.kr_count == 0 ? 1 : w.w_rule.kr_count;
	uint64_t before = k->k_n / n;

	if (!k->k_present && places() == w.w_rule.kr_keys) {
		w.w_refused += packets;
		return;
	}
	k->k_present = k->k_live = true;
	if (first)
		k->k_fresh = k->k_n;
	for (; packets > 0; packets--, happened++)
		if (w.w_rule.kr_kind == CONDITION_RATE)
			model_rate(k, *happened);
		else
			k->k_times[k->k_n++] = w.w_now;
	if (w.w_rule.kr_kind == CONDITION_AFTER && first)
		model_due(k, 1, w.w_now);
	if (w.w_rule.kr_kind == CONDITION_EVERY && k->k_n / n > before)
		model_due(k, k->k_n / n - before, w.w_now);
}

static void
take_all(void)
{
	struct key_event ev, twin;
	struct known *k;
	size_t i;

	while (key_table_take(&w.w_table, &ev)) {
		assert_true(key_table_take(&w.w_twin, &twin));
		assert_memory_equal(
		    &ev.kv_key, &twin.kv_key, sizeof(ev.kv_key));
		assert_int_equal(ev.kv_events, twin.kv_events);
		k = &w.w_known[index_of(&ev.kv_key)];
		assert_true(k->k_present);
		assert_int_equal(ev.kv_events, k->k_due);
		assert_int_equal(ev.kv_at, k->k_at);
		assert_int_equal(ev.kv_packets, k->k_n);
		assert_true(ev.kv_at >= w.w_taken);
		w.w_taken = ev.kv_at;
		w.w_events += ev.kv_events;
		k->k_due = 0;
		if (!k->k_live)
			model_forget(k);
	}
	assert_int_equal(w.w_table.kt_events, w.w_events);
	for (i = 0; i < KEYS; i++)
		assert_int_equal(w.w_known[i].k_due, 0);
}

/* Each packet is in one place, and the right one. */
static void
check_sums(void)
{
	const struct key_table_sums *ks = &w.w_table.kt_sums;
	const struct key_entry *e;
	uint64_t live = 0;
	size_t i, n = 0;

	for (i = 0; i < w.w_rule.kr_keys; i++) {
		if ((e = key_table_entry(&w.w_table, i)) == NULL)
			continue;
		assert_true(w.w_known[index_of(&e->ke_key)].k_present);
		assert_int_equal(
		    e->ke_packets, w.w_known[index_of(&e->ke_key)].k_n);
		live += e->ke_packets;
		n++;
	}
	assert_int_equal(n, places());
	assert_int_equal(n, w.w_table.kt_keys);
	assert_int_equal(ks->ks_packets, w.w_packets);
	assert_int_equal(ks->ks_refused, w.w_refused);
	assert_int_equal(ks->ks_cut, w.w_cut);
	assert_int_equal(ks->ks_keyless, w.w_keyless);
	assert_int_equal(live + ks->ks_forgotten + ks->ks_refused + ks->ks_cut +
		ks->ks_keyless,
	    w.w_packets);
}

/* Returns the events of a key that were not taken. */
static uint64_t
events_of(const struct key_table *t, const struct key *key)
{
	const struct key_entry *e;
	size_t i;

	for (i = 0; i < w.w_rule.kr_keys; i++) {
		e = key_table_entry(t, i);
		if (e != NULL && memcmp(&e->ke_key, key, sizeof(*key)) == 0)
			return e->ke_due;
	}
	return 0;
}

/* Ends silences in the model and in the tables. */
static void
look(void)
{
	model_silences();
	key_table_look(&w.w_table, w.w_now);
	key_table_look(&w.w_twin, w.w_now);
}

/* Counts packets that came together: in the twin, each of them alone. */
static void
packet(size_t i, uint64_t packets)
{
	static bool happened[WEIGHT];
	const struct key key = key_of(i);
	enum key_found found = KEY_FOUND;
	uint64_t n, before, now;

	if (draw(10) == 0)
		found = draw(2) == 0 ? KEY_CUT : KEY_NONE;
	look();
	before = events_of(&w.w_twin, &key);
	assert_int_equal(before, w.w_known[i].k_due);
	for (n = 0; n < packets; n++) {
		key_table_count(&w.w_twin, found, &key, 1, 0, w.w_now);
		now = events_of(&w.w_twin, &key);
		happened[n] = now > before;
		before = now;
	}
	key_table_count(&w.w_table, found, &key, packets, 0, w.w_now);
	w.w_packets += packets;
	if (found == KEY_CUT)
		w.w_cut += packets;
	else if (found == KEY_NONE)
		w.w_keyless += packets;
	else
		model_count(i, packets, happened);
	assert_int_equal(events_of(&w.w_table, &key), w.w_known[i].k_due);
	assert_int_equal(events_of(&w.w_twin, &key), w.w_known[i].k_due);
}

/* Advances the time, looking at each deadline or, at times, later. */
static void
advance(uint64_t to)
{
	uint64_t when;

	while (!w.w_late && (when = key_table_deadline(&w.w_table)) <= to) {
		w.w_now = when;
		look();
		assert_true(key_table_deadline(&w.w_table) > w.w_now);
		if (!w.w_lazy)
			take_all();
	}
	w.w_now = to;
}

static uint64_t
draw_gap(uint64_t time)
{
	switch (draw(8)) {
	case 0:
		return 0;
	case 1:
		return time - 1;
	case 2:
		return draw(3 * time);
	default:
		return draw(time / 4 + 2);
	}
}

static void
begin(enum condition_kind kind)
{
	static const size_t sizes[] = { 1, 2, 5, 20, KEYS, KEYS + 5 };
	size_t i;

	/* All but the times, which are many. */
	for (i = 0; i < KEYS; i++)
		memset(&w.w_known[i], 0, offsetof(struct known, k_times));
	memset(&w, 0, offsetof(struct world, w_known));
	w.w_now = 1000;
	w.w_rule.kr_kind = kind;
	w.w_rule.kr_keys = sizes[draw(6)];
	w.w_rule.kr_size = 20;
	w.w_rule.kr_seed[0] = draw(UINT32_MAX);
	w.w_rule.kr_seed[1] = draw(UINT32_MAX);
	if (kind != CONDITION_EVERY)
		w.w_rule.kr_time = 1 + draw(draw(2) == 0 ? 10 : 100000);
	if (kind == CONDITION_EVERY || kind == CONDITION_RATE)
		w.w_rule.kr_count = 1 + draw(draw(3) == 0 ? 400 : 40);
	assert_int_equal(key_table_begin(&w.w_table, &w.w_rule), 0);
	assert_int_equal(key_table_begin(&w.w_twin, &w.w_rule), 0);
}

/* Plays a sequence of packets; returns the events. */
static uint64_t
play(enum condition_kind kind)
{
	size_t i, keys;
	bool heavy;

	begin(kind);
	keys = 1 + (size_t)draw(draw(2) == 0 ? 3 : KEYS);
	heavy = draw(8) == 0;
	w.w_lazy = draw(4) == 0;
	w.w_late = draw(4) == 0;
	for (i = 0; i < PACKETS; i++) {
		advance(w.w_now + draw_gap(w.w_rule.kr_time + 1));
		packet((size_t)draw(keys), heavy ? 1 + draw(WEIGHT) : 1);
		if (!w.w_lazy || draw(8) == 0) {
			/* Events that waited together have the first's time. */
			if (w.w_lazy)
				w.w_taken = 0;
			take_all();
		}
		if (i % 16 == 0)
			check_sums();
	}
	check_sums();
	key_table_end(&w.w_table);
	key_table_end(&w.w_twin);
	return w.w_events;
}

static void
play_all(enum condition_kind kind)
{
	uint64_t events = 0;
	size_t i;

	seed = 15 + (uint64_t)kind;
	for (i = 0; i < SEQUENCES; i++)
		events += play(kind);
	assert_true(events > SEQUENCES);
}

static void
every(void **state)
{
	(void)state;
	play_all(CONDITION_EVERY);
}

static void
rate(void **state)
{
	(void)state;
	play_all(CONDITION_RATE);
}

static void
idle(void **state)
{
	(void)state;
	play_all(CONDITION_IDLE);
}

static void
after(void **state)
{
	(void)state;
	play_all(CONDITION_AFTER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every),
		cmocka_unit_test(rate),
		cmocka_unit_test(idle),
		cmocka_unit_test(after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
