/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <stdbool.h>

#include "engine/key_table.h"
#include "source/linux/ebpf_keyed_code.h"
#include "source/linux/ebpf_keyed_rate.h"

/*
 * Exchanges that may be lost, beside the marks of a packet.  A packet that
 * loses more does not count for the rate, whose event is late.
 */
#define LOSSES 12

/* Steps one behind the other, for a list of jumps to their end. */
#define GROUP 32

/* Further registers of the subprogram, a step. */
enum {
	STATE = BPF_REG_9, /* kd_rate */
	MARK = BPF_REG_1,  /* number of the next mark */
	FRONT = BPF_REG_2, /* packets in front of the mark, less one */
	AFTER = BPF_REG_3, /* kd_rate after the step */
	NUMBER = BPF_REG_1 /* at the end: events */
};

/* A rate of a table, in its code. */
struct rate {
	const struct keyed_code *rt_kc;
	uint64_t rt_step;	     /* see KEY_TABLE_MARKS */
	uint64_t rt_back;	     /* see KEY_TABLE_MARKS */
	unsigned int rt_ring;	     /* marks of a slot, a power of 2 */
	unsigned int rt_front;	     /* bits of FRONT in kd_rate */
	unsigned int rt_mark;	     /* bits of MARK */
	struct ebpf_jumps rt_done;   /* nothing is left */
	struct ebpf_jumps rt_again;  /* LEFT is for the next step */
	struct ebpf_jumps rt_events; /* so it is; NUMBER has events */
};

static unsigned int
bits_for(uint64_t largest)
{
	unsigned int n = 0;

	for (; largest != 0; largest >>= 1)
		n++;
	return n;
}

static struct rate
rate_of(const struct keyed_code *kc)
{
	const struct source_keys *sk = &kc->kc_table->ek_keys;
	struct rate rt = { .rt_kc = kc,
		.rt_step = key_table_step(sk->sk_count),
		.rt_back = key_table_back(sk->sk_count),
		.rt_ring = (unsigned int)keyed_memory_ring(sk) };

	rt.rt_front = bits_for(rt.rt_step - 1);
	rt.rt_mark = bits_for(2 * rt.rt_ring - 1);
	return rt;
}

/* Appends reg &= the lowest n bits; any n below 64. */
static void
emit_lowest(struct ebpf_code *c, __u8 reg, unsigned int n)
{
	if (n == 0) {
		ebpf_insn_emit(c, MOV_IMM(reg, 0));
		return;
	}
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, reg, (int)(64 - n)));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, reg, (int)(64 - n)));
}

/*
 * Changes nothing, by a register with any number, but the verifier forgets what
 * it knows of the other one: it would follow each number through all steps.
 */
static void
emit_unknown(struct ebpf_code *c, __u8 reg, __u8 any)
{
	ebpf_insn_emit(c, ALU(BPF_ADD, reg, any));
	ebpf_insn_emit(c, ALU(BPF_SUB, reg, any));
}

/* Sets AFTER to a fresh start that follows the state in a register. */
static void
emit_afresh(const struct rate *rt, __u8 state)
{
	const int low = (int)(rt->rt_front + rt->rt_mark);
	struct ebpf_code *c = rt->rt_kc->kc_code;

	ebpf_insn_emit(c, MOV(AFTER, state));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, AFTER, low));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, AFTER, 1));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, AFTER, low));
}

void
ebpf_keyed_rate_begin(struct keyed_code *kc)
{
	struct rate rt = rate_of(kc);
	struct ebpf_code *c = kc->kc_code;

	if (rt.rt_ring == 0)
		return;
	ebpf_insn_emit(c, MOV(RESULT, BEFORE));
	emit_afresh(&rt, RESULT);
	/* A packet that counts meanwhile is part of what went before. */
	ebpf_insn_emit(c, ATOMIC(SLOT, AFTER, SLOT_AT(kd_rate), BPF_CMPXCHG));
}

/*
 * Exchanges the state in a register for AFTER.  Jumps to rt_again if another
 * was faster.
 */
static void
emit_exchange(struct rate *rt, __u8 state)
{
	struct ebpf_code *c = rt->rt_kc->kc_code;

	ebpf_insn_emit(c, MOV(RESULT, state));
	ebpf_insn_emit(c, ATOMIC(SLOT, AFTER, SLOT_AT(kd_rate), BPF_CMPXCHG));
	ebpf_insn_jump(c, &rt->rt_again, JUMP(BPF_JNE, RESULT, state));
}

/*
 * At a fresh start takes as many packets at once as are whole events: they
 * leave the state as it is.
 */
static void
emit_whole(struct rate *rt)
{
	enum {
		WHOLE = BPF_REG_3,
		LOW = BPF_REG_2
	};
	struct ebpf_code *c = rt->rt_kc->kc_code;
	size_t few, later;

	ebpf_keyed_code_constant(c, WHOLE, rt->rt_back * rt->rt_step + 1);
	few = ebpf_insn_emit(c, JUMP(BPF_JLT, LEFT, WHOLE));
	ebpf_insn_emit(c, MOV(LOW, STATE));
	emit_lowest(c, LOW, rt->rt_front + rt->rt_mark);
	later = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, LOW, 0));
	ebpf_insn_emit(c, MOV(NUMBER, LEFT));
	ebpf_insn_emit(c, ALU(BPF_DIV, NUMBER, WHOLE));
	ebpf_insn_emit(c, ALU(BPF_MOD, LEFT, WHOLE));
	ebpf_insn_jump(c, &rt->rt_events, JUMP_ALWAYS);
	ebpf_insn_land(c, later);
	ebpf_insn_land(c, few);
	emit_unknown(c, LEFT, STATE);
}

static void
emit_get_front(const struct rate *rt, __u8 state)
{
	ebpf_insn_emit(rt->rt_kc->kc_code, MOV(FRONT, state));
	emit_lowest(rt->rt_kc->kc_code, FRONT, rt->rt_front);
}

/*
 * Counts the amount in a register in front of the next mark, and jumps to
 * `done`; goes on behind if the amount reaches the mark.
 */
static void
emit_front(struct rate *rt, __u8 state, __u8 amount, struct ebpf_jumps *done)
{
	struct ebpf_code *c = rt->rt_kc->kc_code;
	size_t reached;

	emit_get_front(rt, state);
	reached = ebpf_insn_emit(c, JUMP(BPF_JGT, amount, FRONT));
	ebpf_insn_emit(c, MOV(AFTER, state));
	ebpf_insn_emit(c, ALU(BPF_SUB, AFTER, amount));
	emit_exchange(rt, state);
	ebpf_insn_jump(c, done, JUMP_ALWAYS);
	ebpf_insn_land(c, reached);
}

void
ebpf_keyed_rate_front(
    struct keyed_code *kc, __u8 amount, struct ebpf_jumps *done)
{
	struct rate rt = rate_of(kc);
	struct ebpf_jumps recent = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t other;

	if (rt.rt_step == 1)
		return;
	ebpf_keyed_code_tick(kc, &recent);
	other = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &recent);
	ebpf_insn_emit(c, LOAD(BPF_DW, BEFORE, SLOT, SLOT_AT(kd_rate)));
	emit_front(&rt, BEFORE, amount, done);
	ebpf_insn_land_jumps(c, &rt.rt_again);
	ebpf_insn_land(c, other);
}

/*
 * Takes the packets up to the mark, and ends the step; the next one is for
 * those behind it.
 */
static void
emit_reached(struct rate *rt, int events)
{
	struct ebpf_code *c = rt->rt_kc->kc_code;

	emit_get_front(rt, STATE);
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, FRONT, 1));
	ebpf_insn_emit(c, ALU(BPF_SUB, LEFT, FRONT));
	ebpf_insn_emit(c, MOV_IMM(NUMBER, events));
	ebpf_insn_jump(c, &rt->rt_events, JUMP_ALWAYS);
}

static void
emit_get_mark(struct rate *rt)
{
	struct ebpf_code *c = rt->rt_kc->kc_code;

	ebpf_insn_emit(c, MOV(MARK, STATE));
	if (rt->rt_front > 0)
		ebpf_insn_emit(c, ALU_IMM(BPF_RSH, MARK, (int)rt->rt_front));
	emit_lowest(c, MARK, rt->rt_mark);
}

/* Sets RESULT to the address of the time of a mark, by its number in MARK. */
static void
emit_place(struct rate *rt)
{
	ebpf_keyed_code_mark(rt->rt_kc, MARK, KEYED_NUMBER);
	/* Never; but the verifier does not know. */
	ebpf_insn_jump(
	    rt->rt_kc->kc_code, &rt->rt_done, JUMP_IMM(BPF_JEQ, RESULT, 0));
}

/* At a mark: begins afresh if this is an event; else goes on behind. */
static void
emit_event(struct rate *rt)
{
	enum {
		MARKED = BPF_REG_1,
		AGE = BPF_REG_2,
		LIMIT = BPF_REG_3
	};
	const struct source_keys *sk = &rt->rt_kc->kc_table->ek_keys;
	struct ebpf_code *c = rt->rt_kc->kc_code;
	size_t first, old;

	emit_get_mark(rt);
	first = ebpf_insn_emit(c, JUMP_IMM(BPF_JLT, MARK, (int)rt->rt_back));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, MARK, (int)rt->rt_back));
	emit_place(rt);
	ebpf_insn_emit(c, LOAD(BPF_DW, MARKED, RESULT, 0));
	ebpf_insn_emit(c, MOV(AGE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, AGE, MARKED));
	ebpf_keyed_code_constant(c, LIMIT, sk->sk_time);
	old = ebpf_insn_emit(c, JUMP(BPF_JSGT, AGE, LIMIT));
	emit_afresh(rt, STATE);
	emit_exchange(rt, STATE);
	emit_reached(rt, 1);
	ebpf_insn_land(c, first);
	ebpf_insn_land(c, old);
}

/* Sets AFTER to STATE behind the next mark. */
static void
emit_next_mark(struct rate *rt)
{
	enum {
		CHANGE = BPF_REG_4
	};
	const unsigned int low = rt->rt_front + rt->rt_mark;
	struct ebpf_code *c = rt->rt_kc->kc_code;
	size_t more;

	emit_get_front(rt, STATE);
	ebpf_insn_emit(c, MOV(AFTER, STATE));
	ebpf_insn_emit(c, ALU(BPF_SUB, AFTER, FRONT));
	ebpf_keyed_code_constant(
	    c, CHANGE, (UINT64_C(1) << rt->rt_front) + rt->rt_step - 1);
	ebpf_insn_emit(c, ALU(BPF_ADD, AFTER, CHANGE));
	/* The number of a mark is below twice the ring. */
	emit_get_mark(rt);
	more = ebpf_insn_emit(
	    c, JUMP_IMM(BPF_JLT, MARK, (int)(2 * rt->rt_ring - 1)));
	ebpf_keyed_code_constant(c, CHANGE,
	    (UINT64_C(1) << low) - ((uint64_t)rt->rt_ring << rt->rt_front));
	ebpf_insn_emit(c, ALU(BPF_ADD, AFTER, CHANGE));
	ebpf_insn_land(c, more);
}

/* Leaves a mark, and goes on to the next one. */
static void
emit_mark(struct rate *rt)
{
	enum {
		PLACE = BPF_REG_5
	};
	const struct bpf_insn store = STORE(BPF_DW, PLACE, NOW, 0);
	struct ebpf_code *c = rt->rt_kc->kc_code;

	emit_get_mark(rt);
	emit_place(rt);
	ebpf_insn_emit(c, MOV(PLACE, RESULT));
	emit_next_mark(rt);
	if (rt->rt_back < rt->rt_ring)
		ebpf_insn_emit(c, store);
	emit_exchange(rt, STATE);
	if (rt->rt_back == rt->rt_ring)
		ebpf_insn_emit(c, store);
	emit_reached(rt, 0);
}

/*
 * A step returns the events, and in the lowest 32 bits what is left.
 */
void
ebpf_keyed_rate_sub(const struct keyed_code *kc)
{
	struct rate rt = rate_of(kc);
	struct ebpf_code *c = kc->kc_code;

	if (rt.rt_ring == 0)
		return;
	ebpf_insn_sub(c, kc->kc_table->ek_arrays);
	ebpf_insn_emit(c, MOV(SLOT, ARG1));
	/* An unknown number of 32 bits, each time. */
	ebpf_insn_emit(c, MOV32(LEFT, ARG2));
	ebpf_insn_emit(c, MOV(NOW, ARG3));
	ebpf_insn_emit(c, LOAD(BPF_DW, STATE, SLOT, SLOT_AT(kd_rate)));
	emit_whole(&rt);
	emit_front(&rt, STATE, LEFT, &rt.rt_done);
	emit_event(&rt);
	emit_mark(&rt);
	ebpf_insn_land_jumps(c, &rt.rt_done);
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
	ebpf_insn_land_jumps(c, &rt.rt_again);
	ebpf_insn_emit(c, MOV_IMM(NUMBER, 0));
	ebpf_insn_land_jumps(c, &rt.rt_events);
	ebpf_insn_emit(c, MOV(RESULT, NUMBER));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, RESULT, 32));
	ebpf_insn_emit(c, ALU(BPF_OR, RESULT, LEFT));
	emit_unknown(c, RESULT, STATE);
	ebpf_insn_emit(c, EXIT);
}

/*
 * Takes up to n steps.  Goes on behind with what is LEFT, or jumps to `done`.
 */
static void
emit_steps(struct keyed_code *kc, unsigned int n, struct ebpf_jumps *done)
{
	struct ebpf_jumps zero = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t more;

	while (n-- > 0) {
		ebpf_insn_emit(c, MOV(ARG1, SLOT));
		ebpf_insn_emit(c, MOV(ARG2, LEFT));
		ebpf_insn_emit(c, MOV(ARG3, NOW));
		ebpf_insn_call(c, kc->kc_table->ek_arrays);
		ebpf_insn_emit(c, MOV32(LEFT, RESULT));
		ebpf_insn_emit(c, ALU_IMM(BPF_RSH, RESULT, 32));
		ebpf_insn_emit(c, ALU(BPF_ADD, EVENTS, RESULT));
		ebpf_insn_jump(c, &zero, JUMP_IMM(BPF_JEQ, LEFT, 0));
		emit_unknown(c, LEFT, NOW);
	}
	more = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &zero);
	ebpf_insn_jump(c, done, JUMP_ALWAYS);
	ebpf_insn_land(c, more);
}

void
ebpf_keyed_rate(struct keyed_code *kc)
{
	struct ebpf_jumps done = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	unsigned int steps = 2 * rate_of(kc).rt_ring;

	if (steps == 0) {
		ebpf_insn_emit(c, MOV(EVENTS, LEFT));
		return;
	}
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 0));
	emit_unknown(c, EVENTS, NOW);
	emit_unknown(c, LEFT, NOW);
	for (steps += LOSSES; steps > GROUP; steps -= GROUP)
		emit_steps(kc, GROUP, &done);
	emit_steps(kc, steps, &done);
	ebpf_insn_land_jumps(c, &done);
}
