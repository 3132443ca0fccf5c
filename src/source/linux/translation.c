/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <errno.h>
#include <stdint.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/translation.h"

struct known *
translation_known(struct translation *t)
{
	return &t->t_known[t->t_pc];
}

void
translation_emit(struct translation *t, struct bpf_insn insn)
{
	ebpf_insn_emit(t->t_code, insn);
}

void
translation_reach(struct translation *t, size_t next)
{
	const struct known *from = translation_known(t);
	struct known *to = &t->t_known[next];

	to->kn_stored &= from->kn_stored;
	if (!from->kn_reached)
		return;
	to->kn_reached = true;
	to->kn_small = to->kn_small && from->kn_small;
	to->kn_length = to->kn_length && from->kn_length;
	if (from->kn_size < to->kn_size)
		to->kn_size = from->kn_size;
}

/* A negative offset is the number of extended instructions to skip. */
void
translation_jump(struct translation *t, struct bpf_insn insn, size_t target)
{
	insn.off = (short)target;
	translation_emit(t, insn);
	translation_reach(t, target);
}

size_t
translation_skip(struct translation *t, struct bpf_insn insn)
{
	return ebpf_insn_emit(t->t_code, insn);
}

void
translation_land(struct translation *t, size_t place)
{
	if (place < EBPF_MAX)
		t->t_code->ec_insns[place].off =
		    (short)-(int)(t->t_code->ec_len - place - 1);
}

/* Returns the offset of a jump of the translation; 0 and errno: too far. */
static int
offset_of(const struct translation *t, size_t place)
{
	const int off = t->t_code->ec_insns[place].off;

	return off < 0 ? -off :
			 (int)t->t_known[off].kn_start - (int)(place + 1);
}

int
translation_complete(struct translation *t, size_t last)
{
	struct bpf_insn *insn;
	unsigned int class;
	size_t place;
	int off;

	for (place = t->t_first; place < last; place++) {
		insn = &t->t_code->ec_insns[place];
		class = BPF_CLASS(insn->code);
		if ((class != BPF_JMP && class != BPF_JMP32) ||
		    BPF_OP(insn->code) == BPF_CALL ||
		    BPF_OP(insn->code) == BPF_EXIT)
			continue;
		if ((off = offset_of(t, place)) > INT16_MAX)
			return E2BIG;
		insn->off = (short)off;
	}
	return 0;
}
