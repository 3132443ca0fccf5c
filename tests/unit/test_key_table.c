/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The table: what the sequences of test_key_table_model do not reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/key_table.h"

#define SECOND UINT64_C(1000000000)
#define CROWD  1000

/* Returns the key of a number, as of an address. */
static struct key
key_of(uint64_t i)
{
	return (struct key){ { 4, 0, 0, 0, (uint8_t)(i >> 24),
	    (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
}

static void
begin(struct key_table *t, enum condition_kind kind, uint64_t count,
    uint64_t time, size_t keys)
{
	const struct key_table_rule rule = { .kr_kind = kind,
		.kr_count = count,
		.kr_time = time,
		.kr_keys = keys,
		.kr_size = 20 };

	assert_int_equal(key_table_begin(t, &rule), 0);
}

/* Counts a packet of a key.  Returns true if there was room. */
static bool
count(struct key_table *t, uint64_t i, uint64_t now)
{
	const struct key key = key_of(i);

	return key_table_count(t, KEY_FOUND, &key, 1, 100, now);
}

/* Takes events, which are of this key and came due at this time. */
static void
take(struct key_table *t, uint64_t i, uint64_t events, uint64_t at)
{
	const struct key key = key_of(i);
	struct key_event ev;

	assert_true(key_table_take(t, &ev));
	assert_memory_equal(&ev.kv_key, &key, sizeof(key));
	assert_int_equal(ev.kv_events, events);
	assert_int_equal(ev.kv_at, at);
}

static void
take_none(struct key_table *t)
{
	struct key_event ev;

	assert_false(key_table_take(t, &ev));
}

/* Marks are few enough, and late by 1/16 of the count at most. */
static void
marks(void **state)
{
	uint64_t n, step, back;

	(void)state;
	for (n = 1; n < 2000000; n += 1 + n / 1000) {
		step = key_table_step(n);
		back = key_table_back(n);
		assert_true(back <= KEY_TABLE_MARKS);
		assert_true(back * step + 1 >= n);
		assert_true(2 * (step - 1) <= n / 16);
		if (n <= KEY_TABLE_MARKS + 1)
			assert_true(step == 1 && back == n - 1);
	}
	assert_true(key_table_back(UINT64_MAX) <= KEY_TABLE_MARKS);
}

static void
order(void **state)
{
	struct key_table t;

	(void)state;
	begin(&t, CONDITION_EVERY, 2, 0, 4);
	count(&t, 1, 1);
	count(&t, 2, 2);
	count(&t, 3, 3);
	count(&t, 3, 4);
	count(&t, 1, 5);
	count(&t, 3, 6);
	count(&t, 3, 7);
	take(&t, 3, 2, 4);
	take(&t, 1, 1, 5);
	take_none(&t);
	count(&t, 2, 8);
	take(&t, 2, 1, 8);
	take_none(&t);
	assert_true(key_table_deadline(&t) == UINT64_MAX);
	key_table_end(&t);
}

static void
bytes(void **state)
{
	const struct key_table_rule rule = { .kr_kind = CONDITION_RATE,
		.kr_count = 1000000,
		.kr_time = SECOND,
		.kr_bytes = true,
		.kr_keys = 2,
		.kr_size = 20 };
	const struct key key = key_of(1);
	struct key_table t;
	struct key_event ev;
	uint64_t i, due = 0;

	(void)state;
	assert_int_equal(key_table_begin(&t, &rule), 0);
	for (i = 0; i < 10000; i++)
		key_table_count(&t, KEY_FOUND, &key, 2, 3000, i);
	while (key_table_take(&t, &ev))
		due += ev.kv_events;
	/* 30 events, each of which takes less than 1/16 and a packet more. */
	assert_in_range(due, 28, 30);
	assert_int_equal(ev.kv_packets, 20000);
	assert_int_equal(ev.kv_bytes, 30000000);
	/* All at once, and slower than the rate. */
	key_table_count(&t, KEY_FOUND, &key, 1, UINT64_C(1) << 40, 10000);
	assert_true(key_table_take(&t, &ev));
	assert_in_range(ev.kv_events, (UINT64_C(1) << 40) / 1062500,
	    (UINT64_C(1) << 40) / 1000000);
	for (i = 0; i < 1000; i++)
		key_table_count(
		    &t, KEY_FOUND, &key, 1, 900000, (2 * i + 3) * SECOND);
	take_none(&t);
	key_table_end(&t);
}

/* A key that waits for its event starts afresh after a silence all the same. */
static void
fresh_start(void **state)
{
	struct key_table t;
	uint64_t i;

	(void)state;
	begin(&t, CONDITION_RATE, 34, SECOND, 2);
	for (i = 0; i < 36; i++)
		count(&t, 1, 0);
	for (i = 0; i < 35; i++)
		count(&t, 1, 2 * SECOND);
	take(&t, 1, 2, 0);
	key_table_end(&t);
}

/* A full table keeps its keys until they have expired. */
static void
full(void **state)
{
	struct key_table t;
	uint64_t i;

	(void)state;
	begin(&t, CONDITION_RATE, 100, SECOND, 2);
	assert_true(count(&t, 1, 0));
	assert_true(count(&t, 2, 10));
	for (i = 3; i < 1000; i++)
		assert_false(count(&t, i, SECOND));
	assert_true(count(&t, 3, SECOND + 1));
	assert_false(count(&t, 4, SECOND + 10));
	assert_true(count(&t, 4, SECOND + 11));
	assert_int_equal(t.kt_sums.ks_refused, 998);
	assert_int_equal(t.kt_sums.ks_forgotten, 2);
	assert_int_equal(t.kt_keys, 2);
	key_table_end(&t);
}

/* An earlier time is none. */
static void
back_in_time(void **state)
{
	struct key_table t;

	(void)state;
	begin(&t, CONDITION_IDLE, 0, 10, 2);
	count(&t, 1, 100);
	count(&t, 2, 50);
	assert_int_equal(key_table_deadline(&t), 110);
	key_table_look(&t, 109);
	take_none(&t);
	key_table_look(&t, 110);
	take(&t, 1, 1, 110);
	take(&t, 2, 1, 110);
	take_none(&t);
	assert_true(key_table_deadline(&t) == UINT64_MAX);
	key_table_end(&t);
}

static void
end_of_time(void **state)
{
	struct key_table t;

	(void)state;
	begin(&t, CONDITION_IDLE, 0, UINT64_MAX, 1);
	count(&t, 1, 1);
	assert_true(key_table_deadline(&t) == UINT64_MAX);
	key_table_look(&t, UINT64_MAX);
	take_none(&t);
	key_table_end(&t);
}

/* A call expires a part of a crowd; a packet's own key is never stale. */
static void
bounded_work(void **state)
{
	struct key_table t;
	uint64_t i, calls = 0;

	(void)state;
	begin(&t, CONDITION_IDLE, 0, 10, CROWD);
	for (i = 0; i < CROWD; i++)
		count(&t, i, i / 100);
	count(&t, CROWD - 1, 100);
	assert_int_equal(t.kt_oldest, KEY_TABLE_WORK + 1);
	while (key_table_deadline(&t) <= 100) {
		key_table_look(&t, 100);
		calls++;
	}
	assert_int_equal(calls, (CROWD - 2) / KEY_TABLE_WORK);
	for (i = 0; i < KEY_TABLE_WORK; i++)
		take(&t, i, 1, i / 100 + 10);
	take(&t, CROWD - 1, 1, 9 + 10);
	for (; i < CROWD - 1; i++)
		take(&t, i, 1, i / 100 + 10);
	take_none(&t);
	assert_int_equal(t.kt_keys, 1);
	key_table_look(&t, 110);
	take(&t, CROWD - 1, 1, 110);
	assert_int_equal(t.kt_keys, 0);
	assert_int_equal(t.kt_sums.ks_forgotten, CROWD + 1);
	key_table_end(&t);
}

/* A million keys in tables that are smaller, as large, and larger. */
static void
million(void **state)
{
	static const size_t sizes[] = { 1, 4096, KEY_TABLE_MAX };
	struct key_table t;
	uint64_t i, place, live;
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		begin(&t, CONDITION_EVERY, 2, 0, sizes[s]);
		for (i = 0; i < KEY_TABLE_MAX; i++)
			count(&t, i, i);
		for (i = 0; i < KEY_TABLE_MAX; i++)
			count(&t, i, KEY_TABLE_MAX + i);
		for (place = live = 0; place < sizes[s]; place++)
			live += key_table_entry(&t, place)->ke_packets;
		assert_int_equal(live, 2 * sizes[s]);
		assert_int_equal(
		    t.kt_sums.ks_refused, 2 * (KEY_TABLE_MAX - sizes[s]));
		for (i = 0; i < sizes[s]; i++)
			take(&t, i, 1, KEY_TABLE_MAX + i);
		take_none(&t);
		key_table_end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks),
		cmocka_unit_test(order),
		cmocka_unit_test(bytes),
		cmocka_unit_test(fresh_start),
		cmocka_unit_test(full),
		cmocka_unit_test(back_in_time),
		cmocka_unit_test(end_of_time),
		cmocka_unit_test(bounded_work),
		cmocka_unit_test(million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
