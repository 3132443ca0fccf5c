/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Translates one classic instruction after the other.  A and X have 32 bits:
 * each write clears the upper half of the register.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_load.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/translation.h"

static int
store(struct translation *t, const struct sock_filter *f)
{
	if ((f->code != BPF_ST && f->code != BPF_STX) || f->k >= BPF_MEMWORDS)
		return EINVAL;
	translation_emit(
	    t, STORE(BPF_DW, FRAME, f->code == BPF_ST ? A : X, MEMORY(f->k)));
	translation_known(t)->kn_stored |= (uint16_t)(1U << f->k);
	return 0;
}

static int
compute(struct translation *t, const struct sock_filter *f)
{
	uint8_t op = (uint8_t)BPF_OP(f->code);
	bool by_x = BPF_SRC(f->code) == BPF_X;

	if (f->code > UINT8_MAX || op > BPF_XOR || (op == BPF_NEG && by_x))
		return EINVAL;
	if (op == BPF_NEG) {
		translation_emit(t, ALU32_IMM(BPF_NEG, A, 0));
		return 0;
	}
	if (by_x) {
		if (op == BPF_DIV || op == BPF_MOD)
			translation_jump(
			    t, JUMP32_IMM(BPF_JEQ, X, 0), REJECT(t));
		translation_emit(t, ALU32(op, A, X));
		return 0;
	}
	if ((op == BPF_DIV || op == BPF_MOD) && f->k == 0)
		return EINVAL;
	if ((op == BPF_LSH || op == BPF_RSH) && f->k > 31)
		return EINVAL;
	translation_emit(t, ALU32_IMM(op, A, (int)f->k));
	return 0;
}

/* Returns the negated comparison, or 0 for BPF_JSET, which has none. */
static uint8_t
opposite(uint8_t op)
{
	switch (op) {
	case BPF_JEQ:
		return BPF_JNE;
	case BPF_JGT:
		return BPF_JLE;
	case BPF_JGE:
		return BPF_JLT;
	default:
		return 0;
	}
}

static int
branch(struct translation *t, const struct sock_filter *f)
{
	size_t next = t->t_pc + 1, yes = next + f->jt, no = next + f->jf;
	uint8_t op = (uint8_t)BPF_OP(f->code);
	struct bpf_insn insn;

	if (yes >= t->t_len || no >= t->t_len)
		return EINVAL;
	if (yes == next && opposite(op) != 0) {
		op = opposite(op);
		yes = no;
		no = next;
	}
	if (BPF_SRC(f->code) == BPF_X)
		insn = INSN(BPF_JMP32 | op | BPF_X, A, X, 0, 0);
	else
		insn = INSN(BPF_JMP32 | op | BPF_K, A, 0, 0, (int)f->k);
	translation_jump(t, insn, yes);
	if (no == next)
		translation_reach(t, next);
	else
		translation_jump(t, JUMP_ALWAYS, no);
	return 0;
}

static int
jump(struct translation *t, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_JMP | BPF_JA:
		if (f->k >= t->t_len - t->t_pc - 1)
			return EINVAL;
		translation_jump(t, JUMP_ALWAYS, t->t_pc + 1 + f->k);
		return 0;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return branch(t, f);
	default:
		return EINVAL;
	}
}

static int
finish(struct translation *t, const struct sock_filter *f)
{
	if (f->code == (BPF_RET | BPF_K)) {
		translation_jump(
		    t, JUMP_ALWAYS, f->k == 0 ? REJECT(t) : ACCEPT(t));
	} else if (f->code == (BPF_RET | BPF_A)) {
		translation_jump(t, JUMP32_IMM(BPF_JEQ, A, 0), REJECT(t));
		translation_jump(t, JUMP_ALWAYS, ACCEPT(t));
	} else {
		return EINVAL;
	}
	return 0;
}

static int
move(struct translation *t, const struct sock_filter *f)
{
	if (f->code == (BPF_MISC | BPF_TAX))
		translation_emit(t, MOV32(X, A));
	else if (f->code == (BPF_MISC | BPF_TXA))
		translation_emit(t, MOV32(A, X));
	else
		return EINVAL;
	return 0;
}

static int
translate(struct translation *t, const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		return ebpf_load(t, f);
	case BPF_ST:
	case BPF_STX:
		return store(t, f);
	case BPF_ALU:
		return compute(t, f);
	case BPF_JMP:
		return jump(t, f);
	case BPF_RET:
		return finish(t, f);
	default:
		return move(t, f);
	}
}

/* Updates what is known of X behind the instruction. */
static void
learn(struct translation *t, const struct sock_filter *f)
{
	if (BPF_CLASS(f->code) == BPF_LDX)
		translation_known(t)->kn_small = BPF_MODE(f->code) == BPF_MSH ||
		    (BPF_MODE(f->code) == BPF_IMM && f->k <= UINT16_MAX);
	else if (f->code == (BPF_MISC | BPF_TAX))
		translation_known(t)->kn_small = false;
}

static int
translate_all(struct translation *t)
{
	const struct sock_filter *f;
	int error;

	for (t->t_pc = 0; t->t_pc < t->t_len; t->t_pc++) {
		f = &t->t_classic[t->t_pc];
		translation_known(t)->kn_start = (uint16_t)t->t_code->ec_len;
		if ((error = translate(t, f)) != 0)
			return error;
		learn(t, f);
		/* The verifier rejects unreachable instructions. */
		if (!translation_known(t)->kn_reached)
			t->t_code->ec_len = translation_known(t)->kn_start;
		/* The kernel's check of memory runs on behind BPF_RET. */
		if (BPF_CLASS(f->code) == BPF_RET)
			t->t_known[t->t_pc + 1].kn_stored &=
			    translation_known(t)->kn_stored;
		else if (BPF_CLASS(f->code) != BPF_JMP)
			translation_reach(t, t->t_pc + 1);
	}
	return BPF_CLASS(t->t_classic[t->t_len - 1].code) == BPF_RET ? 0 :
								       EINVAL;
}

/* Returns true if the instruction may read X. */
static bool
uses_x(const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		return BPF_MODE(f->code) == BPF_IND ||
		    f->k == (uint32_t)(SKF_AD_OFF + SKF_AD_ALU_XOR_X);
	case BPF_ALU:
	case BPF_JMP:
		return BPF_SRC(f->code) == BPF_X;
	case BPF_STX:
		return true;
	default:
		return f->code == (BPF_MISC | BPF_TXA);
	}
}

/* Emits the initial values of the registers. */
static void
start(struct translation *t)
{
	size_t i;

	for (i = 0; i < t->t_len + 2; i++)
		t->t_known[i] = (struct known){ .kn_small = true,
			.kn_length = true,
			.kn_stored = UINT16_MAX,
			.kn_size = UINT_MAX };
	t->t_known[0] = (struct known){ .kn_reached = true, .kn_small = true };
	/* The usual program loads A first. */
	if (BPF_CLASS(t->t_classic[0].code) != BPF_LD)
		translation_emit(t, MOV32_IMM(A, 0));
	for (i = 0; i < t->t_len && !uses_x(&t->t_classic[i]); i++)
		;
	if (i < t->t_len)
		translation_emit(t, MOV32_IMM(X, 0));
}

/* Translates, and appends the code for accepted packets.  0 or an errno. */
static int
translate_into(
    struct translation *t, ebpf_translate_accept *accept, const void *arg)
{
	size_t last;
	int error;

	start(t);
	if ((error = translate_all(t)) != 0)
		return error;
	last = t->t_code->ec_len;
	t->t_known[ACCEPT(t)].kn_start = (uint16_t)last;
	if (t->t_known[ACCEPT(t)].kn_reached)
		accept(t->t_code, arg);
	t->t_known[REJECT(t)].kn_start = (uint16_t)t->t_code->ec_len;
	if (t->t_code->ec_len > EBPF_MAX)
		return E2BIG;
	return translation_complete(t, last);
}

int
ebpf_translate(struct ebpf_code *c, const struct sock_filter *classic, size_t n,
    const struct ebpf_window *w, ebpf_translate_accept *accept, const void *arg)
{
	struct translation *t;
	size_t before = c->ec_len;

	errno = EINVAL;
	if (n == 0 || n > BPF_MAXINSNS)
		return -1;
	if ((t = malloc(sizeof(*t) + (n + 2) * sizeof(struct known))) == NULL)
		return -1;
	*t = (struct translation){ .t_code = c,
		.t_window = w,
		.t_classic = classic,
		.t_len = n,
		.t_first = c->ec_len };
	errno = translate_into(t, accept, arg);
	free(t);
	if (errno == 0)
		return 0;
	c->ec_len = before;
	return -1;
}
