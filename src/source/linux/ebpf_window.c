/*
 * A load is a call in the kernel, for extended programs; classic ones have the
 * common case in line.  One call for all of the headers costs less than two of
 * the others.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include <stdint.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_window.h"

/* Headers of Ethernet, IPv4 and TCP: hardly a packet of those is shorter. */
#define WINDOW_MAX 54

/* Below the scratch memory of classic programs. */
#define BASE (-128)

/* Programs with fewer loads in it are faster without. */
#define LOADS_MIN 3

static unsigned int
width(const struct sock_filter *f)
{
	switch (BPF_SIZE(f->code)) {
	case BPF_W:
		return 4;
	case BPF_H:
		return 2;
	default:
		return 1;
	}
}

/* Where in the packet the load ends; 0 if that is never in a window. */
static unsigned int
reach(const struct sock_filter *f)
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
	if (offset > WINDOW_MAX - width(f))
		return 0;
	return offset + width(f);
}

short
ebpf_window_place(const struct ebpf_window *w, const struct sock_filter *f)
{
	unsigned int end = reach(f);
	int place;

	if (end == 0 || end > w->w_size)
		return 0;
	place = w->w_base + (int)(end - width(f));
	/* The kernel wants what is on the stack to be aligned. */
	return place % (int)width(f) == 0 ? (short)place : 0;
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
			if (reach(&classic[i]) > size)
				size = reach(&classic[i]);
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
	ebpf_insn_emit(c, MOV(1, 6));
	ebpf_insn_emit(c, MOV_IMM(2, 0));
	ebpf_insn_emit(c, MOV(3, 10));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, 3, w->w_base));
	ebpf_insn_emit(c, MOV_IMM(4, (int)w->w_size));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
	return ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, 0, 0));
}
