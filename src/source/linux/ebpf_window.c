/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * In an extended program each load from the packet calls a kernel function,
 * while the kernel compiles classic loads inline.  One call that copies all
 * headers costs less than two loads.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <pcap/dlt.h>
#include <stdint.h>

#include "source/linux/cbpf_insn.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_window.h"

/* Headers of Ethernet, IPv6 and TCP's ports; a multiple of 8. */
#define WINDOW_MAX 64

/* With fewer loads from the window, a program is faster without one. */
#define LOADS_MIN 3

#define ETHERNET_HEADER 14

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

/* The addresses of an IP header are on a multiple of 4. */
struct ebpf_window
ebpf_window(int link)
{
	struct ebpf_window w = { 0, 0, STACK_WINDOW };

	if (link == DLT_EN10MB)
		w.w_base = (short)(STACK_WINDOW + ETHERNET_HEADER % 4);
	return w;
}

void
ebpf_window_add(
    struct ebpf_window *w, const struct sock_filter *classic, size_t n)
{
	unsigned int end;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((end = load_end(&classic[i])) == 0)
			continue;
		w->w_loads++;
		if (end > w->w_size)
			w->w_size = end;
	}
}

void
ebpf_window_complete(struct ebpf_window *w)
{
	if (w->w_loads < LOADS_MIN)
		w->w_size = 0;
}

short
ebpf_window_place(
    const struct ebpf_window *w, const struct sock_filter *f, unsigned int *end)
{
	int width = (int)cbpf_insn_width(f->code), place;

	*end = load_end(f);
	if (*end == 0 || *end > w->w_size)
		return 0;
	place = w->w_base + (int)*end - width;
	/* The verifier rejects unaligned loads; a word may be two halves. */
	return place % 2 == 0 || width == 1 ? (short)place : 0;
}

/* Copies SIZE bytes of the packet, or as many as the register `size` says. */
static void
emit_copy(
    struct ebpf_code *c, const struct ebpf_window *w, struct bpf_insn size)
{
	size_t copied;

	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, MOV_IMM(ARG2, 0));
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, w->w_base));
	ebpf_insn_emit(c, size);
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
	copied = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
	ebpf_insn_land(c, copied);
}

/*
 * The verifier wants memory that a call may fill in part to be initialized, and
 * a size above 0.
 */
void
ebpf_window_fill(struct ebpf_code *c, const struct ebpf_window *w)
{
	size_t shorter, full, empty;
	int place;

	ebpf_insn_emit(c, LOAD(BPF_W, LENGTH, CTX, SKB(len)));
	shorter = ebpf_insn_emit(c, JUMP_IMM(BPF_JLT, LENGTH, (int)w->w_size));
	emit_copy(c, w, MOV_IMM(ARG4, (int)w->w_size));
	full = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, shorter);
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	for (place = STACK_WINDOW - 4; place < STACK_WINDOW + WINDOW_MAX + 4;
	     place += 8)
		ebpf_insn_emit(c, STORE(BPF_DW, FRAME, RESULT, (short)place));
	empty = ebpf_insn_emit(c, JUMP_IMM(BPF_JLT, LENGTH, 1));
	emit_copy(c, w, MOV(ARG4, LENGTH));
	ebpf_insn_land(c, empty);
	ebpf_insn_land(c, full);
}
