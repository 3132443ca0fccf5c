/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "engine/key_table.h"
#include "source/linux/ebpf_keyed_below.h"
#include "source/linux/ebpf_keyed_code.h"

/* Tries to store a mark; a processor that wins has stored a later time. */
#define STORES 2

/* Further registers while a packet is counted. */
enum {
	MARK = LEFT, /* number of the next mark */
	END = EVENTS /* number of the mark behind the last one */
};

static uint64_t
step_of(const struct keyed_code *kc)
{
	return key_table_step(kc->kc_table->ek_keys.sk_count);
}

static int
ring_of(const struct keyed_code *kc)
{
	return (int)keyed_memory_ring(&kc->kc_table->ek_keys);
}

/* Divides a count by the step, and rounds up; destroys ARG5. */
static void
emit_marks(const struct keyed_code *kc, __u8 count)
{
	enum {
		STEP = BPF_REG_5
	};
	struct ebpf_code *c = kc->kc_code;

	if (step_of(kc) == 1)
		return;
	ebpf_keyed_code_constant(c, STEP, step_of(kc) - 1);
	ebpf_insn_emit(c, ALU(BPF_ADD, count, STEP));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, STEP, 1));
	ebpf_insn_emit(c, ALU(BPF_DIV, count, STEP));
}

void
ebpf_keyed_below_begin(struct keyed_code *kc)
{
	enum {
		FRONT = BPF_REG_1, /* count since the last mark */
		STEP = BPF_REG_2,
		AFTER = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	size_t there;

	if (step_of(kc) == 1)
		return;
	ebpf_insn_emit(c, MOV(FRONT, BEFORE));
	ebpf_keyed_code_constant(c, STEP, step_of(kc));
	ebpf_insn_emit(c, ALU(BPF_MOD, FRONT, STEP));
	there = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, FRONT, 0));
	ebpf_insn_emit(c, ALU(BPF_SUB, AFTER, FRONT));
	ebpf_insn_emit(c, ALU(BPF_ADD, AFTER, BEFORE));
	ebpf_insn_emit(c, MOV(RESULT, BEFORE));
	/* A packet that counts meanwhile is part of what went before. */
	ebpf_insn_emit(c, ATOMIC(SLOT, AFTER, SLOT_AT(kd_rate), BPF_CMPXCHG));
	ebpf_insn_land(c, there);
}

/* Sets NOW to kd_last if that is later. */
static void
emit_time(const struct keyed_code *kc)
{
	enum {
		LAST = BPF_REG_1,
		AHEAD = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	size_t same;

	ebpf_insn_emit(c, LOAD(BPF_DW, LAST, SLOT, SLOT_AT(kd_last)));
	ebpf_insn_emit(c, MOV(AHEAD, LAST));
	ebpf_insn_emit(c, ALU(BPF_SUB, AHEAD, NOW));
	same = ebpf_insn_emit(c, JUMP_IMM(BPF_JSLE, AHEAD, 0));
	ebpf_insn_emit(c, MOV(NOW, LAST));
	ebpf_insn_land(c, same);
}

/*
 * Adds LEFT to the count, and sets NOW to the time of the marks.  Goes on
 * behind with the count before in END.
 */
static void
emit_add(const struct keyed_code *kc)
{
	enum {
		AFTER = BPF_REG_3
	};
	struct ebpf_jumps added = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	/* Reads the count before the time, on any processor. */
	ebpf_insn_emit(c, MOV_IMM(END, 0));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, END, SLOT_AT(kd_rate), BPF_ADD | BPF_FETCH));
	for (i = 0; i < KEYED_TRIES; i++) {
		emit_time(kc);
		ebpf_insn_emit(c, MOV(AFTER, END));
		ebpf_insn_emit(c, ALU(BPF_ADD, AFTER, LEFT));
		ebpf_insn_emit(c, MOV(RESULT, END));
		ebpf_insn_emit(
		    c, ATOMIC(SLOT, AFTER, SLOT_AT(kd_rate), BPF_CMPXCHG));
		ebpf_insn_jump(c, &added, JUMP(BPF_JEQ, RESULT, END));
		ebpf_insn_emit(c, MOV(END, RESULT));
	}
	/* Other processors were faster each time. */
	ebpf_insn_emit(c, MOV(END, LEFT));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, END, SLOT_AT(kd_rate), BPF_ADD | BPF_FETCH));
	emit_time(kc);
	ebpf_insn_land_jumps(c, &added);
}

/*
 * Counts LEFT, and sets MARK and END to the marks in between, as many as there
 * is room for.  Jumps to `none` without such a mark.
 */
static void
emit_count(const struct keyed_code *kc, struct ebpf_jumps *none)
{
	enum {
		COUNT = BPF_REG_1,
		FIRST = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;
	size_t few;

	emit_add(kc);
	ebpf_insn_emit(c, MOV(COUNT, END));
	ebpf_insn_emit(c, ALU(BPF_ADD, END, LEFT));
	ebpf_insn_emit(c, MOV(MARK, COUNT));
	emit_marks(kc, MARK);
	emit_marks(kc, END);
	ebpf_insn_jump(c, none, JUMP(BPF_JGE, MARK, END));
	ebpf_insn_emit(c, MOV(FIRST, END));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, FIRST, ring_of(kc)));
	few = ebpf_insn_emit(c, JUMP(BPF_JSGE, MARK, FIRST));
	ebpf_insn_emit(c, MOV(MARK, FIRST));
	ebpf_insn_land(c, few);
}

/* Leaves the marks from MARK to END. */
static void
emit_leave(const struct keyed_code *kc)
{
	struct ebpf_jumps done = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	for (i = 0; i < ring_of(kc); i++) {
		if (i > 0)
			ebpf_insn_jump(c, &done, JUMP(BPF_JGE, MARK, END));
		ebpf_insn_emit(c, MOV(ARG1, SLOT));
		ebpf_insn_emit(c, MOV(ARG2, MARK));
		ebpf_insn_emit(c, MOV(ARG3, NOW));
		ebpf_insn_call(c, kc->kc_table->ek_arrays);
		ebpf_insn_emit(c, ALU_IMM(BPF_ADD, MARK, 1));
	}
	ebpf_insn_land_jumps(c, &done);
}

/* Goes on behind if the newest mark arms the key; else jumps to `none`. */
static void
emit_check(const struct keyed_code *kc, struct ebpf_jumps *none)
{
	enum {
		WORD = BPF_REG_1,
		FRONT = BPF_REG_2, /* number of the mark that arms */
		STILL = BPF_REG_1,
		LAST = BPF_REG_1,
		MARKED = BPF_REG_2,
		LIMIT = BPF_REG_2
	};
	const struct source_keys *sk = &kc->kc_table->ek_keys;
	const int back = (int)key_table_back(sk->sk_count);
	struct ebpf_code *c = kc->kc_code;

	/* The watcher disarms no key with a packet on the way. */
	ebpf_insn_emit(c, LOAD(BPF_DW, WORD, SLOT, SLOT_AT(kd_word)));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_ARMED));
	ebpf_insn_jump(c, none, JUMP_IMM(BPF_JNE, WORD, 0));
	ebpf_insn_emit(c, LOAD(BPF_DW, END, SLOT, SLOT_AT(kd_rate)));
	emit_marks(kc, END);
	ebpf_insn_jump(c, none, JUMP_IMM(BPF_JLE, END, back));
	ebpf_insn_emit(c, MOV(FRONT, END));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, FRONT, back + 1));
	ebpf_keyed_code_mark(kc, FRONT, KEYED_INDEX);
	/* Never; but the verifier does not know. */
	ebpf_insn_jump(c, none, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, LOAD(BPF_DW, MARKED, RESULT, 0));
	/* The packet of a further mark, which may be in the place, checks. */
	ebpf_insn_emit(c, MOV_IMM(STILL, 0));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, STILL, SLOT_AT(kd_rate), BPF_ADD | BPF_FETCH));
	emit_marks(kc, STILL);
	ebpf_insn_jump(c, none, JUMP(BPF_JNE, STILL, END));
	ebpf_insn_emit(c, LOAD(BPF_DW, LAST, SLOT, SLOT_AT(kd_last)));
	ebpf_insn_emit(c, ALU(BPF_SUB, LAST, MARKED));
	ebpf_keyed_code_constant(c, LIMIT, sk->sk_time);
	ebpf_insn_jump(c, none, JUMP(BPF_JSGE, LAST, LIMIT));
}

void
ebpf_keyed_below(struct keyed_code *kc)
{
	enum {
		WORD = BPF_REG_1
	};
	struct ebpf_jumps none = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t armed;

	emit_count(kc, &none);
	emit_leave(kc);
	emit_check(kc, &none);
	ebpf_insn_emit(c, MOV_IMM(WORD, KEYED_ARMED));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, WORD, SLOT_AT(kd_word), BPF_OR | BPF_FETCH));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_ARMED));
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JNE, WORD, 0));
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 1));
	armed = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &none);
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 0));
	ebpf_insn_land(c, armed);
}

/* Stores NOW as the time of a mark, unless a later one is there. */
void
ebpf_keyed_below_sub(const struct keyed_code *kc)
{
	enum {
		PLACE = BPF_REG_1,
		STORED = BPF_REG_2,
		TIME_OF_MARK = BPF_REG_3
	};
	struct ebpf_jumps done = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	ebpf_insn_sub(c, kc->kc_table->ek_arrays);
	ebpf_insn_emit(c, MOV(SLOT, ARG1));
	ebpf_insn_emit(c, MOV(NOW, ARG3));
	ebpf_keyed_code_mark(kc, ARG2, KEYED_NUMBER);
	ebpf_insn_jump(c, &done, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV(PLACE, RESULT));
	for (i = 0; i < STORES; i++) {
		ebpf_insn_emit(c, LOAD(BPF_DW, STORED, PLACE, 0));
		ebpf_insn_jump(c, &done, JUMP(BPF_JGE, STORED, NOW));
		ebpf_insn_emit(c, MOV(RESULT, STORED));
		ebpf_insn_emit(c, MOV(TIME_OF_MARK, NOW));
		ebpf_insn_emit(c, ATOMIC(PLACE, TIME_OF_MARK, 0, BPF_CMPXCHG));
		if (i + 1 < STORES)
			ebpf_insn_jump(c, &done, JUMP(BPF_JEQ, RESULT, STORED));
	}
	ebpf_insn_land_jumps(c, &done);
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
}
