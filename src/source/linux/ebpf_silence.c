#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_silence.h"

#define LAST	 ((short)offsetof(struct ebpf_shared, es_last))
#define SHORTEST ((short)offsetof(struct ebpf_shared, es_shortest))
#define SLOT(i, member)                                      \
	((short)(offsetof(struct ebpf_shared, es_silences) + \
	    (i) * sizeof(struct ebpf_slot) +                 \
	    offsetof(struct ebpf_slot, member)))

/* r0 = time of the packet, r1 = time of the one before. */
static void
emit_slot(struct ebpf_code *c, size_t i)
{
	size_t older, shorter;

	/* The silence before a slot is in use is none of its own. */
	ebpf_insn_emit(c, LOAD(BPF_DW, 3, 7, SLOT(i, el_since)));
	older = ebpf_insn_emit(c, JUMP(BPF_JSGE, 3, 1));
	ebpf_insn_emit(c, MOV(3, 1));
	ebpf_insn_land(c, older);
	ebpf_insn_emit(c, MOV(2, 0));
	ebpf_insn_emit(c, ALU(BPF_SUB, 2, 3));
	ebpf_insn_emit(c, LOAD(BPF_DW, 4, 7, SLOT(i, el_time)));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, 2, 4));
	ebpf_insn_emit(c, MOV_IMM(5, 1));
	ebpf_insn_emit(c, ATOMIC(7, 5, SLOT(i, el_count), BPF_ADD));
	ebpf_insn_land(c, shorter);
}

void
ebpf_silence(struct ebpf_code *c)
{
	size_t i, shorter;

	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	/* Of all processors, one takes a time, so one ends the silence. */
	ebpf_insn_emit(c, MOV(1, 0));
	ebpf_insn_emit(c, ATOMIC(7, 1, LAST, BPF_XCHG));
	/* Another processor's time may be the later one: signed. */
	ebpf_insn_emit(c, MOV(2, 0));
	ebpf_insn_emit(c, ALU(BPF_SUB, 2, 1));
	ebpf_insn_emit(c, LOAD(BPF_DW, 3, 7, SHORTEST));
	shorter = ebpf_insn_emit(c, JUMP(BPF_JSLT, 2, 3));
	for (i = 0; i < SOURCE_SILENCES; i++)
		emit_slot(c, i);
	ebpf_insn_land(c, shorter);
}
