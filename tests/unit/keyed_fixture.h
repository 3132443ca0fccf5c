/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A table of keys without the kernel: the code runs on the machine, and the
 * watcher's functions use the same memory.  Include cmocka.h first.
 */
#ifndef KEYED_FIXTURE_H
#define KEYED_FIXTURE_H

#include <stdatomic.h>

#include "ebpf_machine.h"
#include "engine/key_table.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/keyed_events.h"
#include "source/linux/keyed_idle.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/slots.h"

#define UNIT 1

/* A packet: what ebpf_key() is to find, and the key. */
struct keyed_packet {
	uint64_t kp_found; /* enum key_found */
	struct key kp_key;
};

struct keyed_world {
	struct machine kw_machine;
	struct ebpf_keyed kw_table;
	struct keyed_memory kw_memory;
	struct keyed_events kw_events;
	struct keyed_idle kw_idle;
	struct slot_memory kw_slots[UNIT + 1];
	struct machine_cpu kw_cpus[MACHINE_CPUS];
};

static struct keyed_world kw;

int
slots_array(const struct slots *slots)
{
	(void)slots;
	return MACHINE_SLOTS;
}

int
slots_ring(const struct slots *slots)
{
	(void)slots;
	return MACHINE_RING;
}

/* In place of the real one: the packet says what is found. */
void
ebpf_key(struct ebpf_code *c, const struct key_spec *ks, int link,
    struct ebpf_jumps *keyless, struct ebpf_jumps *cut)
{
	(void)link;
	ebpf_insn_emit(c, LOAD(BPF_DW, ARG1, CTX, 0));
	ebpf_insn_jump(c, keyless, JUMP_IMM(BPF_JEQ, ARG1, KEY_NONE));
	ebpf_insn_jump(c, cut, JUMP_IMM(BPF_JEQ, ARG1, KEY_CUT));
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, MOV_IMM(ARG2, offsetof(struct keyed_packet, kp_key)));
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, EBPF_KEY));
	ebpf_insn_emit(c, MOV_IMM(ARG4, (int)key_size(ks)));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
}

_Static_assert(KEYED_TICKS <= 10, "packets of two ns are not in the same tick");

/* Makes an empty table; ends the one before. */
static void
keyed_begin(const struct source_keys *sk)
{
	struct ebpf_code *c = ebpf_insn_begin();
	struct keyed_memory *km = &kw.kw_memory;

	free(km->km_header);
	free(km->km_slots);
	free((void *)km->km_words);
	keyed_events_end(&kw.kw_events);
	keyed_idle_end(&kw.kw_idle);
	memset((void *)&kw, 0, sizeof(kw));
	kw.kw_table = (struct ebpf_keyed){ .ek_keys = *sk,
		.ek_unit = UNIT,
		.ek_hash = MACHINE_HASH,
		.ek_arrays = { MACHINE_ARRAY + KEYED_HEADER,
		    MACHINE_ARRAY + KEYED_SLOTS,
		    MACHINE_ARRAY + KEYED_WORDS } };
	atomic_store(&kw.kw_slots[UNIT].sm_packets.sn_threshold, UINT64_MAX);
	atomic_store(&kw.kw_slots[UNIT].sm_bytes.sn_threshold, UINT64_MAX);
	keyed_memory_init(km, sk);
	km->km_header = calloc(1, sizeof(*km->km_header));
	km->km_slots = calloc(km->km_keys, km->km_size);
	km->km_words = calloc(keyed_memory_words(sk), sizeof(*km->km_words));
	assert_non_null(km->km_header);
	assert_non_null(km->km_slots);
	assert_non_null(km->km_words);
	assert_int_equal(
	    keyed_events_begin(&kw.kw_events, &kw.kw_table.ek_keys, km), 0);
	assert_int_equal(keyed_idle_begin(&kw.kw_idle, &kw.kw_table.ek_keys, km,
			     &kw.kw_events),
	    0);
	ebpf_keyed(c, &kw.kw_table, 0);
	assert_true(c->ec_len <= EBPF_MAX);
	kw.kw_machine = (struct machine){ .m_code = c->ec_insns,
		.m_tick = 1,
		.m_keys = km->km_keys,
		.m_key_size = key_size(&sk->sk_spec),
		.m_arrays = { [KEYED_HEADER] = { (uint8_t *)km->km_header,
				  sizeof(*km->km_header), 1 },
		    [KEYED_SLOTS] = { km->km_slots, km->km_size, km->km_keys },
		    [KEYED_WORDS] = { (uint8_t *)km->km_words,
			sizeof(*km->km_words), keyed_memory_words(sk) } },
		.m_slots = (uint8_t *)kw.kw_slots };
}

/* Finds silent keys, as keyed_sample() does. */
static void
keyed_look(void)
{
	const enum condition_kind kind = kw.kw_table.ek_keys.sk_kind;

	if (kind == CONDITION_IDLE || kind == CONDITION_BELOW)
		atomic_fetch_add(&kw.kw_slots[UNIT].sm_packets.sn_seen,
		    keyed_idle_look(&kw.kw_idle, kw.kw_machine.m_now));
}

/* Returns the packets of the keys that are in the table. */
static uint64_t
keyed_live(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < kw.kw_memory.km_keys; i++)
		sum += atomic_load(
		    &keyed_memory_slot(&kw.kw_memory, i)->kd_packets);
	return sum;
}

/* Returns the keys that are in the table and not silent. */
static size_t
keyed_keys(void)
{
	const struct keyed_slot *kd;
	size_t i, n = 0;

	for (i = 0; i < kw.kw_memory.km_keys; i++) {
		kd = keyed_memory_slot(&kw.kw_memory, i);
		n += (atomic_load(&kd->kd_word) & KEYED_LIVE) != 0;
	}
	return n;
}

#endif
