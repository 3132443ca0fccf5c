/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A load from the window (ebpf_window.h) checks the length of the packet,
 * unless an earlier load has done so on each way; any other load is a call.
 * BPF_ABS and BPF_IND of extended BPF are not used: out of bounds both end the
 * whole program, with the filters behind.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <errno.h>
#include <stdint.h>

#include "source/linux/cbpf_insn.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_load.h"
#include "source/linux/ebpf_metadata.h"
#include "source/linux/ebpf_window.h"
#include "source/linux/translation.h"

/* Beginnings of the ranges of offsets from other headers. */
#define BEHIND_NET ((int)SKF_NET_OFF)
#define BEHIND_MAC ((int)SKF_LL_OFF)

/* Emits an instruction with the destination A for BPF_LD, X for BPF_LDX. */
static void
emit_load(
    struct translation *t, const struct sock_filter *f, struct bpf_insn insn)
{
	insn.dst_reg = BPF_CLASS(f->code) == BPF_LD ? A : X;
	translation_emit(t, insn);
}

/* Rejects packets shorter than `end`, unless rejected already. */
static void
check_size(struct translation *t, unsigned int end)
{
	if (translation_known(t)->kn_size >= end)
		return;
	if (!translation_known(t)->kn_length)
		translation_emit(t, LOAD(BPF_W, LENGTH, CTX, SKB(len)));
	translation_known(t)->kn_length = true;
	translation_jump(t, JUMP_IMM(BPF_JLT, LENGTH, (int)end), REJECT(t));
	translation_known(t)->kn_size = end;
}

/* Loads A from a place on the stack, and swaps the bytes. */
static void
load_place(struct translation *t, const struct sock_filter *f, short place)
{
	enum {
		UPPER = BPF_REG_1
	};

	if (BPF_SIZE(f->code) == BPF_W && place % 4 != 0) {
		translation_emit(t, LOAD(BPF_H, UPPER, FRAME, place));
		translation_emit(t, FROM_BE16(UPPER));
		translation_emit(t, ALU32_IMM(BPF_LSH, UPPER, 16));
		translation_emit(t, LOAD(BPF_H, A, FRAME, (short)(place + 2)));
		translation_emit(t, FROM_BE16(A));
		translation_emit(t, ALU32(BPF_OR, A, UPPER));
		return;
	}
	translation_emit(t, LOAD(BPF_SIZE(f->code), A, FRAME, place));
	if (BPF_SIZE(f->code) == BPF_H)
		translation_emit(t, FROM_BE16(A));
	else if (BPF_SIZE(f->code) == BPF_W)
		translation_emit(t, FROM_BE32(A));
}

/*
 * Calls the function that loads bytes at the offset in ARG2.  Rejects packets
 * without these bytes.
 */
static void
call_load(struct translation *t, const struct sock_filter *f, int function)
{
	translation_emit(t, MOV(ARG1, CTX));
	translation_emit(t, MOV(ARG3, FRAME));
	translation_emit(t, ALU_IMM(BPF_ADD, ARG3, STACK_LOADED));
	translation_emit(t, MOV_IMM(ARG4, (int)cbpf_insn_width(f->code)));
	translation_emit(t, CALL(function));
	translation_known(t)->kn_length = false;
	translation_jump(t, JUMP_IMM(BPF_JNE, RESULT, 0), REJECT(t));
}

/* Calls the same for an offset from a header, BPF_HDR_START_.... */
static void
call_load_behind(struct translation *t, const struct sock_filter *f, int start)
{
	translation_emit(t, MOV_IMM(ARG5, start));
	call_load(t, f, BPF_FUNC_skb_load_bytes_relative);
}

/* Loads bytes at a constant offset to STACK_LOADED. */
static void
load_constant(struct translation *t, const struct sock_filter *f)
{
	int k = (int)f->k;

	if (k >= 0) {
		translation_emit(t, MOV_IMM(ARG2, k));
		call_load(t, f, BPF_FUNC_skb_load_bytes);
	} else if (k >= BEHIND_NET) {
		translation_emit(t, MOV_IMM(ARG2, k - BEHIND_NET));
		call_load_behind(t, f, BPF_HDR_START_NET);
	} else if (k >= BEHIND_MAC) {
		translation_emit(t, MOV_IMM(ARG2, k - BEHIND_MAC));
		call_load_behind(t, f, BPF_HDR_START_MAC);
	} else {
		/* Never 0: keeps the code behind it reachable. */
		translation_emit(t, MOV_IMM(ARG2, INT32_MAX));
		call_load(t, f, BPF_FUNC_skb_load_bytes);
	}
}

/*
 * Loads bytes at X + k to STACK_LOADED.  A negative sum counts from another
 * header, as in the kernel's bpf_internal_load_pointer_neg_helper().
 */
static void
load_variable(struct translation *t, const struct sock_filter *f)
{
	size_t plain, net, done, other;

	translation_emit(t, MOV32(ARG2, X));
	translation_emit(t, ALU32_IMM(BPF_ADD, ARG2, (int)f->k));
	if (translation_known(t)->kn_small && f->k < INT32_MAX / 2) {
		call_load(t, f, BPF_FUNC_skb_load_bytes);
		return;
	}
	plain = translation_skip(t, JUMP32_IMM(BPF_JSGE, ARG2, 0));
	net = translation_skip(t, JUMP32_IMM(BPF_JSGE, ARG2, BEHIND_NET));
	translation_jump(t, JUMP32_IMM(BPF_JSLT, ARG2, BEHIND_MAC), REJECT(t));
	translation_emit(t, ALU32_IMM(BPF_SUB, ARG2, BEHIND_MAC));
	call_load_behind(t, f, BPF_HDR_START_MAC);
	other = translation_skip(t, JUMP_ALWAYS);
	translation_land(t, net);
	translation_emit(t, ALU32_IMM(BPF_SUB, ARG2, BEHIND_NET));
	call_load_behind(t, f, BPF_HDR_START_NET);
	done = translation_skip(t, JUMP_ALWAYS);
	translation_land(t, plain);
	call_load(t, f, BPF_FUNC_skb_load_bytes);
	translation_land(t, other);
	translation_land(t, done);
}

/* BPF_ABS: loads A from a fixed offset. */
static void
load_absolute(struct translation *t, const struct sock_filter *f)
{
	unsigned int end;
	short place = ebpf_window_place(t->t_window, f, &end);

	if (place != 0) {
		check_size(t, end);
	} else {
		load_constant(t, f);
		place = STACK_LOADED;
	}
	load_place(t, f, place);
}

/* BPF_IND: loads A from X + k, from the window if X is EBPF_WINDOW_X. */
static void
load_indirect(struct translation *t, const struct sock_filter *f)
{
	const unsigned int size = translation_known(t)->kn_size;
	size_t elsewhere = 0, done = 0;
	unsigned int end;
	short place = ebpf_window_place(t->t_window, f, &end);

	if (place != 0) {
		elsewhere =
		    translation_skip(t, JUMP32_IMM(BPF_JNE, X, EBPF_WINDOW_X));
		check_size(t, end);
		load_place(t, f, place);
		done = translation_skip(t, JUMP_ALWAYS);
		translation_land(t, elsewhere);
		translation_known(t)->kn_size = size;
	}
	load_variable(t, f);
	load_place(t, f, STACK_LOADED);
	if (place != 0)
		translation_land(t, done);
}

/* BPF_MSH: loads the length of an IPv4 header to X, and keeps A. */
static void
load_length(struct translation *t, const struct sock_filter *f)
{
	unsigned int end;
	short place = ebpf_window_place(t->t_window, f, &end);

	if (place != 0) {
		check_size(t, end);
		translation_emit(t, LOAD(BPF_B, X, FRAME, place));
	} else {
		translation_emit(t, MOV32(SAVED, A));
		load_constant(t, f);
		translation_emit(t, LOAD(BPF_B, X, FRAME, STACK_LOADED));
		translation_emit(t, MOV32(A, SAVED));
	}
	translation_emit(t, ALU32_IMM(BPF_AND, X, 0xf));
	translation_emit(t, ALU32_IMM(BPF_LSH, X, 2));
}

int
ebpf_load(struct translation *t, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
		if (f->k >= (uint32_t)SKF_AD_OFF) {
			translation_known(t)->kn_length = false;
			return ebpf_metadata(
			    t->t_code, f->k - (uint32_t)SKF_AD_OFF);
		}
		load_absolute(t, f);
		return 0;
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
		load_indirect(t, f);
		return 0;
	case BPF_LDX | BPF_B | BPF_MSH:
		load_length(t, f);
		return 0;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
		emit_load(t, f, LOAD(BPF_W, A, CTX, SKB(len)));
		return 0;
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
		emit_load(t, f, MOV32_IMM(A, (int)f->k));
		return 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		if (f->k >= BPF_MEMWORDS ||
		    (translation_known(t)->kn_stored & 1U << f->k) == 0)
			return EINVAL;
		emit_load(t, f, LOAD(BPF_DW, A, FRAME, MEMORY(f->k)));
		return 0;
	default:
		return EINVAL;
	}
}
