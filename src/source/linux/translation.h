/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the state of a translation (ebpf_translate.c, ebpf_load.c), and what
 * its steps do: append instructions, jump, and know what holds on all ways to
 * an instruction.
 */
#ifndef TRANSLATION_H
#define TRANSLATION_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/linux/ebpf_insn.h"

struct ebpf_window;

/* Place of a word of scratch memory. */
#define MEMORY(k) ((short)(STACK_MEMORY + 4 * (int)(k)))

/* Targets behind the last instruction. */
#define REJECT(t) ((t)->t_len)
#define ACCEPT(t) ((t)->t_len + 1)

/* What is known in front of an instruction, on each way to it. */
struct known {
	bool kn_reached;      /* there is a way from the first instruction */
	bool kn_small;	      /* X is small: no offset from it overflows */
	uint16_t kn_stored;   /* bit mask of scratch words written */
	unsigned int kn_size; /* the packet has as many bytes, at least */
};

/* The arrays have an element for each classic instruction and target. */
struct translation {
	struct ebpf_code *t_code;
	const struct ebpf_window *t_window;
	const struct sock_filter *t_classic;
	size_t t_len;	/* classic instructions */
	size_t t_first; /* first extended instruction of the translation */
	size_t t_pc;	/* current classic instruction */
	uint16_t t_start[BPF_MAXINSNS + 2]; /* place of the translation */
	struct known t_known[BPF_MAXINSNS + 2];
};

/* Returns what is known in front of the current instruction. */
struct known *translation_known(struct translation *);

void translation_emit(struct translation *, struct bpf_insn);

/* Records that control may pass from the current instruction to `next`. */
void translation_reach(struct translation *, size_t next);

/*
 * Emits a jump to a classic target.  Its offset is that target for now;
 * translation_complete replaces it.
 */
void translation_jump(struct translation *, struct bpf_insn, size_t target);

/*
 * Emits a jump over instructions to follow.  Returns its place, for
 * translation_land, which makes the next instruction its target.
 */
size_t translation_skip(struct translation *, struct bpf_insn);
void translation_land(struct translation *, size_t place);

/*
 * Replaces the targets of all jumps up to `last` by offsets.  Returns 0, or
 * E2BIG if one is too far.
 */
int translation_complete(struct translation *, size_t last);

#endif
