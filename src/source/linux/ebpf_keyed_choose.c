/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_keyed_choose.h"
#include "source/linux/ebpf_keyed_code.h"

/* Slots that a new key looks at in the search for an expired one. */
#define LOOKS 8

/* The silence after which another key takes the place is longer, ns. */
static uint64_t
rest(const struct source_keys *sk)
{
	return sk->sk_time > KEYED_REST ? sk->sk_time : KEYED_REST;
}

/*
 * Sets KEYED_NUMBER to a slot that never had a key, and SLOT; jumps to `got`.
 * Goes on behind without such a slot.
 */
static void
emit_fresh(struct keyed_code *kc, struct ebpf_jumps *got)
{
	enum {
		HEADER = BPF_REG_4,
		NUMBER = BPF_REG_1,
		ONE = BPF_REG_2
	};
	const int keys = (int)kc->kc_table->ek_keys.sk_keys;
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps none = { .ej_n = 0 };

	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, LOAD(BPF_DW, NUMBER, HEADER, HEADER_AT(kh_fresh)));
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JGE, NUMBER, keys));
	ebpf_insn_emit(c, MOV_IMM(NUMBER, 1));
	ebpf_insn_emit(c,
	    ATOMIC(HEADER, NUMBER, HEADER_AT(kh_fresh), BPF_ADD | BPF_FETCH));
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JGE, NUMBER, keys));
	ebpf_insn_emit(c, MOV_IMM(ONE, 1));
	ebpf_insn_emit(c, ATOMIC(HEADER, ONE, HEADER_AT(kh_spare), BPF_ADD));
	ebpf_insn_emit(c, STORE(BPF_W, FRAME, NUMBER, KEYED_NUMBER));
	ebpf_keyed_code_slot(kc);
	ebpf_insn_emit(c, MOV(SLOT, RESULT));
	ebpf_insn_jump(c, got, JUMP_IMM(BPF_JNE, RESULT, 0));
	ebpf_insn_land_jumps(c, &none);
}

/* Sets `reg` to the count of changes that follows that of kh_free in `list`. */
static void
emit_change(struct ebpf_code *c, __u8 reg, __u8 list)
{
	ebpf_insn_emit(c, MOV(reg, list));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, reg, 32));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, reg, 1));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, reg, 32));
}

/* The same with the first slot of the list; jumps to `again` after a loss. */
static void
emit_pop(struct keyed_code *kc, struct ebpf_jumps *got, struct ebpf_jumps *lost)
{
	enum {
		FIRST = BPF_REG_8, /* kh_free */
		FOUND = BPF_REG_3,
		HEADER = BPF_REG_4,
		NUMBER = BPF_REG_1,
		NEXT = BPF_REG_1, /* kh_free without the slot */
		MASK = BPF_REG_1,
		CHANGE = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps none = { .ej_n = 0 };

	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, LOAD(BPF_DW, FIRST, HEADER, HEADER_AT(kh_free)));
	ebpf_insn_emit(c, MOV32(NUMBER, FIRST));
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JEQ, NUMBER, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, NUMBER, 1));
	ebpf_insn_emit(c, STORE(BPF_W, FRAME, NUMBER, KEYED_NUMBER));
	ebpf_keyed_code_slot(kc);
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV(FOUND, RESULT));
	emit_change(c, CHANGE, FIRST);
	ebpf_insn_emit(c, LOAD(BPF_W, NEXT, FOUND, SLOT_AT(kd_next)));
	ebpf_insn_emit(c, ALU(BPF_OR, NEXT, CHANGE));
	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, MOV(RESULT, FIRST));
	ebpf_insn_emit(
	    c, ATOMIC(HEADER, NEXT, HEADER_AT(kh_free), BPF_CMPXCHG));
	ebpf_insn_jump(c, lost, JUMP(BPF_JNE, RESULT, FIRST));
	ebpf_insn_emit(c, MOV(SLOT, FOUND));
	ebpf_insn_emit(c, MOV_IMM(MASK, ~(int)KEYED_LISTED));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, MASK, SLOT_AT(kd_word), BPF_AND | BPF_FETCH));
	ebpf_insn_jump(c, got, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &none);
}

void
ebpf_keyed_choose_expired(struct keyed_code *kc, struct ebpf_jumps *other)
{
	enum {
		SILENCE = BPF_REG_1,
		LAST = BPF_REG_2,
		LIMIT = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV(SILENCE, TIME));
	ebpf_insn_emit(c, LOAD(BPF_DW, LAST, SLOT, SLOT_AT(kd_last)));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, LAST));
	ebpf_keyed_code_constant(c, LIMIT, rest(&kc->kc_table->ek_keys));
	ebpf_insn_jump(c, other, JUMP(BPF_JSLE, SILENCE, LIMIT));
}

/* Looks at the slot at KEYED_NUMBER; jumps to `got` if its key has expired. */
static void
emit_look(struct keyed_code *kc, struct ebpf_jumps *got)
{
	enum {
		WORD = BPF_REG_1,
		DUE = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps other = { .ej_n = 0 };

	ebpf_keyed_code_slot(kc);
	/* There is no such slot behind the last one. */
	ebpf_insn_jump(c, &kc->kc_refused, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV(SLOT, RESULT));
	ebpf_insn_emit(c, LOAD(BPF_DW, WORD, SLOT, SLOT_AT(kd_word)));
	ebpf_insn_emit(c,
	    ALU_IMM(BPF_AND, WORD,
		KEYED_PINS | KEYED_USED | KEYED_LIVE | KEYED_BUSY |
		    KEYED_ARMED));
	ebpf_insn_jump(
	    c, &other, JUMP_IMM(BPF_JNE, WORD, KEYED_USED | KEYED_LIVE));
	ebpf_keyed_choose_expired(kc, &other);
	ebpf_insn_emit(c, LOAD(BPF_DW, DUE, SLOT, SLOT_AT(kd_due)));
	ebpf_insn_jump(c, got, JUMP_IMM(BPF_JEQ, DUE, 0));
	ebpf_insn_land_jumps(c, &other);
}

/*
 * Searches the next LOOKS slots for one with an expired key; jumps to
 * kc_refused if there is none.
 */
static void
emit_search(struct keyed_code *kc, struct ebpf_jumps *got)
{
	enum {
		HEADER = BPF_REG_4,
		NUMBER = BPF_REG_1
	};
	const int keys = (int)kc->kc_table->ek_keys.sk_keys;
	struct ebpf_code *c = kc->kc_code;
	int i;

	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, MOV_IMM(NUMBER, 1));
	ebpf_insn_emit(
	    c, ATOMIC(HEADER, NUMBER, HEADER_AT(kh_hand), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, ALU_IMM(BPF_MOD, NUMBER, (keys + LOOKS - 1) / LOOKS));
	ebpf_insn_emit(c, ALU_IMM(BPF_MUL, NUMBER, LOOKS));
	for (i = 0; i < LOOKS; i++) {
		if (i > 0) {
			ebpf_insn_emit(
			    c, LOAD(BPF_W, NUMBER, FRAME, KEYED_NUMBER));
			ebpf_insn_emit(c, ALU_IMM(BPF_ADD, NUMBER, 1));
		}
		ebpf_insn_emit(c, STORE(BPF_W, FRAME, NUMBER, KEYED_NUMBER));
		emit_look(kc, got);
	}
	ebpf_insn_jump(c, &kc->kc_refused, JUMP_ALWAYS);
}

/* Tries to put the slot, with the number plus 1 in NUMBER, in front. */
static void
emit_prepend(struct keyed_code *kc, struct ebpf_jumps *done)
{
	enum {
		FIRST = RESULT,
		NEXT = BPF_REG_1,
		CHANGED = BPF_REG_2, /* kh_free with the slot */
		NUMBER = BPF_REG_3,
		HEADER = BPF_REG_4
	};
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, LOAD(BPF_DW, FIRST, HEADER, HEADER_AT(kh_free)));
	ebpf_insn_emit(c, MOV(NEXT, FIRST));
	ebpf_insn_emit(c, STORE(BPF_W, SLOT, NEXT, SLOT_AT(kd_next)));
	emit_change(c, CHANGED, FIRST);
	ebpf_insn_emit(c, ALU(BPF_OR, CHANGED, NUMBER));
	ebpf_insn_emit(
	    c, ATOMIC(HEADER, CHANGED, HEADER_AT(kh_free), BPF_CMPXCHG));
	ebpf_insn_jump(c, done, JUMP(BPF_JEQ, FIRST, NEXT));
}

void
ebpf_keyed_choose_push(struct keyed_code *kc)
{
	enum {
		WORD = BPF_REG_1,
		NUMBER = BPF_REG_3,
		HEADER = BPF_REG_4
	};
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps done = { .ej_n = 0 };
	int i;

	ebpf_insn_emit(c, MOV_IMM(WORD, KEYED_LISTED));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, WORD, SLOT_AT(kd_word), BPF_OR | BPF_FETCH));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_LISTED));
	ebpf_insn_jump(c, &done, JUMP_IMM(BPF_JNE, WORD, 0));
	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, LOAD(BPF_W, NUMBER, FRAME, KEYED_NUMBER));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, NUMBER, 1));
	for (i = 0; i < KEYED_TRIES; i++)
		emit_prepend(kc, &done);
	ebpf_insn_land_jumps(c, &done);
}

void
ebpf_keyed_choose(struct keyed_code *kc, struct ebpf_jumps *lost)
{
	struct ebpf_jumps got = { .ej_n = 0 };

	emit_fresh(kc, &got);
	emit_pop(kc, &got, lost);
	if (ebpf_keyed_code_expires(kc))
		emit_search(kc, &got);
	else
		ebpf_insn_jump(kc->kc_code, &kc->kc_refused, JUMP_ALWAYS);
	ebpf_insn_land_jumps(kc->kc_code, &got);
}
