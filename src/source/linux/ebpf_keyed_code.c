/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "base/clock.h"
#include "engine/condition.h"
#include "source/linux/ebpf_keyed_code.h"

bool
ebpf_keyed_code_reuses(const struct keyed_code *kc)
{
	return kc->kc_table->ek_keys.sk_kind != CONDITION_EVERY;
}

bool
ebpf_keyed_code_expires(const struct keyed_code *kc)
{
	const enum condition_kind kind = kc->kc_table->ek_keys.sk_kind;

	return kind != CONDITION_EVERY && kind != CONDITION_IDLE;
}

void
ebpf_keyed_code_constant(struct ebpf_code *c, __u8 reg, uint64_t value)
{
	ebpf_insn_emit(c,
	    INSN(BPF_LD | BPF_DW | BPF_IMM, reg, 0, 0, (int)(uint32_t)value));
	ebpf_insn_emit(c, INSN(0, 0, 0, 0, (int)(value >> 32)));
}

void
ebpf_keyed_code_header(const struct keyed_code *kc, __u8 reg, size_t place)
{
	ebpf_insn_emit_value(
	    kc->kc_code, reg, kc->kc_table->ek_arrays[KEYED_HEADER], place);
}

/* Sets RESULT to the element whose number is at a place on the stack, or 0. */
static void
emit_element(const struct keyed_code *kc, int array, short place)
{
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_arrays[array]);
	ebpf_insn_emit(c, MOV(ARG2, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, place));
	ebpf_insn_emit(c, CALL(BPF_FUNC_map_lookup_elem));
}

void
ebpf_keyed_code_slot(const struct keyed_code *kc)
{
	emit_element(kc, KEYED_SLOTS, KEYED_NUMBER);
}

void
ebpf_keyed_code_slot_of(const struct keyed_code *kc)
{
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV(ARG2, RESULT));
	ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_arrays[KEYED_SLOTS]);
	ebpf_insn_emit(c, CALL(BPF_FUNC_map_lookup_elem));
}

void
ebpf_keyed_code_word(const struct keyed_code *kc, __u8 reg, short place)
{
	ebpf_insn_emit(kc->kc_code, STORE(BPF_W, FRAME, reg, place));
	emit_element(kc, KEYED_WORDS, place);
}

void
ebpf_keyed_code_mark(const struct keyed_code *kc, __u8 mark, short place)
{
	enum {
		WORD = BPF_REG_3
	};
	const struct source_keys *sk = &kc->kc_table->ek_keys;
	const int ring = (int)keyed_memory_ring(sk);
	struct ebpf_code *c = kc->kc_code;

	if ((ring & (ring - 1)) == 0)
		ebpf_insn_emit(c, ALU_IMM(BPF_AND, mark, ring - 1));
	else
		ebpf_insn_emit(c, ALU_IMM(BPF_MOD, mark, ring));
	ebpf_insn_emit(c, LOAD(BPF_W, WORD, SLOT, SLOT_AT(kd_number)));
	ebpf_insn_emit(c, ALU_IMM(BPF_MUL, WORD, ring));
	ebpf_insn_emit(c, ALU(BPF_ADD, WORD, mark));
	ebpf_insn_emit(
	    c, ALU_IMM(BPF_ADD, WORD, (int)keyed_memory_marks_at(sk)));
	ebpf_keyed_code_word(kc, WORD, place);
}

/* Returns the ticks until a packet replaces kd_last, 1 to KEYED_TICKS. */
static int
ticks_of(const struct source_keys *sk)
{
	const uint64_t ticks = sk->sk_time / (1280 * CLOCK_MS);

	if (sk->sk_kind == CONDITION_EVERY || ticks > KEYED_TICKS)
		return KEYED_TICKS;
	return ticks == 0 ? 1 : (int)ticks;
}

void
ebpf_keyed_code_tick(const struct keyed_code *kc, struct ebpf_jumps *recent)
{
	enum {
		TICK = BPF_REG_1,
		AGE = BPF_REG_2
	};
	const int ticks = ticks_of(&kc->kc_table->ek_keys);
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, CALL(BPF_FUNC_jiffies64));
	ebpf_insn_emit(c, LOAD(BPF_DW, TICK, SLOT, SLOT_AT(kd_tick)));
	ebpf_insn_emit(c, MOV(AGE, RESULT));
	ebpf_insn_emit(c, ALU(BPF_SUB, AGE, TICK));
	ebpf_insn_jump(c, recent, JUMP_IMM(BPF_JLT, AGE, ticks));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, RESULT, SLOT_AT(kd_tick)));
}

void
ebpf_keyed_code_add(const struct keyed_code *kc, __u8 reg, short member)
{
	enum {
		HEADER = BPF_REG_4
	};

	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(kc->kc_code, ATOMIC(HEADER, reg, member, BPF_ADD));
}

void
ebpf_keyed_code_forget(const struct keyed_code *kc)
{
	enum {
		PACKETS = BPF_REG_1,
		ZERO = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV_IMM(PACKETS, 0));
	ebpf_insn_emit(c, ATOMIC(SLOT, PACKETS, SLOT_AT(kd_packets), BPF_XCHG));
	ebpf_keyed_code_add(kc, PACKETS, HEADER_AT(kh_forgotten));
	ebpf_insn_emit(c, MOV_IMM(ZERO, 0));
	ebpf_insn_emit(c, ATOMIC(SLOT, ZERO, SLOT_AT(kd_bytes), BPF_XCHG));
	ebpf_insn_emit(c, MOV_IMM(ZERO, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, ZERO, SLOT_AT(kd_events)));
}
