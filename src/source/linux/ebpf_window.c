/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * In an extended program each load from the packet calls a kernel function,
 * while the kernel compiles classic loads inline.  One call that copies all
 * headers costs less than two loads.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <stdint.h>

#include "source/linux/cbpf_insn.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_window.h"

/* Headers of Ethernet, IPv4 and TCP; few packets of these are shorter. */
#define WINDOW_MAX 54

/* Relative to FRAME, below the scratch memory of classic programs. */
#define BASE (-128)

/* With fewer loads from the window, a program is faster without one. */
#define LOADS_MIN 3

/* Returns the end of the load in the packet; 0: never in a window. */
static unsigned int
load_end(const struct sock_filter *f)
{
	uint32_t offset = f->k;

	switch (f->code) {
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
		offset += EBPF_WINDOW_X;
		break;
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LDX | BPF_B | BPF_MSH:
		break;
	default:
		return 0;
	}
	if (offset > WINDOW_MAX - cbpf_insn_width(f->code))
		return 0;
	return offset + cbpf_insn_width(f->code);
}

short
ebpf_window_place(const struct ebpf_window *w, const struct sock_filter *f)
{
	int width = (int)cbpf_insn_width(f->code), place;
	unsigned int end = load_end(f);

	if (end == 0 || end > w->w_size)
		return 0;
	place = w->w_base + (int)end - width;
	/* The verifier rejects unaligned loads from the stack. */
	return place % width == 0 ? (short)place : 0;
}

struct ebpf_window
ebpf_window(const struct sock_filter *classic, size_t n)
{
	struct ebpf_window best = { 0, 0 }, w;
	unsigned int loads, most = LOADS_MIN - 1, size;
	size_t i;

	for (w.w_base = BASE; w.w_base < (short)(BASE + 4); w.w_base++) {
		loads = size = 0;
		w.w_size = WINDOW_MAX;
		for (i = 0; i < n; i++) {
			if (ebpf_window_place(&w, &classic[i]) == 0)
				continue;
			loads++;
			if (load_end(&classic[i]) > size)
				size = load_end(&classic[i]);
		}
		if (loads > most) {
			most = loads;
			best = w;
			best.w_size = size;
		}
	}
	return best;
}

size_t
ebpf_window_fill(struct ebpf_code *c, const struct ebpf_window *w)
{
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, MOV_IMM(ARG2, 0));
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, w->w_base));
	ebpf_insn_emit(c, MOV_IMM(ARG4, (int)w->w_size));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
	return ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, RESULT, 0));
}
