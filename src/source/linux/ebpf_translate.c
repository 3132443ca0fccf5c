/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Translates one classic instruction after the other.  Each becomes at most six
 * extended ones, so that a jump across a whole program of 4096 fits into the 16
 * bits of an offset.
 *
 * Most programs are translated twice: packets that fill the window (see
 * ebpf_window.h) run the copy that loads from the window, shorter ones the copy
 * that loads from the packet.
 *
 * A and X have 32 bits: each write clears the upper half of the register.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_metadata.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/ebpf_window.h"

#define SAVED BPF_REG_8 /* keeps A while another value is loaded */

/* Place of a word of scratch memory on the stack, relative to FRAME. */
#define MEMORY(k) ((short)(-4 * (int)((k) + 1)))

#define INSNS_MAX 6 /* extended instructions for a classic one, at most */

/* Targets behind the last instruction. */
#define REJECT(t) ((t)->t_len)
#define ACCEPT(t) ((t)->t_len + 1)

/* The arrays have an element for each classic instruction and target. */
struct translation {
	struct ebpf_code *t_code;
	const struct ebpf_window *t_window;
	const struct sock_filter *t_classic;
	size_t t_len;	/* classic instructions */
	size_t t_first; /* first extended instruction of the translation */
	size_t t_last;	/* end of the translation */
	size_t t_pc;	/* current classic instruction */
	uint16_t t_start[BPF_MAXINSNS + 2];  /* place of the translation */
	uint16_t t_stored[BPF_MAXINSNS + 2]; /* bit mask of words written */
	bool t_reached[BPF_MAXINSNS + 2];    /* reachable from the first */
};

static void
emit(struct translation *t, struct bpf_insn insn)
{
	ebpf_insn_emit(t->t_code, insn);
}

/* Records that control may pass from the current instruction to `next`. */
static void
reach(struct translation *t, size_t next)
{
	t->t_reached[next] |= t->t_reached[t->t_pc];
	t->t_stored[next] &= t->t_stored[t->t_pc];
}

/*
 * Emits a jump to a classic target.  Until land_all the offset of a jump is its
 * target, or, if negative, the number of extended instructions to skip.
 */
static void
emit_jump(struct translation *t, struct bpf_insn insn, size_t target)
{
	insn.off = (short)target;
	emit(t, insn);
	reach(t, target);
}

/* Emits an instruction with the destination A for BPF_LD, X for BPF_LDX. */
static void
emit_load(
    struct translation *t, const struct sock_filter *f, struct bpf_insn insn)
{
	insn.dst_reg = BPF_CLASS(f->code) == BPF_LD ? A : X;
	emit(t, insn);
}

/* Loads A from a place in the window. */
static void
load_window(struct translation *t, const struct sock_filter *f, short place)
{
	emit(t, LOAD(BPF_SIZE(f->code), A, FRAME, place));
	if (BPF_SIZE(f->code) == BPF_H)
		emit(t, FROM_BE16(A));
	else if (BPF_SIZE(f->code) == BPF_W)
		emit(t, FROM_BE32(A));
}

/* BPF_ABS: loads A from a fixed offset. */
static void
load_absolute(struct translation *t, const struct sock_filter *f)
{
	short place = ebpf_window_place(t->t_window, f);

	if (place != 0)
		load_window(t, f, place);
	else
		emit(t, INSN((__u8)f->code, 0, 0, 0, (int)f->k));
}

/* BPF_IND: loads A from X + k, from the window if X is EBPF_WINDOW_X. */
static void
load_indirect(struct translation *t, const struct sock_filter *f)
{
	short place = ebpf_window_place(t->t_window, f);
	struct bpf_insn elsewhere = JUMP32_IMM(BPF_JNE, X, EBPF_WINDOW_X);

	if (place != 0) {
		elsewhere.off = BPF_SIZE(f->code) == BPF_B ? -2 : -3;
		emit(t, elsewhere);
		load_window(t, f, place);
		emit_jump(t, JUMP_ALWAYS, t->t_pc + 1);
	}
	emit(t, INSN((__u8)f->code, 0, X, 0, (int)f->k));
}

/* BPF_MSH: loads the length of an IPv4 header to X, and keeps A. */
static void
load_length(struct translation *t, const struct sock_filter *f)
{
	short place = ebpf_window_place(t->t_window, f);

	if (place != 0) {
		emit(t, LOAD(BPF_B, X, FRAME, place));
		emit(t, ALU32_IMM(BPF_AND, X, 0xf));
		emit(t, ALU32_IMM(BPF_LSH, X, 2));
		return;
	}
	emit(t, MOV32(SAVED, A));
	emit(t, INSN(BPF_LD | BPF_B | BPF_ABS, 0, 0, 0, (int)f->k));
	emit(t, ALU32_IMM(BPF_AND, A, 0xf));
	emit(t, ALU32_IMM(BPF_LSH, A, 2));
	emit(t, MOV32(X, A));
	emit(t, MOV32(A, SAVED));
}

static int
load(struct translation *t, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
		if (f->k >= (uint32_t)SKF_AD_OFF)
			return ebpf_metadata(
			    t->t_code, f->k - (uint32_t)SKF_AD_OFF);
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
		    (t->t_stored[t->t_pc] & 1U << f->k) == 0)
			return EINVAL;
		emit_load(t, f, LOAD(BPF_W, A, FRAME, MEMORY(f->k)));
		return 0;
	default:
		return EINVAL;
	}
}

static int
store(struct translation *t, const struct sock_filter *f)
{
	if ((f->code != BPF_ST && f->code != BPF_STX) || f->k >= BPF_MEMWORDS)
		return EINVAL;
	emit(t, STORE(BPF_W, FRAME, f->code == BPF_ST ? A : X, MEMORY(f->k)));
	t->t_stored[t->t_pc] |= (uint16_t)(1U << f->k);
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
		emit(t, ALU32_IMM(BPF_NEG, A, 0));
		return 0;
	}
	if (by_x) {
		if (op == BPF_DIV || op == BPF_MOD)
			emit_jump(t, JUMP32_IMM(BPF_JEQ, X, 0), REJECT(t));
		emit(t, ALU32(op, A, X));
		return 0;
	}
	if ((op == BPF_DIV || op == BPF_MOD) && f->k == 0)
		return EINVAL;
	if ((op == BPF_LSH || op == BPF_RSH) && f->k > 31)
		return EINVAL;
	emit(t, ALU32_IMM(op, A, (int)f->k));
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
	emit_jump(t, insn, yes);
	if (no == next)
		reach(t, next);
	else
		emit_jump(t, JUMP_ALWAYS, no);
	return 0;
}

static int
jump(struct translation *t, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_JMP | BPF_JA:
		if (f->k >= t->t_len - t->t_pc - 1)
			return EINVAL;
		emit_jump(t, JUMP_ALWAYS, t->t_pc + 1 + f->k);
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
		emit_jump(t, JUMP_ALWAYS, f->k == 0 ? REJECT(t) : ACCEPT(t));
	} else if (f->code == (BPF_RET | BPF_A)) {
		emit_jump(t, JUMP32_IMM(BPF_JEQ, A, 0), REJECT(t));
		emit_jump(t, JUMP_ALWAYS, ACCEPT(t));
	} else {
		return EINVAL;
	}
	return 0;
}

static int
move(struct translation *t, const struct sock_filter *f)
{
	if (f->code == (BPF_MISC | BPF_TAX))
		emit(t, MOV32(X, A));
	else if (f->code == (BPF_MISC | BPF_TXA))
		emit(t, MOV32(A, X));
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
		return load(t, f);
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

static int
translate_all(struct translation *t)
{
	const struct sock_filter *f;
	int error;

	for (t->t_pc = 0; t->t_pc < t->t_len; t->t_pc++) {
		f = &t->t_classic[t->t_pc];
		t->t_start[t->t_pc] = (uint16_t)t->t_code->ec_len;
		if ((error = translate(t, f)) != 0)
			return error;
		/* The verifier rejects unreachable instructions. */
		if (!t->t_reached[t->t_pc])
			t->t_code->ec_len = t->t_start[t->t_pc];
		/* The kernel's check of scratch memory runs on behind BPF_RET.
		 */
		if (BPF_CLASS(f->code) == BPF_RET)
			t->t_stored[t->t_pc + 1] &= t->t_stored[t->t_pc];
		else if (BPF_CLASS(f->code) != BPF_JMP)
			reach(t, t->t_pc + 1);
	}
	return BPF_CLASS(t->t_classic[t->t_len - 1].code) == BPF_RET ? 0 :
								       EINVAL;
}

/* Emits the targets REJECT and ACCEPT. */
static void
emit_end(struct translation *t)
{
	t->t_start[REJECT(t)] = (uint16_t)t->t_code->ec_len;
	if (t->t_reached[REJECT(t)]) {
		emit(t, MOV32_IMM(A, 0));
		/* Never taken; makes the code behind reachable for the
		 * verifier. */
		if (!t->t_reached[ACCEPT(t)])
			emit_jump(t, JUMP32_IMM(BPF_JNE, A, 0), ACCEPT(t));
		emit(t, EXIT);
	}
	t->t_start[ACCEPT(t)] = (uint16_t)t->t_code->ec_len;
}

/* Replaces the targets of all jumps by offsets. */
static void
land_all(struct translation *t)
{
	struct bpf_insn *insn;
	unsigned int class;
	size_t place;

	for (place = t->t_first; place < t->t_last; place++) {
		insn = &t->t_code->ec_insns[place];
		class = BPF_CLASS(insn->code);
		if ((class == BPF_JMP || class == BPF_JMP32) &&
		    BPF_OP(insn->code) != BPF_CALL &&
		    BPF_OP(insn->code) != BPF_EXIT)
			insn->off = insn->off < 0 ?
			    (short)-insn->off :
			    (short)(t->t_start[insn->off] - (place + 1));
	}
}

/*
 * Appends a translation of the whole program.  Jumps still have targets in the
 * place of offsets.  Returns 0, or -1 and errno.
 */
static int
append(struct translation *t, struct ebpf_code *c,
    const struct sock_filter *classic, size_t n, const struct ebpf_window *w)
{
	*t = (struct translation){ .t_code = c,
		.t_window = w,
		.t_classic = classic,
		.t_len = n,
		.t_first = c->ec_len };
	memset(t->t_stored, 0xff, sizeof(t->t_stored));
	t->t_stored[0] = 0;
	t->t_reached[0] = true;
	emit(t, MOV32_IMM(A, 0));
	emit(t, MOV32_IMM(X, 0));
	if ((errno = translate_all(t)) != 0)
		return -1;
	emit_end(t);
	t->t_last = c->ec_len;
	return 0;
}

int
ebpf_translate(struct ebpf_code *c, const struct sock_filter *classic, size_t n)
{
	static const struct ebpf_window none = { 0, 0 };
	struct translation with, without;
	struct ebpf_window w;
	size_t shorter;

	if (n == 0 || n > BPF_MAXINSNS ||
	    c->ec_len + INSNS_MAX * (n + 1) > EBPF_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* There is room for two translations of half the maximum length. */
	w = n < BPF_MAXINSNS / 2 ? ebpf_window(classic, n) : none;
	if (w.w_size != 0) {
		shorter = ebpf_window_fill(c, &w);
		if (append(&with, c, classic, n, &w) == -1)
			return -1;
		ebpf_insn_land(c, shorter);
	}
	if (append(&without, c, classic, n, &none) == -1)
		return -1;
	land_all(&without);
	if (w.w_size != 0) {
		with.t_start[ACCEPT(&with)] = without.t_start[ACCEPT(&without)];
		land_all(&with);
	}
	return 0;
}
