/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Mutates inputs so that most programs stay valid. */
#include <linux/bpf_common.h>

#include <string.h>

#include "../tools/judge.h"
#include "../tools/program.h"
#include "classic_input.h"
#include "fuzz.h"

#define LENGTH(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

/* Returns a number near a limit. */
static uint32_t
edge(void)
{
	static const uint32_t edges[] = { 0, BPF_MEMWORDS, 32, 256, 65536,
		BPF_MAXINSNS, 0x80000000U, (uint32_t)SKF_AD_OFF,
		(uint32_t)SKF_AD_OFF + SKF_AD_MAX, (uint32_t)SKF_NET_OFF,
		(uint32_t)SKF_LL_OFF };

	return edges[chance(LENGTH(edges))] + chance(4) - 2;
}

static void
change_k(struct sock_filter *f)
{
	switch (chance(5)) {
	case 0:
		f->k = edge();
		break;
	case 1:
		f->k = program_constant();
		break;
	case 2:
		f->k ^= 1U << chance(32);
		break;
	case 3:
		f->k = (uint32_t)SKF_AD_OFF + chance(SKF_AD_MAX);
		break;
	default:
		f->k += chance(9) - 4;
		break;
	}
}

static void
change_jump(struct sock_filter *f)
{
	f->jt = (unsigned char)chance(chance(2) == 0 ? 4 : 256);
	f->jf = (unsigned char)chance(chance(2) == 0 ? 4 : 256);
}

static void
insert(struct classic_input *ci, size_t at)
{
	size_t rest = ci->ci_n - at;

	if (ci->ci_n == INPUT_INSNS)
		return;
	memmove(&ci->ci_insns[at + 1], &ci->ci_insns[at],
	    rest * sizeof(ci->ci_insns[0]));
	ci->ci_n++;
	program_instruction(&ci->ci_insns[at], rest);
}

static void
take_out(struct classic_input *ci, size_t at)
{
	if (ci->ci_n == 1)
		return;
	ci->ci_n--;
	memmove(&ci->ci_insns[at], &ci->ci_insns[at + 1],
	    (ci->ci_n - at) * sizeof(ci->ci_insns[0]));
}

/* Copies a few instructions to `at` from another place. */
static void
copy(struct classic_input *ci, size_t at)
{
	size_t from = chance(ci->ci_n), n = 1 + chance(8);

	if (n > ci->ci_n - at)
		n = ci->ci_n - at;
	if (n > ci->ci_n - from)
		n = ci->ci_n - from;
	memmove(&ci->ci_insns[at], &ci->ci_insns[from],
	    n * sizeof(ci->ci_insns[0]));
}

static void
fill_memory(struct classic_input *ci)
{
	uint32_t i;

	for (i = 0; i < BPF_MEMWORDS && i + 1 < ci->ci_n; i++)
		ci->ci_insns[i] = (struct sock_filter)BPF_STMT(
		    chance(2) == 0 ? BPF_ST : BPF_STX, i);
}

static void
change_program(struct classic_input *ci)
{
	static struct sock_filter f[BPF_MAXINSNS];
	size_t at = chance(ci->ci_n), left = ci->ci_n - at - 1;

	switch (chance(10)) {
	case 0:
		/* Long programs take the kernel long: few of them. */
		ci->ci_repeats = (uint8_t)chance(chance(8) != 0 ? 3 : 256);
		break;
	case 1:
		fill_memory(ci);
		break;
	case 2:
		take_out(ci, at);
		break;
	case 3:
		copy(ci, at);
		break;
	case 4:
		change_jump(&ci->ci_insns[at]);
		break;
	case 5:
		program_instruction(&ci->ci_insns[at], left > 0 ? left : 1);
		break;
	case 6:
		if (chance(8) == 0) {
			left = program(f);
			if (left > INPUT_INSNS)
				left = INPUT_INSNS;
			memcpy(ci->ci_insns, f, left * sizeof(f[0]));
			ci->ci_n = (uint8_t)left;
			break;
		}
		/* FALLTHROUGH */
	case 7:
		insert(ci, at);
		break;
	default:
		change_k(&ci->ci_insns[at]);
		break;
	}
}

static void
change_frame(struct classic_input *ci)
{
	unsigned char fresh[FRAME_MAX];

	if (chance(2) == 0) {
		ci->ci_len =
		    LLVMFuzzerMutate(ci->ci_frame, ci->ci_len, INPUT_FRAME);
		return;
	}
	ci->ci_len = frame(fresh);
	if (ci->ci_len > INPUT_FRAME)
		ci->ci_len = INPUT_FRAME;
	memcpy(ci->ci_frame, fresh, ci->ci_len);
}

/* Repairs an instruction that the kernel rejects on its own. */
static void
mend(struct sock_filter *f, size_t left)
{
	uint32_t op = BPF_OP(f->code);

	switch (BPF_CLASS(f->code)) {
	case BPF_JMP:
		if (op == BPF_JA)
			f->k %= (uint32_t)left;
		f->jt = (unsigned char)(f->jt % left);
		f->jf = (unsigned char)(f->jf % left);
		break;
	case BPF_ALU:
		if (op == BPF_DIV || op == BPF_MOD)
			f->k |= f->k == 0;
		else if (op == BPF_LSH || op == BPF_RSH)
			f->k %= 32;
		break;
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(f->code) == BPF_MEM)
			f->k %= BPF_MEMWORDS;
		break;
	case BPF_ST:
	case BPF_STX:
		f->k %= BPF_MEMWORDS;
		break;
	}
}

static void
mend_all(struct classic_input *ci)
{
	struct sock_filter *last = &ci->ci_insns[ci->ci_n - 1];
	size_t i;

	for (i = 0; i + 1 < ci->ci_n; i++)
		mend(&ci->ci_insns[i], ci->ci_n - i - 1U);
	if (BPF_CLASS(last->code) != BPF_RET)
		*last = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t len, size_t max, unsigned int seed)
{
	static struct classic_input ci;
	size_t n;

	chance_seed(seed);
	if (cbpf_input_read(&ci, data, len) == -1) {
		ci.ci_n = 1;
		mend_all(&ci);
	} else if (chance(20) == 0) {
		return LLVMFuzzerMutate(data, len, max);
	}
	do {
		if (chance(4) == 0)
			change_frame(&ci);
		else
			change_program(&ci);
	} while (chance(2) == 0);
	/* A few programs stay invalid. */
	if (chance(8) != 0)
		mend_all(&ci);
	n = cbpf_input_write(&ci, data, max);
	return n != 0 ? n : LLVMFuzzerMutate(data, len, max);
}
