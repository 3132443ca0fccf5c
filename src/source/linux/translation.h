/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the state of a translation (ebpf_translate.c, ebpf_load.c), and the
 * steps: append instructions, jump, and track facts that hold on all ways to an
 * instruction.
 */
#ifndef TRANSLATION_H
#define TRANSLATION_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/linux/ebpf_insn.h"

struct ebpf_window;

/*
 * Place of a word of scratch memory, with 0 in the upper half: Linux 6.1
 * refuses two words in 8 bytes without CAP_PERFMON.
 */
#define MEMORY(k) ((short)(STACK_MEMORY + 8 * (int)(k)))

/* Targets behind the last instruction. */
#define REJECT(t) ((t)->t_len)
#define ACCEPT(t) ((t)->t_len + 1)

/* Facts in front of an instruction, true on each way there. */
struct known {
	bool kn_reached;    /* there is a way from the first instruction */
	bool kn_small;	    /* X is small: X plus an offset does not overflow */
	bool kn_length;	    /* LENGTH is set; no call has destroyed it */
	uint16_t kn_stored; /* bit mask of scratch words written */
	uint16_t kn_start;  /* place of the translation */
	unsigned int kn_size; /* the packet has as many bytes, at least */
};

struct translation {
	struct ebpf_code *t_code;
	const struct ebpf_window *t_window;
	const struct sock_filter *t_classic;
	size_t t_len;	/* classic instructions */
	size_t t_first; /* first extended instruction of the translation */
	size_t t_pc;	/* current classic instruction */
	/* An element for each classic instruction and target. */
	struct known t_known[];
};

/* Returns the facts in front of the current instruction. */
struct known *translation_known(struct translation *);

void translation_emit(struct translation *, struct bpf_insn);

/* Records a possible step from the current instruction to `next`. */
void translation_reach(struct translation *, size_t next);

/*
 * Emits a jump to a classic target, with the target as offset until
 * translation_complete.
 */
void translation_jump(struct translation *, struct bpf_insn, size_t target);

/*
 * Emits a jump over instructions to follow.  Returns the place, for
 * translation_land, which makes the next instruction the target.
 */
size_t translation_skip(struct translation *, struct bpf_insn);
void translation_land(struct translation *, size_t place);

/*
 * Replaces the targets of all jumps up to `last` by offsets.  Returns 0, or
 * E2BIG for a jump that is too far.
 */
int translation_complete(struct translation *, size_t last);

#endif
