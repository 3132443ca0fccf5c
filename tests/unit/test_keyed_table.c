/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kernel's table of keys, without the kernel, against the reference in
 * engine/key_table.c: the same packets give the same keys, counts and events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUST(condition) assert_true(condition)

#include "keyed_compare.h"
#include "keyed_fixture.h"

#define SEQUENCES 2000
#define PACKETS	  300
#define KEYS	  40

static struct key_table table;
static bool below; /* the only condition; else all others */

static const struct key_spec specs[] = {
	{ 1, { { KEY_SOURCE, 32, 128 } } },
	{ 1, { { KEY_PORT, 0, 0 } } },
	{ 2, { { KEY_SOURCE, 24, 64 }, { KEY_PORT, 0, 0 } } },
	{ 4,
	    { { KEY_SOURCE, 32, 128 }, { KEY_DESTINATION, 32, 128 },
		{ KEY_MAC, 0, 0 }, { KEY_VLAN, 0, 0 } } },
};

static uint64_t
draw(uint64_t limit)
{
	return machine_draw(limit);
}

/* Draws a condition, with room for all keys where these may expire. */
static struct source_keys
draw_rule(void)
{
	static const enum condition_kind kinds[] = { CONDITION_EVERY,
		CONDITION_RATE, CONDITION_RATE, CONDITION_IDLE,
		CONDITION_AFTER };
	struct source_keys sk = { .sk_spec = specs[draw(4)],
		.sk_kind = below ? CONDITION_BELOW : kinds[draw(5)],
		.sk_keys = 1 + (uint32_t)draw(2 * KEYS) };

	if (sk.sk_kind != CONDITION_IDLE && sk.sk_kind != CONDITION_AFTER) {
		sk.sk_count = (below ? 2 : 1) + draw(draw(3) == 0 ? 200 : 40);
		sk.sk_bytes = draw(3) == 0;
		if (sk.sk_bytes)
			sk.sk_count *= 1 + draw(1000);
		if (draw(20) == 0)
			sk.sk_count = (UINT64_C(1) << 47) - draw(100);
	}
	if (sk.sk_kind != CONDITION_EVERY)
		sk.sk_time = 1 + draw(draw(2) == 0 ? 100 : 10000);
	if (sk.sk_kind != CONDITION_EVERY && sk.sk_kind != CONDITION_IDLE)
		sk.sk_keys += KEYS;
	return sk;
}

static void
begin(const struct source_keys *sk)
{
	const struct key_table_rule rule = { .kr_kind = sk->sk_kind,
		.kr_count = sk->sk_count,
		.kr_time = sk->sk_time,
		.kr_bytes = sk->sk_bytes,
		.kr_keys = sk->sk_keys,
		.kr_size = key_size(&sk->sk_spec) };

	keyed_begin(sk);
	key_table_end(&table);
	assert_int_equal(key_table_begin(&table, &rule), 0);
	kw.kw_machine.m_now = 1 + draw(1000000);
}

/* Differs in the first and in the last bytes. */
static struct keyed_packet
packet_of(size_t i)
{
	struct keyed_packet kp = { .kp_found = KEY_FOUND };
	const size_t size = key_size(&kw.kw_table.ek_keys.sk_spec);

	kp.kp_key.k_bytes[4 + i % 4] = (uint8_t)(i / 4);
	kp.kp_key.k_bytes[size - 1] ^= (uint8_t)i;
	return kp;
}

/* Counts a packet on one processor. */
static void
keyed_count(const struct keyed_packet *kp, uint64_t packets, uint64_t bytes)
{
	struct machine_cpu *mc = kw.kw_cpus;

	machine_start(
	    mc, &kw.kw_machine, 0, (const uint8_t *)kp, packets, bytes);
	while (mc->mc_runs)
		machine_step(mc);
}

/* Counts a packet with both. */
static void
send(const struct keyed_packet *kp, uint64_t packets, uint64_t bytes)
{
	keyed_look();
	keyed_count(kp, packets, bytes);
	key_table_count(&table, (enum key_found)kp->kp_found, &kp->kp_key,
	    packets, bytes, kw.kw_machine.m_now);
}

static void
send_key(size_t key)
{
	const struct keyed_packet kp = packet_of(key);

	send(&kp, 1, 60);
}

/* Counts some packets of a key, or some without. */
static void
send_packet(size_t key)
{
	struct keyed_packet kp = packet_of(key);
	uint64_t packets = draw(4) != 0 ? 1 : 1 + draw(45);
	uint64_t bytes = packets * (1 + draw(1500));

	if (draw(20) == 0)
		kp.kp_found = draw(2) == 0 ? KEY_CUT : KEY_NONE;
	send(&kp, packets, bytes);
}

static bool
kernel_event(struct key_event *event)
{
	return keyed_events_take(&kw.kw_events, kw.kw_machine.m_now, event);
}

static bool
kernel_entry(size_t place, struct key_entry *entry)
{
	return keyed_memory_entry(
	    &kw.kw_memory, kw.kw_machine.m_key_size, place, entry);
}

static uint64_t
take_events(void)
{
	keyed_look();
	key_table_look(&table, kw.kw_machine.m_now);
	return compare_events(&table);
}

static void
compare_all(void)
{
	struct key_table_sums sums;
	size_t keys = keyed_memory_sums(&kw.kw_memory, &sums);

	/* The machine has a coarse clock of its own. */
	compare_keys(
	    &table, &sums, kw.kw_table.ek_keys.sk_kind != CONDITION_EVERY);
	assert_int_equal(keys, keyed_keys());
	assert_int_equal(keyed_live() + sums.ks_forgotten + sums.ks_refused +
		sums.ks_cut + sums.ks_keyless,
	    table.kt_sums.ks_packets);
}

static uint64_t
run_sequence(uint64_t number)
{
	struct source_keys sk;
	size_t key = 0, n;
	uint64_t step, sum = 0;
	bool lazy;

	machine_seed = number;
	sk = draw_rule();
	begin(&sk);
	step = 1 + draw(1 + sk.sk_time);
	lazy = draw(2) == 0;
	for (n = 0; n < PACKETS; n++) {
		if (draw(3) != 0)
			kw.kw_machine.m_now += draw(1 + step / (1 + draw(30)));
		if (draw(3) == 0)
			key = draw(KEYS);
		send_packet(key);
		if (!lazy || draw(50) == 0)
			sum += take_events();
		if (draw(50) == 0)
			compare_all();
	}
	sum += take_events();
	compare_all();
	assert_int_equal(
	    atomic_load(&kw.kw_slots[UNIT].sm_packets.sn_seen), sum);
	return sum;
}

static void
test_sequences(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < SEQUENCES; i++)
		run_sequence(i);
}

/*
 * Keys that became silent come back, one goes again: another key takes its
 * place at once.
 */
static void
test_returns(void **state)
{
	const struct source_keys sk = { .sk_spec = specs[0],
		.sk_kind = CONDITION_IDLE,
		.sk_time = 1000,
		.sk_keys = KEYS };
	size_t gone, i;

	(void)state;
	for (gone = 0; gone < KEYS; gone++) {
		begin(&sk);
		for (i = 0; i < KEYS; i++)
			send_key(i);
		kw.kw_machine.m_now += 1000;
		assert_int_equal(take_events(), KEYS);
		for (i = 0; i < KEYS; i++)
			send_key(i);
		kw.kw_machine.m_now += 500;
		for (i = 0; i < KEYS; i++)
			if (i != gone)
				send_key(i);
		kw.kw_machine.m_now += 500;
		assert_int_equal(take_events(), 1);
		send_key(KEYS);
		compare_all();
		assert_int_equal(table.kt_sums.ks_refused, 0);
	}
}

/* Takes all events of both, and adds them to those of each key. */
static void
add_events(uint64_t here[KEYS], uint64_t there[KEYS])
{
	struct key_event ev;

	while (keyed_events_take(&kw.kw_events, kw.kw_machine.m_now, &ev))
		here[ev.kv_key.k_bytes[5]] += ev.kv_events;
	while (key_table_take(&table, &ev))
		there[ev.kv_key.k_bytes[5]] += ev.kv_events;
}

/* The watcher looks rarely, and each silence of each key is an event. */
static void
run_late(uint64_t number)
{
	const struct source_keys sk = { .sk_spec = specs[0],
		.sk_kind = CONDITION_IDLE,
		.sk_keys = KEYS,
		.sk_time = 100 };
	uint64_t here[KEYS] = { 0 }, there[KEYS] = { 0 }, sum = 0;
	struct keyed_packet kp = { .kp_found = KEY_FOUND };
	size_t n;

	machine_seed = number;
	begin(&sk);
	for (n = 0; n < PACKETS; n++) {
		kw.kw_machine.m_now += draw(draw(4) == 0 ? 300 : 30);
		kp.kp_key = (struct key){ { 4, 0, 0, 0, 10, draw(6) & 0xff } };
		keyed_count(&kp, 1, 60);
		key_table_count(
		    &table, KEY_FOUND, &kp.kp_key, 1, 60, kw.kw_machine.m_now);
		if (draw(20) == 0)
			keyed_look();
		if (draw(5) == 0)
			add_events(here, there);
	}
	kw.kw_machine.m_now += 2 * sk.sk_time;
	key_table_look(&table, kw.kw_machine.m_now);
	keyed_look();
	add_events(here, there);
	assert_memory_equal(here, there, sizeof(here));
	for (n = 0; n < KEYS; n++)
		sum += here[n];
	assert_int_equal(
	    atomic_load(&kw.kw_slots[UNIT].sm_packets.sn_seen), sum);
	assert_int_equal(keyed_keys(), 0);
}

static void
test_late(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < SEQUENCES; i++)
		run_late(i);
}

static void
test_below(void **state)
{
	uint64_t i, sum = 0;

	(void)state;
	below = true;
	for (i = 0; i < SEQUENCES; i++)
		sum += run_sequence(i);
	assert_true(sum > SEQUENCES);
}

/* A refused packet wakes the watcher at once, and the next ones later. */
static void
test_told(void **state)
{
	static const enum condition_kind kinds[] = { CONDITION_EVERY,
		CONDITION_RATE, CONDITION_IDLE, CONDITION_AFTER };
	struct source_keys sk = { .sk_spec = specs[0],
		.sk_count = 1000,
		.sk_time = UINT64_C(1) << 60,
		.sk_keys = 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		sk.sk_kind = kinds[i];
		begin(&sk);
		send_key(0);
		assert_int_equal(kw.kw_machine.m_records, 0);
		send_key(1);
		assert_int_equal(kw.kw_machine.m_records, 1);
		kw.kw_machine.m_now += KEYED_TELL - 1;
		send_key(0);
		send_key(1);
		assert_int_equal(kw.kw_machine.m_records, 1);
		kw.kw_machine.m_now++;
		send_key(1);
		send_key(1);
		assert_int_equal(kw.kw_machine.m_records, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
