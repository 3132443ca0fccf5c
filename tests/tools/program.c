/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf_common.h>
#include <linux/filter.h>

#include <stdint.h>
#include <string.h>

#include "judge.h"
#include "program.h"

static const uint16_t codes[] = { BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS,
	BPF_LD | BPF_W | BPF_IND, BPF_LD | BPF_H | BPF_IND,
	BPF_LD | BPF_B | BPF_IND, BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS, BPF_LD | BPF_IMM,
	BPF_LD | BPF_MEM, BPF_LD | BPF_W | BPF_LEN, BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_MEM, BPF_LDX | BPF_W | BPF_LEN, BPF_LDX | BPF_B | BPF_MSH,
	BPF_ST, BPF_STX, BPF_ST, BPF_STX, BPF_ALU | BPF_ADD | BPF_K,
	BPF_ALU | BPF_ADD | BPF_X, BPF_ALU | BPF_SUB | BPF_K,
	BPF_ALU | BPF_SUB | BPF_X, BPF_ALU | BPF_MUL | BPF_K,
	BPF_ALU | BPF_MUL | BPF_X, BPF_ALU | BPF_DIV | BPF_K,
	BPF_ALU | BPF_DIV | BPF_X, BPF_ALU | BPF_MOD | BPF_K,
	BPF_ALU | BPF_MOD | BPF_X, BPF_ALU | BPF_AND | BPF_K,
	BPF_ALU | BPF_AND | BPF_X, BPF_ALU | BPF_OR | BPF_K,
	BPF_ALU | BPF_OR | BPF_X, BPF_ALU | BPF_XOR | BPF_K,
	BPF_ALU | BPF_XOR | BPF_X, BPF_ALU | BPF_LSH | BPF_K,
	BPF_ALU | BPF_LSH | BPF_X, BPF_ALU | BPF_RSH | BPF_K,
	BPF_ALU | BPF_RSH | BPF_X, BPF_ALU | BPF_NEG, BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA, BPF_JMP | BPF_JA, BPF_JMP | BPF_JEQ | BPF_K,
	BPF_JMP | BPF_JEQ | BPF_X, BPF_JMP | BPF_JGT | BPF_K,
	BPF_JMP | BPF_JGT | BPF_X, BPF_JMP | BPF_JGE | BPF_K,
	BPF_JMP | BPF_JGE | BPF_X, BPF_JMP | BPF_JSET | BPF_K,
	BPF_JMP | BPF_JSET | BPF_X, BPF_RET | BPF_K, BPF_RET | BPF_A };

const int program_ancillaries[PROGRAM_ANCILLARIES] = { SKF_AD_PROTOCOL,
	SKF_AD_PKTTYPE, SKF_AD_IFINDEX, SKF_AD_MARK, SKF_AD_QUEUE,
	SKF_AD_RXHASH, SKF_AD_CPU, SKF_AD_ALU_XOR_X, SKF_AD_VLAN_TAG,
	SKF_AD_VLAN_TAG_PRESENT, SKF_AD_VLAN_TPID };

#define LENGTH(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

static uint32_t
wide(void)
{
	return chance(65536) << 16 | chance(65536);
}

uint32_t
program_constant(void)
{
	switch (chance(8)) {
	case 0:
		return wide();
	case 1:
		return 0U - chance(40);
	case 2:
		return 0x7ffffff0U + chance(32);
	case 3:
		return chance(65536);
	case 4:
		return chance(2) == 0 ? 0x0800 : 0x86dd;
	default:
		return chance(64);
	}
}

static uint32_t
offset(int absolute)
{
	switch (chance(12)) {
	case 0:
		return (uint32_t)SKF_NET_OFF + chance(40);
	case 1:
		return (uint32_t)SKF_LL_OFF + chance(40);
	case 2:
		return program_constant();
	case 3:
	case 4:
		if (absolute)
			return (uint32_t)(SKF_AD_OFF +
			    program_ancillaries[chance(PROGRAM_ANCILLARIES)]);
		return 0U - chance(64);
	default:
		return chance(80);
	}
}

void
program_instruction(struct sock_filter *f, size_t left)
{
	uint32_t far = left > 255 ? 255 : (uint32_t)left;

	memset(f, 0, sizeof(*f));
	f->code = codes[chance(LENGTH(codes))];
	/* Makes early returns rare. */
	if (BPF_CLASS(f->code) == BPF_RET && chance(3) != 0)
		f->code = codes[chance(LENGTH(codes))];
	f->k = program_constant();
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(f->code) == BPF_MEM)
			f->k = chance(BPF_MEMWORDS);
		else if (BPF_MODE(f->code) != BPF_IMM)
			f->k = offset(BPF_MODE(f->code) == BPF_ABS);
		break;
	case BPF_ST:
	case BPF_STX:
		f->k = chance(BPF_MEMWORDS);
		break;
	case BPF_ALU:
		if (BPF_OP(f->code) == BPF_LSH || BPF_OP(f->code) == BPF_RSH)
			f->k = chance(32);
		if (BPF_OP(f->code) == BPF_DIV || BPF_OP(f->code) == BPF_MOD)
			f->k |= f->k == 0;
		break;
	case BPF_JMP:
		if (f->code == (BPF_JMP | BPF_JA))
			f->k = chance(
			    chance(20) != 0 && far > 8 ? 8 : (uint32_t)left);
		f->jt = (unsigned char)(chance(2) * chance(far));
		f->jf = (unsigned char)(chance(2) * chance(far));
		break;
	case BPF_RET:
		f->k = chance(3) * 100;
		break;
	}
}

size_t
program(struct sock_filter *f)
{
	size_t words = chance(2) == 0 ? BPF_MEMWORDS : 0;
	size_t i, n = 2 + chance(chance(4) == 0 ? 200 : 24);

	if (chance(100) == 0)
		n = BPF_MAXINSNS - chance(3);
	if (n > 100)
		words = BPF_MEMWORDS;
	/* Initializes the scratch memory. */
	for (i = 0; i < words && i + 2 < n; i++)
		f[i] = (struct sock_filter)BPF_STMT(
		    chance(2) == 0 ? BPF_ST : BPF_STX, (uint32_t)i);
	for (; i < n - 1; i++)
		program_instruction(&f[i], n - 1 - i);
	f[n - 1] = (struct sock_filter)BPF_STMT(
	    chance(2) == 0 ? BPF_RET | BPF_A : BPF_RET | BPF_K, chance(2));
	/* Makes some programs invalid. */
	if (chance(8) == 0)
		f[chance((uint32_t)n)].code = (uint16_t)chance(300);
	if (chance(16) == 0)
		f[chance((uint32_t)n)].k = wide();
	return n;
}
