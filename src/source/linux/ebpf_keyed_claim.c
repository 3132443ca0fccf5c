/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <errno.h>

#include "engine/key.h"
#include "source/linux/ebpf_keyed_choose.h"
#include "source/linux/ebpf_keyed_claim.h"
#include "source/linux/ebpf_keyed_code.h"

/*
 * Makes the slot busy, with kd_word before at KEYED_WORD.  Jumps to `lost` if
 * another packet is there or has armed the key, to `again` if the key of the
 * slot still counts.
 */
static void
emit_take(
    struct keyed_code *kc, struct ebpf_jumps *lost, struct ebpf_jumps *again)
{
	enum {
		WORD = BPF_REG_3,
		STATE = BPF_REG_1,
		BUSY = BPF_REG_1,
		DUE = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;
	size_t silent;

	/* Reads the word before the rest, on any processor. */
	ebpf_insn_emit(c, MOV_IMM(WORD, 0));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, WORD, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, MOV(STATE, WORD));
	ebpf_insn_emit(
	    c, ALU_IMM(BPF_AND, STATE, KEYED_PINS | KEYED_BUSY | KEYED_ARMED));
	ebpf_insn_jump(c, lost, JUMP_IMM(BPF_JNE, STATE, 0));
	ebpf_insn_emit(c, MOV(STATE, WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, STATE, KEYED_LIVE));
	if (ebpf_keyed_code_expires(kc)) {
		silent = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, STATE, 0));
		ebpf_keyed_choose_expired(kc, again);
		ebpf_insn_land(c, silent);
	} else {
		ebpf_insn_jump(c, again, JUMP_IMM(BPF_JNE, STATE, 0));
	}
	/* Events of a free slot: see emit_release(), or an idle key's. */
	ebpf_insn_emit(c, LOAD(BPF_DW, DUE, SLOT, SLOT_AT(kd_due)));
	ebpf_insn_jump(c, ebpf_keyed_code_expires(kc) ? lost : again,
	    JUMP_IMM(BPF_JNE, DUE, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, WORD, KEYED_WORD));
	ebpf_insn_emit(c, MOV(RESULT, WORD));
	ebpf_insn_emit(c, MOV(BUSY, WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_OR, BUSY, KEYED_BUSY));
	ebpf_insn_emit(c, ATOMIC(SLOT, BUSY, SLOT_AT(kd_word), BPF_CMPXCHG));
	ebpf_insn_jump(c, lost, JUMP(BPF_JNE, RESULT, WORD));
}

/* Removes the key of the slot, first of all from the hash table. */
static void
emit_remove(struct keyed_code *kc)
{
	enum {
		WORD = BPF_REG_1,
		LESS = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;
	size_t live, unused;

	if (ebpf_keyed_code_reuses(kc)) {
		ebpf_insn_emit(c, LOAD(BPF_DW, WORD, FRAME, KEYED_WORD));
		ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_USED));
		unused = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, WORD, 0));
		ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_hash);
		ebpf_insn_emit(c, MOV(ARG2, SLOT));
		ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, SLOT_AT(kd_key)));
		ebpf_insn_emit(c, CALL(BPF_FUNC_map_delete_elem));
		ebpf_insn_land(c, unused);
		ebpf_keyed_code_forget(kc);
	}
	ebpf_insn_emit(c, LOAD(BPF_DW, WORD, FRAME, KEYED_WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_LIVE));
	live = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, WORD, 0));
	ebpf_insn_emit(c, MOV_IMM(LESS, -1));
	ebpf_keyed_code_add(kc, LESS, HEADER_AT(kh_spare));
	ebpf_insn_land(c, live);
}

/* Stores the key and a state without packets in the slot. */
static void
emit_fill(struct keyed_code *kc)
{
	enum {
		ZERO = BPF_REG_1,
		BYTES_OF_KEY = BPF_REG_1,
		NUMBER = BPF_REG_1
	};
	const size_t size = key_size(&kc->kc_table->ek_keys.sk_spec);
	struct ebpf_code *c = kc->kc_code;
	size_t at = 0, step;
	__u8 width;

	ebpf_insn_emit(c, MOV_IMM(ZERO, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, ZERO, SLOT_AT(kd_last)));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, ZERO, SLOT_AT(kd_rate)));
	ebpf_insn_emit(c, STORE(BPF_DW, SLOT, ZERO, SLOT_AT(kd_at)));
	for (; at < size; at += step) {
		step = size - at >= 8 ? 8 : 4;
		width = step == 8 ? BPF_DW : BPF_W;
		ebpf_insn_emit(c,
		    LOAD(width, BYTES_OF_KEY, CALLER,
			(short)(EBPF_KEY + (int)at)));
		ebpf_insn_emit(c,
		    STORE(width, SLOT, BYTES_OF_KEY,
			(short)(SLOT_AT(kd_key) + (int)at)));
	}
	ebpf_insn_emit(c, LOAD(BPF_W, NUMBER, FRAME, KEYED_NUMBER));
	ebpf_insn_emit(c, STORE(BPF_W, SLOT, NUMBER, SLOT_AT(kd_number)));
}

/* The slot is no longer busy, but in use, and pinned where slots are reused. */
static void
emit_publish(struct keyed_code *kc)
{
	enum {
		WORD = BPF_REG_1,
		CHANGE = BPF_REG_2
	};
	const int pin = ebpf_keyed_code_reuses(kc);
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, LOAD(BPF_DW, WORD, FRAME, KEYED_WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_USED | KEYED_LIVE));
	ebpf_insn_emit(c,
	    MOV_IMM(CHANGE,
		(int)(KEYED_USED | KEYED_LIVE) - (int)KEYED_BUSY + pin));
	ebpf_insn_emit(c, ALU(BPF_SUB, CHANGE, WORD));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, CHANGE, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
}

/* Adds the key to the hash table; goes on behind with an error in RESULT. */
static void
emit_insert(struct keyed_code *kc)
{
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_hash);
	ebpf_insn_emit(c, MOV(ARG2, CALLER));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, EBPF_KEY));
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, KEYED_NUMBER));
	ebpf_insn_emit(c, MOV_IMM(ARG4, BPF_NOEXIST));
	ebpf_insn_emit(c, CALL(BPF_FUNC_map_update_elem));
	/* Before Linux 6.4 the upper half of the result is undefined. */
	ebpf_insn_jump(c, &kc->kc_new, JUMP32_IMM(BPF_JEQ, RESULT, 0));
}

/*
 * Frees a slot that has not come into the hash table.  The packet is refused
 * unless another processor has added the same key.  A packet of the key with an
 * old entry, from an earlier use of the slot, may have counted here: so a free
 * slot can have packets, and events.
 */
static void
emit_release(struct keyed_code *kc)
{
	enum {
		CHANGE = BPF_REG_1,
		ONE = BPF_REG_1
	};
	const int pin = ebpf_keyed_code_reuses(kc);
	struct ebpf_code *c = kc->kc_code;
	size_t there;

	ebpf_insn_emit(c, STORE_IMM(BPF_DW, CALLER, KEYED_STATUS, KEYED_AGAIN));
	there = ebpf_insn_emit(c, JUMP32_IMM(BPF_JEQ, RESULT, -EEXIST));
	ebpf_insn_emit(
	    c, STORE_IMM(BPF_DW, CALLER, KEYED_STATUS, KEYED_REFUSED));
	ebpf_insn_land(c, there);
	ebpf_insn_emit(
	    c, MOV_IMM(CHANGE, -(int)(KEYED_USED | KEYED_LIVE) - pin));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, CHANGE, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, MOV_IMM(ONE, 1));
	ebpf_keyed_code_add(kc, ONE, HEADER_AT(kh_spare));
}

void
ebpf_keyed_claim(struct keyed_code *kc, struct ebpf_jumps *again)
{
	enum {
		STATE = BPF_REG_1
	};
	struct ebpf_jumps lost = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t released;

	ebpf_keyed_choose(kc, again);
	emit_take(kc, &lost, again);
	emit_remove(kc);
	emit_fill(kc);
	emit_publish(kc);
	emit_insert(kc);
	emit_release(kc);
	released = ebpf_insn_emit(c, JUMP_ALWAYS);
	/* A slot without a live key goes back to the list. */
	ebpf_insn_land_jumps(c, &lost);
	ebpf_insn_emit(c, LOAD(BPF_DW, STATE, SLOT, SLOT_AT(kd_word)));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, STATE, KEYED_LIVE));
	ebpf_insn_jump(c, again, JUMP_IMM(BPF_JNE, STATE, 0));
	ebpf_insn_emit(c, STORE_IMM(BPF_DW, CALLER, KEYED_STATUS, KEYED_AGAIN));
	ebpf_insn_land(c, released);
	ebpf_keyed_choose_push(kc);
}
