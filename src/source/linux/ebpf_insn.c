/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/linux/ebpf_insn.h"

/* Not on the heap, which would keep its largest size in all processes. */
struct ebpf_code *
ebpf_insn_begin(void)
{
	static struct ebpf_code code;

	ebpf_insn_clear(&code);
	return &code;
}

void
ebpf_insn_clear(struct ebpf_code *c)
{
	c->ec_len = 0;
	c->ec_ncalls = 0;
}

size_t
ebpf_insn_emit(struct ebpf_code *c, struct bpf_insn insn)
{
	if (c->ec_len < EBPF_MAX)
		c->ec_insns[c->ec_len] = insn;
	return c->ec_len++;
}

void
ebpf_insn_emit_map(struct ebpf_code *c, int reg, int fd)
{
	ebpf_insn_emit(c,
	    INSN(BPF_LD | BPF_DW | BPF_IMM, (__u8)(reg & 0xf),
		BPF_PSEUDO_MAP_FD, 0, fd));
	ebpf_insn_emit(c, INSN(0, 0, 0, 0, 0));
}

void
ebpf_insn_emit_value(struct ebpf_code *c, int reg, int fd, size_t offset)
{
	ebpf_insn_emit(c,
	    INSN(BPF_LD | BPF_DW | BPF_IMM, (__u8)(reg & 0xf),
		BPF_PSEUDO_MAP_VALUE, 0, fd));
	ebpf_insn_emit(c, INSN(0, 0, 0, 0, (int)offset));
}

void
ebpf_insn_land(struct ebpf_code *c, size_t place)
{
	if (place < EBPF_MAX)
		c->ec_insns[place].off = (short)(c->ec_len - place - 1);
}

void
ebpf_insn_jump(struct ebpf_code *c, struct ebpf_jumps *j, struct bpf_insn insn)
{
	size_t place = ebpf_insn_emit(c, insn);

	if (j->ej_n < EBPF_JUMPS_MAX)
		j->ej_places[j->ej_n++] = place;
	else
		c->ec_len = EBPF_MAX + 1;
}

void
ebpf_insn_land_jumps(struct ebpf_code *c, const struct ebpf_jumps *j)
{
	size_t i;

	for (i = 0; i < j->ej_n; i++)
		ebpf_insn_land(c, j->ej_places[i]);
}

void
ebpf_insn_call(struct ebpf_code *c, const void *sub)
{
	size_t place = ebpf_insn_emit(c, CALL_SUB);

	if (c->ec_ncalls < EBPF_CALLS_MAX)
		c->ec_calls[c->ec_ncalls++] = (struct ebpf_call){ place, sub };
	else
		c->ec_len = EBPF_MAX + 1;
}

void
ebpf_insn_sub(struct ebpf_code *c, const void *sub)
{
	const struct ebpf_call *el;

	for (el = c->ec_calls; el < c->ec_calls + c->ec_ncalls; el++)
		if (el->el_sub == sub && el->el_place < EBPF_MAX)
			c->ec_insns[el->el_place].imm =
			    (int)(c->ec_len - el->el_place - 1);
}
