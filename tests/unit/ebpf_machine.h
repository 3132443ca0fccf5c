/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Runs eBPF code on several processors that take turns after any instruction.
 * A deleted element of the hash table goes to the next key at once, as in the
 * kernel.  Include cmocka.h first.
 */
#ifndef EBPF_MACHINE_H
#define EBPF_MACHINE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ebpf_machine_alu.h"
#include "source/linux/ebpf_insn.h"

#define MACHINE_CPUS   8
#define MACHINE_STACK  512
#define MACHINE_FRAMES 3
#define MACHINE_HEAP   4096 /* keys of a hash table */

/* Descriptors of the maps. */
enum {
	MACHINE_HASH = 10,
	MACHINE_ARRAY, /* the first of MACHINE_ARRAYS */
	MACHINE_SLOTS = 20,
	MACHINE_RING
};

#define MACHINE_ARRAYS 3

struct machine_array {
	uint8_t *ma_elements;
	size_t ma_size; /* of an element */
	size_t ma_n;
};

struct machine_element {
	bool me_used;
	uint8_t me_key[48];
	uint32_t me_value;
};

struct machine {
	const struct bpf_insn *m_code;
	struct machine_element m_hash[MACHINE_HEAP];
	size_t m_keys; /* elements of m_hash */
	size_t m_key_size;
	struct machine_array m_arrays[MACHINE_ARRAYS];
	uint8_t *m_slots;
	uint64_t m_now;
	uint64_t m_tick; /* ns of 10 jiffies */
	uint64_t m_records;
	uint64_t m_record[2];
};

struct machine_cpu {
	struct machine *mc_machine;
	uint64_t mc_regs[11];
	size_t mc_pc;
	bool mc_runs;
	unsigned int mc_number;
	const uint8_t *mc_packet;
	size_t mc_depth;		      /* calls of subprograms */
	uint64_t mc_saved[MACHINE_FRAMES][5]; /* r6 to r9, and the place */
	uint8_t mc_stack[MACHINE_FRAMES][MACHINE_STACK];
	/* The last instruction wrote there, or NULL. */
	uint8_t *mc_wrote;
};

static uint64_t machine_seed;

/* Returns a number below `limit`; each run has the same sequence. */
static uint64_t
machine_draw(uint64_t limit)
{
	machine_seed = machine_seed * UINT64_C(6364136223846793005) + 1;
	return (machine_seed >> 33) % limit;
}

/* Starts the code on a processor, with a packet. */
static void
machine_start(struct machine_cpu *mc, struct machine *m, unsigned int number,
    const uint8_t *packet, uint64_t segments, uint64_t bytes)
{
	memset(mc, 0, sizeof(*mc));
	mc->mc_machine = m;
	mc->mc_number = number;
	mc->mc_packet = packet;
	mc->mc_runs = true;
	mc->mc_regs[1] = (uint64_t)(uintptr_t)packet;
	mc->mc_regs[2] = segments;
	mc->mc_regs[3] = bytes;
	mc->mc_regs[10] =
	    (uint64_t)(uintptr_t)(mc->mc_stack[0] + MACHINE_STACK);
}

static void *
machine_pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static struct machine_element *
machine_find(struct machine *m, const void *key)
{
	struct machine_element *me;

	for (me = m->m_hash; me < m->m_hash + m->m_keys; me++)
		if (me->me_used && memcmp(me->me_key, key, m->m_key_size) == 0)
			return me;
	return NULL;
}

static uint64_t
machine_lookup(struct machine *m, uint64_t map, uint64_t key)
{
	const struct machine_array *ma;
	struct machine_element *me;
	uint32_t index;

	if (map == MACHINE_HASH) {
		me = machine_find(m, machine_pointer(key));
		return me == NULL ? 0 : (uint64_t)(uintptr_t)&me->me_value;
	}
	assert_in_range(map, MACHINE_ARRAY, MACHINE_ARRAY + MACHINE_ARRAYS - 1);
	ma = &m->m_arrays[map - MACHINE_ARRAY];
	memcpy(&index, machine_pointer(key), sizeof(index));
	return index >= ma->ma_n ?
	    0 :
	    (uint64_t)(uintptr_t)(ma->ma_elements + index * ma->ma_size);
}

/* BPF_NOEXIST. */
static uint64_t
machine_update(struct machine *m, uint64_t key, uint64_t value)
{
	struct machine_element *me = m->m_hash;

	if (machine_find(m, machine_pointer(key)) != NULL)
		return (uint64_t)-EEXIST;
	while (me < m->m_hash + m->m_keys && me->me_used)
		me++;
	if (me == m->m_hash + m->m_keys)
		return (uint64_t)-E2BIG;
	me->me_used = true;
	memcpy(me->me_key, machine_pointer(key), m->m_key_size);
	memcpy(&me->me_value, machine_pointer(value), sizeof(me->me_value));
	return 0;
}

static uint64_t
machine_delete(struct machine *m, uint64_t key)
{
	struct machine_element *me = machine_find(m, machine_pointer(key));

	if (me == NULL)
		return (uint64_t)-ENOENT;
	me->me_used = false;
	return 0;
}

/* Calls a function of the kernel. */
static uint64_t
machine_call(struct machine_cpu *mc, int function)
{
	struct machine *m = mc->mc_machine;
	const uint64_t *r = mc->mc_regs;

	switch (function) {
	case BPF_FUNC_map_lookup_elem:
		return machine_lookup(m, r[1], r[2]);
	case BPF_FUNC_map_update_elem:
		assert_int_equal(r[1], MACHINE_HASH);
		assert_int_equal(r[4], BPF_NOEXIST);
		return machine_update(m, r[2], r[3]);
	case BPF_FUNC_map_delete_elem:
		assert_int_equal(r[1], MACHINE_HASH);
		return machine_delete(m, r[2]);
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
		return m->m_now;
	case BPF_FUNC_jiffies64:
		return m->m_now * 10 / m->m_tick;
	case BPF_FUNC_get_smp_processor_id:
		return mc->mc_number;
	case BPF_FUNC_skb_load_bytes:
		memcpy(machine_pointer(r[3]),
		    (const uint8_t *)machine_pointer(r[1]) + r[2], r[4]);
		return 0;
	case BPF_FUNC_ringbuf_reserve:
		return (uint64_t)(uintptr_t)m->m_record;
	case BPF_FUNC_ringbuf_submit:
		m->m_records++;
		return 0;
	default:
		fail_msg("function %d", function);
		return 0;
	}
}

static void
machine_atomic(struct machine_cpu *mc, const struct bpf_insn *in, uint8_t *at)
{
	uint64_t *src = &mc->mc_regs[in->src_reg], old, new;

	assert_int_equal(BPF_SIZE(in->code), BPF_DW);
	memcpy(&old, at, sizeof(old));
	new = *src;
	switch (in->imm) {
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
		new += old;
		break;
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
		new |= old;
		break;
	case BPF_AND | BPF_FETCH:
		new &= old;
		break;
	case BPF_XCHG:
		break;
	case BPF_CMPXCHG:
		if (old != mc->mc_regs[0])
			new = old;
		else
			mc->mc_wrote = at;
		memcpy(at, &new, sizeof(new));
		mc->mc_regs[0] = old;
		return;
	default:
		fail_msg("atomic %x", (unsigned int)in->imm);
	}
	memcpy(at, &new, sizeof(new));
	mc->mc_wrote = at;
	if ((in->imm & BPF_FETCH) != 0)
		*src = old;
}

/* A load of 64 bits: a constant, a map, or a place in a map. */
static uint64_t
machine_wide(const struct machine *m, const struct bpf_insn *in)
{
	const uint64_t low = (uint32_t)in[0].imm, high = (uint32_t)in[1].imm;

	if (in->src_reg == BPF_PSEUDO_MAP_FD)
		return low;
	if (in->src_reg != BPF_PSEUDO_MAP_VALUE)
		return high << 32 | low;
	if (low == MACHINE_SLOTS)
		return (uint64_t)(uintptr_t)(m->m_slots + high);
	assert_int_equal(m->m_arrays[low - MACHINE_ARRAY].ma_n, 1);
	return (
	    uint64_t)(uintptr_t)(m->m_arrays[low - MACHINE_ARRAY].ma_elements +
	    high);
}

/* Calls a subprogram, which saves r6 to r9. */
static void
machine_enter(struct machine_cpu *mc, int offset)
{
	uint64_t *saved = mc->mc_saved[mc->mc_depth++];

	assert_true(mc->mc_depth < MACHINE_FRAMES);
	memcpy(saved, &mc->mc_regs[6], 4 * sizeof(*saved));
	saved[4] = mc->mc_pc;
	mc->mc_pc += (size_t)(ptrdiff_t)offset;
	mc->mc_regs[10] =
	    (uint64_t)(uintptr_t)(mc->mc_stack[mc->mc_depth] + MACHINE_STACK);
}

/* Returns from a subprogram, or ends the program. */
static void
machine_leave(struct machine_cpu *mc)
{
	const uint64_t *saved;

	if (mc->mc_depth == 0) {
		mc->mc_runs = false;
		return;
	}
	saved = mc->mc_saved[--mc->mc_depth];
	memcpy(&mc->mc_regs[6], saved, 4 * sizeof(*saved));
	memset(&mc->mc_regs[1], 0x5a, 5 * sizeof(uint64_t));
	mc->mc_pc = saved[4];
	mc->mc_regs[10] =
	    (uint64_t)(uintptr_t)(mc->mc_stack[mc->mc_depth] + MACHINE_STACK);
}

/* Arithmetic and jumps. */
static void
machine_compute(struct machine_cpu *mc, const struct bpf_insn *in)
{
	const unsigned int class = BPF_CLASS(in->code);
	const bool narrow = class == BPF_ALU || class == BPF_JMP32;
	uint64_t *d = &mc->mc_regs[in->dst_reg], value = *d, s;

	s = BPF_SRC(in->code) == BPF_X ? mc->mc_regs[in->src_reg] :
					 (uint64_t)(int64_t)in->imm;
	if (narrow) {
		value = (uint32_t)value;
		s = (uint32_t)s;
	}
	if (class == BPF_ALU || class == BPF_ALU64) {
		*d = machine_alu(BPF_OP(in->code), value, s);
		if (narrow)
			*d = (uint32_t)*d;
	} else if (in->code == (BPF_JMP | BPF_CALL) &&
	    in->src_reg == BPF_PSEUDO_CALL) {
		machine_enter(mc, in->imm);
	} else if (in->code == (BPF_JMP | BPF_CALL)) {
		mc->mc_regs[0] = machine_call(mc, in->imm);
		memset(&mc->mc_regs[1], 0x5a, 5 * sizeof(uint64_t));
	} else if (in->code == (BPF_JMP | BPF_EXIT)) {
		machine_leave(mc);
	} else if (machine_compare(BPF_OP(in->code), value, s)) {
		mc->mc_pc += (size_t)(ptrdiff_t)in->off;
	}
}

/* Runs an instruction. */
static void
machine_step(struct machine_cpu *mc)
{
	const struct bpf_insn *in = &mc->mc_machine->m_code[mc->mc_pc++];
	uint64_t *d = &mc->mc_regs[in->dst_reg];
	uint64_t *s = &mc->mc_regs[in->src_reg];
	uint8_t *at;

	mc->mc_wrote = NULL;
	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
		*d = machine_wide(mc->mc_machine, in);
		mc->mc_pc++;
		break;
	case BPF_LDX:
		at = (uint8_t *)machine_pointer(*s) + in->off;
		*d = machine_load(at, BPF_SIZE(in->code));
		break;
	case BPF_ST:
		at = (uint8_t *)machine_pointer(*d) + in->off;
		machine_store(
		    at, (uint64_t)(int64_t)in->imm, BPF_SIZE(in->code));
		mc->mc_wrote = at;
		break;
	case BPF_STX:
		at = (uint8_t *)machine_pointer(*d) + in->off;
		if (BPF_MODE(in->code) == BPF_ATOMIC) {
			machine_atomic(mc, in, at);
			break;
		}
		machine_store(at, *s, BPF_SIZE(in->code));
		mc->mc_wrote = at;
		break;
	default:
		machine_compute(mc, in);
		break;
	}
}

#endif
