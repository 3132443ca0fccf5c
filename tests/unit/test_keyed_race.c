/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kernel's table of keys with several processors, any of which may stall
 * after any instruction, for as long as other keys need to take its slot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyed_fixture.h"
#include "race_below_fixture.h"
#include "race_rate_fixture.h"

#define RUNS	4000
#define PACKETS 300
#define KEYS	12
#define NEVER	(UINT64_C(1) << 62)

/* What is known of a key. */
struct known {
	uint64_t k_sent; /* packets */
	uint64_t k_events;
};

static struct source_keys rule;
static struct known known[KEYS];
static struct keyed_packet packets[MACHINE_CPUS];
static uint64_t weights[MACHINE_CPUS], times[MACHINE_CPUS];
static uint64_t last[2 * KEYS]; /* kd_last of the slots */
static bool busy[2 * KEYS];
static uint64_t sent_packets, taken, losses;
static bool counted[2 * KEYS]; /* the silence behind the last packet */
static uint64_t silences, late_silences; /* that the table must have counted */
static uint64_t all_late;		 /* in all runs */
static unsigned int processors;
static bool hot; /* all packets have the same key */
static bool below;

static uint64_t
draw(uint64_t limit)
{
	return machine_draw(limit);
}

static struct key
key_of(size_t i)
{
	return (struct key){ { 4, 0, 0, 0, 10, (uint8_t)i } };
}

static void
draw_rule(void)
{
	static const enum condition_kind kinds[] = { CONDITION_EVERY,
		CONDITION_RATE, CONDITION_RATE, CONDITION_IDLE,
		CONDITION_AFTER };

	rule =
	    (struct source_keys){ .sk_spec = { 1, { { KEY_SOURCE, 32, 128 } } },
		    .sk_keys = 1 + (uint32_t)draw(8),
		    .sk_kind = below ? CONDITION_BELOW : kinds[draw(5)] };
	if (rule.sk_kind != CONDITION_IDLE && rule.sk_kind != CONDITION_AFTER)
		rule.sk_count = (below ? 2 : 1) + draw(draw(2) == 0 ? 5 : 80);
	if (rule.sk_kind != CONDITION_EVERY)
		rule.sk_time = draw(3) == 0 ? NEVER : 1 + draw(3000);
	if (below && rule.sk_time == NEVER)
		rule.sk_time = 100000;
	hot = draw(2);
	/* An event that looks back at all marks of a slot. */
	if (hot && rule.sk_kind == CONDITION_RATE) {
		rule.sk_count = KEY_TABLE_MARKS + 1;
		rule.sk_time = 1 + draw(10000);
	}
	processors = 2 + (unsigned int)draw(3);
}

/* A slot that becomes busy has no live key, or one that was long silent. */
static void
check_word(unsigned int cpu, size_t slot)
{
	const struct keyed_slot *kd = keyed_memory_slot(&kw.kw_memory, slot);
	const uint64_t word = atomic_load(&kd->kd_word);
	const bool before = busy[slot];

	if (below)
		below_word(&rule, cpu, slot, word);
	busy[slot] = (word & KEYED_BUSY) != 0;
	if (!busy[slot] || before)
		return;
	assert_int_equal(word & KEYED_PINS, 0);
	assert_int_equal(atomic_load(&kd->kd_due), 0);
	if ((word & KEYED_LIVE) != 0)
		assert_true(
		    (int64_t)(kw.kw_machine.m_now - atomic_load(&kd->kd_last)) >
		    (int64_t)KEYED_REST);
}

/*
 * The time of a slot's last packet was replaced.  A silence that the watcher
 * has not counted is an event of the packet behind.
 */
static void
check_last(size_t slot)
{
	const struct keyed_slot *kd = keyed_memory_slot(&kw.kw_memory, slot);
	const uint64_t now = atomic_load(&kd->kd_last);

	assert_true(rule.sk_kind == CONDITION_EVERY || now > last[slot]);
	if (rule.sk_kind == CONDITION_IDLE && last[slot] != 0 &&
	    !counted[slot] && now - last[slot] >= rule.sk_time)
		late_silences++;
	counted[slot] = false;
	last[slot] = now;
}

/* Only the key of the packet is in a slot that the packet counts in. */
static void
check_write(const struct machine_cpu *mc)
{
	const struct keyed_memory *km = &kw.kw_memory;
	const struct keyed_slot *kd;
	size_t at, slot, place;

	if (rule.sk_kind == CONDITION_RATE)
		rate_mark(&rule, mc);
	if (mc->mc_wrote < km->km_slots ||
	    mc->mc_wrote >= km->km_slots + km->km_keys * km->km_size)
		return;
	at = (size_t)(mc->mc_wrote - km->km_slots);
	slot = at / km->km_size;
	place = at % km->km_size;
	kd = keyed_memory_slot(km, slot);
	if (place == offsetof(struct keyed_slot, kd_word))
		check_word(mc->mc_number, slot);
	if (place == offsetof(struct keyed_slot, kd_word) ||
	    place == offsetof(struct keyed_slot, kd_next))
		return;
	if ((atomic_load(&kd->kd_word) & KEYED_BUSY) != 0) {
		rate_units[slot].ru_n = 0;
		if (place == offsetof(struct keyed_slot, kd_last)) {
			last[slot] = 0;
			counted[slot] = false;
		}
		return;
	}
	assert_memory_equal(kd->kd_key, &packets[mc->mc_number].kp_key,
	    kw.kw_machine.m_key_size);
	if (rule.sk_kind != CONDITION_EVERY)
		assert_true((atomic_load(&kd->kd_word) & KEYED_PINS) > 0);
	if (place == offsetof(struct keyed_slot, kd_rate) && !below)
		rate_count(&rule, mc, slot, times[mc->mc_number]);
	if (place == offsetof(struct keyed_slot, kd_rate) && below)
		below_count(
		    mc, slot, times[mc->mc_number], weights[mc->mc_number]);
	if (place == offsetof(struct keyed_slot, kd_last))
		check_last(slot);
}

static void
start(unsigned int cpu)
{
	struct keyed_packet *kp = &packets[cpu];
	const size_t key = draw(hot ? 1 : draw(4) == 0 ? KEYS : 3);

	memset(kp, 0, sizeof(*kp));
	kp->kp_found = draw(30) == 0 ? 1 + draw(2) : KEY_FOUND;
	kp->kp_key = key_of(key);
	weights[cpu] = draw(5) == 0 ? 1 + draw(20) : 1;
	sent_packets += weights[cpu];
	if (kp->kp_found == KEY_FOUND)
		known[key].k_sent += weights[cpu];
	machine_start(&kw.kw_cpus[cpu], &kw.kw_machine, cpu,
	    (const uint8_t *)kp, weights[cpu], 100 * weights[cpu]);
}

/* Runs a processor for some instructions. */
static void
run(unsigned int cpu, uint64_t n)
{
	struct machine_cpu *mc = &kw.kw_cpus[cpu];
	const struct bpf_insn *in;

	while (n-- > 0 && mc->mc_runs) {
		in = &kw.kw_machine.m_code[mc->mc_pc];
		if (in->code == (BPF_JMP | BPF_CALL) &&
		    in->imm == BPF_FUNC_ktime_get_ns)
			times[cpu] = kw.kw_machine.m_now;
		machine_step(mc);
		check_write(mc);
		if (in->code == (BPF_LDX | BPF_MEM | BPF_DW) &&
		    in->off == offsetof(struct keyed_slot, kd_last))
			below_last[cpu] = mc->mc_regs[in->dst_reg];
	}
}

/* Notes the silences that the watcher has counted: they were long enough. */
static void
note_silences(void)
{
	const struct keyed_slot *kd;
	size_t i;

	for (i = 0; i < rule.sk_keys; i++) {
		kd = keyed_memory_slot(&kw.kw_memory, i);
		if ((atomic_load(&kd->kd_last) & KEYED_COUNTED) == 0 ||
		    counted[i])
			continue;
		assert_true(kw.kw_machine.m_now - last[i] >= rule.sk_time);
		counted[i] = true;
		silences++;
	}
}

/* Looks for silent keys: those with a packet on the way are not. */
static void
look(void)
{
	uint64_t before[2 * KEYS], word;
	size_t i;

	for (i = 0; i < rule.sk_keys; i++)
		before[i] =
		    atomic_load(&keyed_memory_slot(&kw.kw_memory, i)->kd_word);
	keyed_look();
	for (i = 0; i < rule.sk_keys; i++) {
		word =
		    atomic_load(&keyed_memory_slot(&kw.kw_memory, i)->kd_word);
		if (word != before[i] && (before[i] & KEYED_LIVE) != 0)
			assert_int_equal(word & KEYED_PINS, 0);
	}
	if (below)
		below_looked(&rule);
	note_silences();
}

/* The watcher takes an event, or all. */
static void
take(bool all)
{
	struct key_event event;

	look();
	while (keyed_events_take(&kw.kw_events, kw.kw_machine.m_now, &event)) {
		assert_true(event.kv_key.k_bytes[5] < KEYS);
		known[event.kv_key.k_bytes[5]].k_events += event.kv_events;
		taken += event.kv_events;
		if (!all)
			break;
	}
}

/* Lets processors take turns until all packets are counted. */
static void
run_all(void)
{
	uint64_t stalls[MACHINE_CPUS] = { 0 }, turn = 0, n = 0;
	unsigned int cpu;

	for (;; turn++) {
		cpu = (unsigned int)draw(processors);
		if (stalls[cpu] > turn && n < PACKETS)
			continue;
		if (!kw.kw_cpus[cpu].mc_runs && n < PACKETS) {
			start(cpu);
			n++;
		}
		run(cpu, 1 + draw(draw(3) == 0 ? 100 : 10));
		kw.kw_machine.m_now += draw(20);
		if (draw(200) == 0)
			stalls[cpu] = turn + draw(3000);
		if (draw(100) == 0)
			kw.kw_machine.m_now += 1 + draw(2 * KEYED_REST);
		if (draw(50) == 0)
			take(draw(2) == 0);
		for (cpu = 0; cpu < processors; cpu++)
			if (kw.kw_cpus[cpu].mc_runs)
				break;
		if (below && cpu == processors)
			below_rest(&rule);
		if (n == PACKETS && cpu == processors)
			break;
	}
}

/* Checks that the list has each slot that says so, once. */
static void
check_list(void)
{
	const struct keyed_memory *km = &kw.kw_memory;
	const struct keyed_slot *kd;
	uint32_t number = (uint32_t)atomic_load(&km->km_header->kh_free);
	size_t n = 0, i;

	for (; number != 0; number = atomic_load(&kd->kd_next)) {
		kd = keyed_memory_slot(km, number - 1);
		assert_true((atomic_load(&kd->kd_word) & KEYED_LISTED) != 0);
		assert_true(++n <= km->km_keys);
	}
	for (i = 0; i < km->km_keys; i++)
		n -= (atomic_load(&keyed_memory_slot(km, i)->kd_word) &
			 KEYED_LISTED) != 0;
	assert_int_equal(n, 0);
}

/* Checks slots, hash table and list against each other. */
static void
check_slots(void)
{
	const struct keyed_memory *km = &kw.kw_memory;
	const struct machine_element *me;
	const struct keyed_slot *kd;
	uint64_t word;
	size_t i, used = 0;

	for (i = 0; i < km->km_keys; i++) {
		kd = keyed_memory_slot(km, i);
		word = atomic_load(&kd->kd_word);
		assert_int_equal(
		    word & (KEYED_PINS | KEYED_BUSY | KEYED_ARMED), 0);
		used += (word & KEYED_USED) != 0;
		if ((word & KEYED_USED) != 0) {
			me = machine_find(&kw.kw_machine, kd->kd_key);
			assert_non_null(me);
			assert_int_equal(me->me_value, i);
		}
		/* No slot is lost. */
		if ((word & KEYED_LIVE) == 0 &&
		    i < atomic_load(&km->km_header->kh_fresh))
			assert_true((word & KEYED_LISTED) != 0);
	}
	for (i = 0; i < km->km_keys; i++)
		used -= kw.kw_machine.m_hash[i].me_used;
	assert_int_equal(used, 0);
	check_list();
}

/* Checks the events of a key that is still in its first slot. */
static void
check_events(const struct key_entry *entry)
{
	const struct known *k = &known[entry->ke_key.k_bytes[5]];
	uint64_t whole = rule.sk_count;

	assert_true(entry->ke_packets <= k->k_sent);
	if (rule.sk_kind == CONDITION_RATE) {
		if (rule.sk_time != NEVER)
			return;
		whole = key_table_back(whole) * key_table_step(whole) + 1;
	} else if (rule.sk_kind != CONDITION_EVERY) {
		return;
	}
	assert_int_equal(k->k_events, entry->ke_packets / whole);
}

static void
check_sums(void)
{
	struct key_table_sums sums;
	struct key_entry entry;
	size_t i;

	assert_int_equal(keyed_memory_sums(&kw.kw_memory, &sums), keyed_keys());
	assert_int_equal(keyed_live() + sums.ks_forgotten + sums.ks_refused +
		sums.ks_cut + sums.ks_keyless,
	    sent_packets);
	for (i = 0; i < kw.kw_memory.km_keys; i++)
		if (keyed_memory_entry(
			&kw.kw_memory, kw.kw_machine.m_key_size, i, &entry))
			check_events(&entry);
	assert_int_equal(
	    atomic_load(&kw.kw_slots[UNIT].sm_packets.sn_seen), taken);
	if (rule.sk_kind == CONDITION_IDLE)
		assert_int_equal(taken, silences + late_silences);
	all_late += late_silences;
	losses += sums.ks_refused;
}

static void
play(void)
{
	uint64_t seed;

	for (seed = 0; seed < RUNS; seed++) {
		machine_seed = seed;
		draw_rule();
		keyed_begin(&rule);
		kw.kw_machine.m_now = 1000;
		kw.kw_machine.m_tick = 1 + draw(20000);
		memset(known, 0, sizeof(known));
		memset(rate_units, 0, sizeof(rate_units));
		memset(last, 0, sizeof(last));
		memset(busy, 0, sizeof(busy));
		memset(counted, 0, sizeof(counted));
		below_begin();
		sent_packets = taken = silences = late_silences = 0;
		run_all();
		take(true);
		if (below) {
			kw.kw_machine.m_now += 2 * rule.sk_time;
			take(true);
		}
		check_slots();
		check_sums();
	}
}

static void
test_processors(void **state)
{
	(void)state;
	play();
	assert_true(rate_events > RUNS);
	assert_true(rate_short > RUNS);
	assert_true(rate_marks > RUNS);
	assert_true(losses > 0);
	assert_true(all_late > 100);
}

static void
test_below(void **state)
{
	(void)state;
	losses = 0;
	below = true;
	play();
	assert_true(below_events > RUNS);
	assert_true(losses > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processors),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
