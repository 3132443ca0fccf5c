/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "engine/condition.h"
#include "engine/key_table.h"
#include "source/linux/ebpf_count.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/ebpf_keyed_below.h"
#include "source/linux/ebpf_keyed_code.h"
#include "source/linux/ebpf_keyed_find.h"
#include "source/linux/ebpf_keyed_rate.h"
#include "source/linux/ebpf_keyed_sum.h"
#include "source/linux/slots.h"

static enum condition_kind
kind_of(const struct keyed_code *kc)
{
	return kc->kc_table->ek_keys.sk_kind;
}

static void
emit_end(struct ebpf_code *c)
{
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
}

/* Sets the bit of SLOT among the bits that begin at a word. */
static void
emit_bit(struct keyed_code *kc, size_t word)
{
	enum {
		NUMBER = BPF_REG_1,
		BIT = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	size_t none;

	ebpf_insn_emit(c, LOAD(BPF_W, NUMBER, SLOT, SLOT_AT(kd_number)));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, NUMBER, 6));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, NUMBER, (int)word));
	ebpf_keyed_code_word(kc, NUMBER, KEYED_INDEX);
	/* Never; but the verifier does not know. */
	none = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, LOAD(BPF_W, NUMBER, SLOT, SLOT_AT(kd_number)));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, NUMBER, 63));
	ebpf_insn_emit(c, MOV_IMM(BIT, 1));
	ebpf_insn_emit(c, ALU(BPF_LSH, BIT, NUMBER));
	ebpf_insn_emit(c, ATOMIC(RESULT, BIT, 0, BPF_OR));
	ebpf_insn_land(c, none);
}

/* Takes the pin of the packet back. */
static void
emit_unpin(struct keyed_code *kc)
{
	enum {
		CHANGE = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;

	if (!ebpf_keyed_code_reuses(kc))
		return;
	ebpf_insn_emit(c, MOV_IMM(CHANGE, (int)KEYED_SEQUENCE - 1));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, CHANGE, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
}

/* Sets NOW to the time that a function of the kernel returns. */
static void
emit_now(struct ebpf_code *c, int clock)
{
	ebpf_insn_emit(c, CALL(clock));
	ebpf_insn_emit(c, MOV(NOW, RESULT));
}

/*
 * Counts the packet of a key that never expires: the count alone has the
 * events.
 */
static void
emit_every(struct keyed_code *kc)
{
	enum {
		PACKETS_COUNT = BPF_REG_1,
		BYTES_COUNT = BPF_REG_2,
		N = BPF_REG_3
	};
	const struct source_keys *sk = &kc->kc_table->ek_keys;
	const __u8 count = sk->sk_bytes ? BYTES_COUNT : PACKETS_COUNT;
	const __u8 amount = sk->sk_bytes ? BYTES : SEGMENTS;
	struct ebpf_jumps recent = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t below;

	ebpf_keyed_code_tick(kc, &recent);
	emit_now(c, BPF_FUNC_ktime_get_coarse_ns);
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, NOW, SLOT_AT(kd_last)));
	ebpf_insn_land_jumps(c, &recent);
	ebpf_insn_emit(c, MOV(PACKETS_COUNT, SEGMENTS));
	ebpf_insn_emit(c, MOV(BYTES_COUNT, BYTES));
	ebpf_insn_emit(c,
	    ATOMIC(
		SLOT, PACKETS_COUNT, SLOT_AT(kd_packets), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c,
	    ATOMIC(SLOT, BYTES_COUNT, SLOT_AT(kd_bytes), BPF_ADD | BPF_FETCH));
	if (sk->sk_count == 1) {
		ebpf_insn_emit(c, MOV(EVENTS, amount));
		return;
	}
	ebpf_keyed_code_constant(c, N, sk->sk_count);
	ebpf_insn_emit(c, ALU(BPF_MOD, count, N));
	ebpf_insn_emit(c, ALU(BPF_ADD, count, amount));
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 0));
	below = ebpf_insn_emit(c, JUMP(BPF_JLT, count, N));
	ebpf_insn_emit(c, ALU(BPF_DIV, count, N));
	ebpf_insn_emit(c, MOV(EVENTS, count));
	ebpf_insn_land(c, below);
}

/*
 * Loads kd_last to LAST, and the time therein to EARLIER.  A packet of a new
 * key, or behind a silence that is counted, may have stalled before and reads
 * the clock again.
 */
static void
emit_load_last(struct keyed_code *kc)
{
	enum {
		LAST = BPF_REG_1,
		EARLIER = BPF_REG_2
	};
	const struct bpf_insn load = LOAD(BPF_DW, LAST, SLOT, SLOT_AT(kd_last));
	struct ebpf_code *c = kc->kc_code;
	size_t open;

	ebpf_insn_emit(c, load);
	if (kind_of(kc) == CONDITION_IDLE) {
		open = ebpf_insn_emit(c, JUMP_IMM(BPF_JSGT, LAST, 0));
		emit_now(c, BPF_FUNC_ktime_get_ns);
		ebpf_insn_emit(c, load);
		ebpf_insn_land(c, open);
	}
	ebpf_insn_emit(c, MOV(EARLIER, LAST));
	if (kind_of(kc) == CONDITION_IDLE) {
		ebpf_insn_emit(c, ALU_IMM(BPF_LSH, EARLIER, 1));
		ebpf_insn_emit(c, ALU_IMM(BPF_RSH, EARLIER, 1));
	}
}

/*
 * Replaces kd_last unless a later packet has done so.  Goes on behind with
 * kd_last before in LAST, or jumps to `later`.
 */
static void
emit_last(struct keyed_code *kc, struct ebpf_jumps *later)
{
	enum {
		LAST = BPF_REG_1,
		STILL = RESULT, /* kd_last */
		EARLIER = BPF_REG_2,
		SILENCE = BPF_REG_3,
		LATER = BPF_REG_2
	};
	struct ebpf_jumps replaced = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	for (i = 0; i < KEYED_TRIES; i++) {
		emit_load_last(kc);
		ebpf_insn_emit(c, MOV(SILENCE, NOW));
		ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, EARLIER));
		ebpf_insn_jump(c, later, JUMP_IMM(BPF_JSLE, SILENCE, 0));
		ebpf_insn_emit(c, MOV(STILL, LAST));
		ebpf_insn_emit(c, MOV(LATER, NOW));
		ebpf_insn_emit(
		    c, ATOMIC(SLOT, LATER, SLOT_AT(kd_last), BPF_CMPXCHG));
		ebpf_insn_jump(c, &replaced, JUMP(BPF_JEQ, STILL, LAST));
	}
	ebpf_insn_jump(c, later, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &replaced);
}

/*
 * Goes on behind, with the time before the packet in LAST, if that is the end
 * of a silence; jumps to `first` without such a time, or if the silence is
 * counted, else to `known`.
 */
static void
emit_silence(struct keyed_code *kc, size_t *first, struct ebpf_jumps *known)
{
	enum {
		LAST = BPF_REG_1,
		SILENCE = BPF_REG_2,
		LIMIT = BPF_REG_3
	};
	const struct source_keys *sk = &kc->kc_table->ek_keys;
	const __u8 shorter =
	    sk->sk_kind == CONDITION_RATE || sk->sk_kind == CONDITION_BELOW ?
	    BPF_JSLE :
	    BPF_JSLT;
	struct ebpf_code *c = kc->kc_code;

	*first = ebpf_insn_emit(c, JUMP_IMM(BPF_JSLE, LAST, 0));
	ebpf_insn_emit(c, MOV(SILENCE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, LAST));
	ebpf_keyed_code_constant(c, LIMIT, sk->sk_time);
	ebpf_insn_jump(c, known, JUMP(shorter, SILENCE, LIMIT));
}

/*
 * Sets kd_last.  Goes on behind if the packet is the first of the key, or the
 * first after a silence: then the key begins afresh; else jumps to `known`.
 */
static void
emit_afresh(struct keyed_code *kc, struct ebpf_jumps *known)
{
	enum {
		DUE = BPF_REG_2,
		ARMED = BPF_REG_2
	};
	struct ebpf_jumps waits = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t first;

	emit_last(kc, known);
	emit_silence(kc, &first, known);
	ebpf_insn_emit(c, LOAD(BPF_DW, DUE, SLOT, SLOT_AT(kd_due)));
	ebpf_insn_jump(c, &waits, JUMP_IMM(BPF_JNE, DUE, 0));
	ebpf_insn_emit(c, LOAD(BPF_DW, ARMED, SLOT, SLOT_AT(kd_word)));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, ARMED, KEYED_ARMED));
	ebpf_insn_jump(c, &waits, JUMP_IMM(BPF_JNE, ARMED, 0));
	ebpf_keyed_code_forget(kc);
	ebpf_insn_land_jumps(c, &waits);
	if (kind_of(kc) == CONDITION_RATE)
		ebpf_keyed_rate_begin(kc);
	else if (kind_of(kc) == CONDITION_BELOW)
		ebpf_keyed_below_begin(kc);
	ebpf_insn_land(c, first);
}

static void
emit_counts(struct ebpf_code *c)
{
	ebpf_insn_emit(c, ATOMIC(SLOT, SEGMENTS, SLOT_AT(kd_packets), BPF_ADD));
	ebpf_insn_emit(c, ATOMIC(SLOT, BYTES, SLOT_AT(kd_bytes), BPF_ADD));
}

static void
emit_after(struct keyed_code *kc)
{
	struct ebpf_jumps known = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t event;

	emit_now(c, BPF_FUNC_ktime_get_ns);
	emit_afresh(kc, &known);
	emit_counts(c);
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 1));
	event = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &known);
	emit_counts(c);
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 0));
	ebpf_insn_land(c, event);
}

/* Counts the packet of a rate or a below.  May jump to `none`: no events. */
static void
emit_rate(struct keyed_code *kc, struct ebpf_jumps *none)
{
	const bool bytes = kc->kc_table->ek_keys.sk_bytes;
	struct ebpf_jumps known = { .ej_n = 0 }, front = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t marked;

	if (kind_of(kc) == CONDITION_RATE)
		ebpf_keyed_rate_front(kc, bytes ? BYTES : SEGMENTS, &front);
	emit_now(c, BPF_FUNC_ktime_get_ns);
	ebpf_insn_emit(c, LOAD(BPF_DW, BEFORE, SLOT, SLOT_AT(kd_rate)));
	emit_afresh(kc, &known);
	ebpf_insn_land_jumps(c, &known);
	emit_counts(c);
	if (!bytes)
		ebpf_insn_emit(c, MOV(LEFT, SEGMENTS));
	if (kind_of(kc) == CONDITION_RATE)
		ebpf_keyed_rate(kc);
	else
		ebpf_keyed_below(kc);
	if (front.ej_n == 0)
		return;
	marked = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &front);
	emit_counts(c);
	ebpf_insn_jump(c, none, JUMP_ALWAYS);
	ebpf_insn_land(c, marked);
}

/* Adds EVENTS to those of the key. */
static void
emit_due(struct keyed_code *kc)
{
	enum {
		DUE = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;
	size_t further;

	ebpf_insn_emit(c, MOV(DUE, EVENTS));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, DUE, SLOT_AT(kd_due), BPF_ADD | BPF_FETCH));
	further = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, DUE, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, NOW, SLOT_AT(kd_at)));
	ebpf_insn_land(c, further);
	emit_bit(kc, KEYED_DIRTY);
}

/* Takes the pin back, adds EVENTS to a count of the table's unit, and ends. */
static void
emit_wake(struct keyed_code *kc, short counter)
{
	const struct ebpf_keyed *ek = kc->kc_table;
	struct ebpf_code *c = kc->kc_code;

	emit_unpin(kc);
	ebpf_count_slot(c, ek->ek_slots, ek->ek_unit);
	ebpf_count(c, ek->ek_slots, ek->ek_unit, EVENTS, counter);
	emit_end(c);
}

/*
 * A packet that ends a silence which the watcher has not seen is the event of
 * this silence, and ends the program here.  EVENTS: 1 if the key is new.
 */
static void
emit_idle(struct keyed_code *kc)
{
	enum {
		LAST = BPF_REG_1,
		LIMIT = BPF_REG_3
	};
	struct ebpf_jumps known = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t first;

	emit_now(c, BPF_FUNC_ktime_get_ns);
	emit_last(kc, &known);
	emit_silence(kc, &first, &known);
	ebpf_insn_emit(c, MOV(NOW, LAST));
	ebpf_insn_emit(c, ALU(BPF_ADD, NOW, LIMIT));
	emit_counts(c);
	ebpf_insn_emit(c, MOV_IMM(EVENTS, 1));
	emit_due(kc);
	emit_wake(kc, EBPF_COUNT_PACKETS);
	ebpf_insn_land(c, first);
	ebpf_insn_land_jumps(c, &known);
	emit_counts(c);
	ebpf_insn_emit(c, LOAD(BPF_DW, EVENTS, FRAME, KEYED_STATUS));
}

/* Counts the packet in SLOT, writes the events, and ends. */
static void
emit_count(struct keyed_code *kc)
{
	const bool silent = key_table_silent(kind_of(kc));
	struct ebpf_jumps none = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;

	switch (kind_of(kc)) {
	case CONDITION_EVERY:
		emit_every(kc);
		break;
	case CONDITION_RATE:
	case CONDITION_BELOW:
		emit_rate(kc, &none);
		break;
	case CONDITION_IDLE:
		emit_idle(kc);
		break;
	default:
		emit_after(kc);
		break;
	}
	ebpf_insn_jump(c, &none, JUMP_IMM(BPF_JEQ, EVENTS, 0));
	if (kind_of(kc) == CONDITION_EVERY)
		emit_now(c, BPF_FUNC_ktime_get_coarse_ns);
	if (silent)
		emit_bit(kc, keyed_memory_young_at(&kc->kc_table->ek_keys));
	else
		emit_due(kc);
	emit_wake(kc, silent ? EBPF_COUNT_BYTES : EBPF_COUNT_PACKETS);
	ebpf_insn_land_jumps(c, &none);
	emit_unpin(kc);
	emit_end(c);
}

void
ebpf_keyed(struct ebpf_code *c, const struct ebpf_keyed *ek, int link)
{
	struct keyed_code kc = { .kc_code = c, .kc_table = ek };
	struct ebpf_jumps keyless = { .ej_n = 0 }, cut = { .ej_n = 0 };

	ebpf_insn_emit(c, MOV(CTX, ARG1));
	ebpf_insn_emit(c, MOV(SEGMENTS, ARG2));
	ebpf_insn_emit(c, MOV(BYTES, ARG3));
	ebpf_key(c, &ek->ek_keys.sk_spec, link, &keyless, &cut);
	ebpf_keyed_find(&kc);
	emit_count(&kc);
	ebpf_insn_land_jumps(c, &kc.kc_refused);
	ebpf_keyed_sum_refused(&kc);
	emit_end(c);
	ebpf_insn_land_jumps(c, &keyless);
	ebpf_keyed_sum(&kc, LINE_AT(kl_keyless));
	emit_end(c);
	if (cut.ej_n > 0) {
		ebpf_insn_land_jumps(c, &cut);
		ebpf_keyed_sum(&kc, LINE_AT(kl_cut));
		emit_end(c);
	}
	ebpf_keyed_find_sub(&kc);
	if (kind_of(&kc) == CONDITION_RATE)
		ebpf_keyed_rate_sub(&kc);
	else if (kind_of(&kc) == CONDITION_BELOW)
		ebpf_keyed_below_sub(&kc);
}
