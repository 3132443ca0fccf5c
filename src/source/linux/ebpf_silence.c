/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_silence.h"
#include "source/linux/slots.h"

#define LAST	    ((short)offsetof(struct slot_memory, sm_last))
#define SM_SHORTEST ((short)offsetof(struct slot_memory, sm_shortest))
#define SILENCE_AT(i, member)                                        \
	((short)(SLOT_SILENCES + (i) * sizeof(struct slot_silence) + \
	    offsetof(struct slot_silence, member)))

/* Further registers. */
enum {
	NOW = RESULT,	      /* time of the packet */
	PREVIOUS = BPF_REG_1, /* time of the packet before */
	SILENCE = BPF_REG_2,  /* signed: NOW minus the silence's beginning */
	SHORTEST = BPF_REG_3, /* shortest time of all silences */
	SINCE = BPF_REG_3,    /* emit_silence: beginning of the silence */
	LIMIT = BPF_REG_4,    /* emit_silence: shortest silence that counts */
	ONE = BPF_REG_5
};

/* Counts the silence if it lasted at least the time of number i. */
static void
emit_silence(struct ebpf_code *c, size_t i)
{
	size_t newer, shorter;

	/* A silence begins with the previous packet or with ss_since. */
	ebpf_insn_emit(c, LOAD(BPF_DW, SINCE, SLOT, SILENCE_AT(i, ss_since)));
	newer = ebpf_insn_emit(c, JUMP(BPF_JSGE, SINCE, PREVIOUS));
	ebpf_insn_emit(c, MOV(SINCE, PREVIOUS));
	ebpf_insn_land(c, newer);
	ebpf_insn_emit(c, MOV(SILENCE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, SINCE));
	ebpf_insn_emit(c, LOAD(BPF_DW, LIMIT, SLOT, SILENCE_AT(i, ss_time)));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, SILENCE, LIMIT));
	ebpf_insn_emit(c, MOV_IMM(ONE, 1));
	ebpf_insn_emit(c, ATOMIC(SLOT, ONE, SILENCE_AT(i, ss_count), BPF_ADD));
	ebpf_insn_land(c, shorter);
}

void
ebpf_silence(struct ebpf_code *c)
{
	size_t i, shorter;

	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	/* A single CPU exchanges a given time and ends the silence. */
	ebpf_insn_emit(c, MOV(PREVIOUS, NOW));
	ebpf_insn_emit(c, ATOMIC(SLOT, PREVIOUS, LAST, BPF_XCHG));
	/* Negative if another CPU has stored a later time. */
	ebpf_insn_emit(c, MOV(SILENCE, NOW));
	ebpf_insn_emit(c, ALU(BPF_SUB, SILENCE, PREVIOUS));
	ebpf_insn_emit(c, LOAD(BPF_DW, SHORTEST, SLOT, SM_SHORTEST));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, SILENCE, SHORTEST));
	for (i = 0; i < SOURCE_SILENCES; i++)
		emit_silence(c, i);
	ebpf_insn_land(c, shorter);
}
