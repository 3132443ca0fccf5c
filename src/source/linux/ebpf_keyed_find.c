/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "engine/condition.h"
#include "engine/key.h"
#include "source/linux/ebpf_keyed_claim.h"
#include "source/linux/ebpf_keyed_code.h"
#include "source/linux/ebpf_keyed_find.h"

/* Pins the slot.  Jumps to `wrong`, pinned, if the slot is not in use. */
static void
emit_pin(struct keyed_code *kc, struct ebpf_jumps *wrong)
{
	enum {
		WORD = BPF_REG_1, /* before the pin */
		STATE = BPF_REG_2
	};
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV_IMM(WORD, 1));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, WORD, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, MOV(STATE, WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, STATE, KEYED_USED | KEYED_BUSY));
	ebpf_insn_jump(c, wrong, JUMP_IMM(BPF_JNE, STATE, KEYED_USED));
}

/* Jumps to `wrong` if the slot has another key. */
static void
emit_compare(struct keyed_code *kc, struct ebpf_jumps *wrong)
{
	enum {
		MINE = BPF_REG_2,
		ITS = BPF_REG_3
	};
	const size_t size = key_size(&kc->kc_table->ek_keys.sk_spec);
	struct ebpf_code *c = kc->kc_code;
	size_t at = 0, step;
	__u8 width;

	for (; at < size; at += step) {
		step = size - at >= 8 ? 8 : 4;
		width = step == 8 ? BPF_DW : BPF_W;
		ebpf_insn_emit(
		    c, LOAD(width, MINE, CALLER, (short)(EBPF_KEY + (int)at)));
		ebpf_insn_emit(c,
		    LOAD(width, ITS, SLOT, (short)(SLOT_AT(kd_key) + (int)at)));
		ebpf_insn_jump(c, wrong, JUMP(BPF_JNE, MINE, ITS));
	}
}

/*
 * Removes a key that was silent, whose slot is in the list of free slots, takes
 * the pin back and jumps to `again`: the key takes the first slot of the list,
 * and so the list has no slot in use.  `word` is kd_word before the pin.  Goes
 * on behind, with nothing changed, if the slot is not in the list, or has an
 * event that waits or another packet.
 */
static void
emit_remove(struct keyed_code *kc, __u8 word, struct ebpf_jumps *again)
{
	enum {
		STATE = BPF_REG_2,
		DUE = BPF_REG_2,
		PINNED = BPF_REG_3,
		CHANGE = BPF_REG_1
	};
	struct ebpf_jumps keep = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV(STATE, word));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, STATE, KEYED_PINS | KEYED_LISTED));
	ebpf_insn_jump(c, &keep, JUMP_IMM(BPF_JNE, STATE, KEYED_LISTED));
	ebpf_insn_emit(c, LOAD(BPF_DW, DUE, SLOT, SLOT_AT(kd_due)));
	ebpf_insn_jump(c, &keep, JUMP_IMM(BPF_JNE, DUE, 0));
	ebpf_insn_emit(c, MOV(PINNED, word));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, PINNED, 1));
	ebpf_insn_emit(c, MOV(RESULT, PINNED));
	ebpf_insn_emit(c, MOV(STATE, word));
	ebpf_insn_emit(c, ALU_IMM(BPF_OR, STATE, KEYED_BUSY));
	ebpf_insn_emit(c, ATOMIC(SLOT, STATE, SLOT_AT(kd_word), BPF_CMPXCHG));
	ebpf_insn_jump(c, &keep, JUMP(BPF_JNE, RESULT, PINNED));
	ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_hash);
	ebpf_insn_emit(c, MOV(ARG2, CALLER));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, EBPF_KEY));
	ebpf_insn_emit(c, CALL(BPF_FUNC_map_delete_elem));
	ebpf_insn_emit(c, MOV_IMM(CHANGE, -(int)(KEYED_USED | KEYED_BUSY)));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, CHANGE, SLOT_AT(kd_word), BPF_ADD | BPF_FETCH));
	ebpf_insn_jump(c, again, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &keep);
}

/*
 * A key that was silent is live from here on; the processor that has made it so
 * jumps to kc_new.
 */
static void
emit_revive(struct keyed_code *kc, struct ebpf_jumps *again)
{
	enum {
		WORD = BPF_REG_1,
		STATE = BPF_REG_2,
		LESS = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_emit(c, MOV(STATE, WORD));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, STATE, KEYED_LIVE));
	ebpf_insn_jump(c, &kc->kc_found, JUMP_IMM(BPF_JNE, STATE, 0));
	emit_remove(kc, WORD, again);
	ebpf_insn_emit(c, MOV_IMM(WORD, KEYED_LIVE));
	ebpf_insn_emit(
	    c, ATOMIC(SLOT, WORD, SLOT_AT(kd_word), BPF_OR | BPF_FETCH));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, WORD, KEYED_LIVE));
	ebpf_insn_jump(c, &kc->kc_found, JUMP_IMM(BPF_JNE, WORD, 0));
	ebpf_insn_emit(c, MOV_IMM(LESS, -1));
	ebpf_keyed_code_add(kc, LESS, HEADER_AT(kh_spare));
	ebpf_insn_jump(c, &kc->kc_new, JUMP_ALWAYS);
}

/*
 * Appends the way of a key that is in the hash table: RESULT is its value.
 * Jumps to `again` if the slot is about to have another key, or has it.
 */
static void
emit_known(struct keyed_code *kc, struct ebpf_jumps *again)
{
	enum {
		LESS = BPF_REG_1
	};
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps wrong = { .ej_n = 0 };

	/* The element may be another key's by now, but is read only once. */
	ebpf_keyed_code_slot_of(kc);
	ebpf_insn_jump(c, &kc->kc_refused, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV(SLOT, RESULT));
	if (ebpf_keyed_code_reuses(kc)) {
		emit_pin(kc, &wrong);
		emit_compare(kc, &wrong);
	}
	if (kc->kc_table->ek_keys.sk_kind == CONDITION_IDLE)
		emit_revive(kc, again);
	else
		ebpf_insn_jump(c, &kc->kc_found, JUMP_ALWAYS);
	if (!ebpf_keyed_code_reuses(kc))
		return;
	ebpf_insn_land_jumps(c, &wrong);
	ebpf_insn_emit(c, MOV_IMM(LESS, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, LESS, SLOT_AT(kd_word), BPF_ADD));
	ebpf_insn_jump(c, again, JUMP_ALWAYS);
}

/*
 * Ends the subprogram without a slot.  Without CAP_PERFMON the verifier also
 * looks at what a processor does that guesses the status: RESULT must have
 * the room of a slot.
 */
static void
emit_failure(const struct keyed_code *kc)
{
	ebpf_keyed_code_header(kc, RESULT, 0);
	ebpf_insn_emit(kc->kc_code, EXIT);
}

_Static_assert(sizeof(struct keyed_slot) <= sizeof(struct keyed_header),
    "the header stands for a slot");

/* The same with a status. */
static void
emit_status(const struct keyed_code *kc, enum keyed_status status)
{
	ebpf_insn_emit(
	    kc->kc_code, STORE_IMM(BPF_DW, CALLER, KEYED_STATUS, (int)status));
	emit_failure(kc);
}

void
ebpf_keyed_find_sub(const struct keyed_code *kc)
{
	struct keyed_code sub = { .kc_code = kc->kc_code,
		.kc_table = kc->kc_table };
	struct ebpf_jumps again = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	size_t absent;

	ebpf_insn_sub(c, &kc->kc_table->ek_hash);
	ebpf_insn_emit(c, MOV(CALLER, ARG1));
	ebpf_insn_emit_map(c, ARG1, kc->kc_table->ek_hash);
	ebpf_insn_emit(c, MOV(ARG2, CALLER));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, EBPF_KEY));
	ebpf_insn_emit(c, CALL(BPF_FUNC_map_lookup_elem));
	absent = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, RESULT, 0));
	emit_known(&sub, &again);
	ebpf_insn_land(c, absent);
	/* The time of the last tick finds no key expired too early. */
	if (ebpf_keyed_code_expires(kc)) {
		ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_coarse_ns));
		ebpf_insn_emit(c, MOV(TIME, RESULT));
	}
	ebpf_keyed_claim(&sub, &again);
	emit_failure(kc);
	ebpf_insn_land_jumps(c, &sub.kc_new);
	ebpf_insn_emit(c, STORE_IMM(BPF_DW, CALLER, KEYED_STATUS, KEYED_NEW));
	ebpf_insn_land_jumps(c, &sub.kc_found);
	ebpf_insn_emit(c, MOV(RESULT, SLOT));
	ebpf_insn_emit(c, EXIT);
	ebpf_insn_land_jumps(c, &again);
	emit_status(kc, KEYED_AGAIN);
	ebpf_insn_land_jumps(c, &sub.kc_refused);
	emit_status(kc, KEYED_REFUSED);
}

void
ebpf_keyed_find(struct keyed_code *kc)
{
	enum {
		STATUS = BPF_REG_1
	};
	struct ebpf_jumps found = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	for (i = 0; i < KEYED_TRIES; i++) {
		ebpf_insn_emit(
		    c, STORE_IMM(BPF_DW, FRAME, KEYED_STATUS, KEYED_KNOWN));
		ebpf_insn_emit(c, MOV(ARG1, FRAME));
		ebpf_insn_call(c, &kc->kc_table->ek_hash);
		ebpf_insn_emit(c, LOAD(BPF_DW, STATUS, FRAME, KEYED_STATUS));
		ebpf_insn_jump(c, &found, JUMP_IMM(BPF_JLE, STATUS, KEYED_NEW));
		ebpf_insn_jump(c, &kc->kc_refused,
		    JUMP_IMM(BPF_JEQ, STATUS, KEYED_REFUSED));
	}
	ebpf_insn_jump(c, &kc->kc_refused, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &found);
	ebpf_insn_emit(c, MOV(SLOT, RESULT));
}
