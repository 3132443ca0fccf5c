/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_silence.h"

#define LAST	    ((short)offsetof(struct ebpf_shared, es_last))
#define ES_SHORTEST ((short)offsetof(struct ebpf_shared, es_shortest))
#define SLOT(i, member)                                      \
	((short)(offsetof(struct ebpf_shared, es_silences) + \
	    (i) * sizeof(struct ebpf_slot) +                 \
	    offsetof(struct ebpf_slot, member)))

/* Registers, besides SHARED. */
enum {
	NOW = RESULT,	      /* time of the packet */
	PREVIOUS = BPF_REG_1, /* time of the packet before */
	SILENCE = BPF_REG_2,  /* signed: NOW minus the silence's beginning */
	SHORTEST = BPF_REG_3, /* shortest time of all slots */
	SINCE = BPF_REG_3,    /* emit_slot: beginning of the slot's silence */
	LIMIT = BPF_REG_4,    /* emit_slot: shortest silence that counts */
	ONE = BPF_REG_5
};

/* Counts the silence in a slot if it lasted at least the slot's time. */
static void
emit_slot(struct ebpf_code *c, size_t i)
{
	size_t newer, shorter;

	/* A silence begins with the previous packet or with the slot. */
	ebpf_insn_emit(c, LOAD(BPF_DW, SINCE, SHARED, SLOT(i, el_since)));
	newer = ebpf_insn_emit(c, JUMP(BPF_JSGE, SINCE, PREVIOUS));
	ebpf_insn_emit(c, MOV(SINCE, PREVIOUS));
	ebpf_insn_land(c, newer);
	ebpf_insn_emit(c, MOV(SILENCE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, SINCE));
	ebpf_insn_emit(c, LOAD(BPF_DW, LIMIT, SHARED, SLOT(i, el_time)));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, SILENCE, LIMIT));
	ebpf_insn_emit(c, MOV_IMM(ONE, 1));
	ebpf_insn_emit(c, ATOMIC(SHARED, ONE, SLOT(i, el_count), BPF_ADD));
	ebpf_insn_land(c, shorter);
}

void
ebpf_silence(struct ebpf_code *c)
{
	size_t i, shorter;

	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	/* Only one CPU exchanges a given time, so only one ends the silence. */
	ebpf_insn_emit(c, MOV(PREVIOUS, NOW));
	ebpf_insn_emit(c, ATOMIC(SHARED, PREVIOUS, LAST, BPF_XCHG));
	/* Negative if another CPU has stored a later time. */
	ebpf_insn_emit(c, MOV(SILENCE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, PREVIOUS));
	ebpf_insn_emit(c, LOAD(BPF_DW, SHORTEST, SHARED, ES_SHORTEST));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, SILENCE, SHORTEST));
	for (i = 0; i < SOURCE_SILENCES; i++)
		emit_slot(c, i);
	ebpf_insn_land(c, shorter);
}
