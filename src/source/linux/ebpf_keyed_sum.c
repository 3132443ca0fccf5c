/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_count.h"
#include "source/linux/ebpf_keyed_code.h"
#include "source/linux/ebpf_keyed_sum.h"

/*
 * All addresses are constants: without CAP_PERFMON the verifier compares states
 * strictly once a register was added to an address.
 */
void
ebpf_keyed_sum(const struct keyed_code *kc, short member)
{
	enum {
		LINE = BPF_REG_1
	};
	struct ebpf_jumps chosen = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;
	int i;

	ebpf_insn_emit(c, CALL(BPF_FUNC_get_smp_processor_id));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, RESULT, KEYED_LINES - 1));
	for (i = 0; i < KEYED_LINES; i++) {
		ebpf_keyed_code_header(
		    kc, LINE, offsetof(struct keyed_header, kh_lines[i]));
		ebpf_insn_jump(c, &chosen, JUMP_IMM(BPF_JEQ, RESULT, i));
	}
	ebpf_insn_land_jumps(c, &chosen);
	ebpf_insn_emit(c, ATOMIC(LINE, SEGMENTS, member, BPF_ADD));
}

/*
 * Wakes the watcher at the first refused packet, and then at one in KEYED_TELL.
 */
static void
emit_tell(const struct keyed_code *kc)
{
	enum {
		HEADER = BPF_REG_1,
		TELL = BPF_REG_2,
		NEXT = BPF_REG_3,
		PACE = BPF_REG_4
	};
	const struct ebpf_keyed *ek = kc->kc_table;
	struct ebpf_code *c = kc->kc_code;
	size_t later, lost;

	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_coarse_ns));
	ebpf_insn_emit(c, MOV(NOW, RESULT));
	ebpf_keyed_code_header(kc, HEADER, 0);
	ebpf_insn_emit(c, LOAD(BPF_DW, TELL, HEADER, HEADER_AT(kh_tell)));
	later = ebpf_insn_emit(c, JUMP(BPF_JGT, TELL, NOW));
	ebpf_keyed_code_constant(c, PACE, KEYED_TELL);
	ebpf_insn_emit(c, MOV(NEXT, NOW));
	ebpf_insn_emit(c, ALU(BPF_ADD, NEXT, PACE));
	ebpf_insn_emit(c, MOV(RESULT, TELL));
	ebpf_insn_emit(
	    c, ATOMIC(HEADER, NEXT, HEADER_AT(kh_tell), BPF_CMPXCHG));
	lost = ebpf_insn_emit(c, JUMP(BPF_JNE, RESULT, TELL));
	ebpf_count_wake(c, ek->ek_slots, ek->ek_unit);
	ebpf_insn_land(c, lost);
	ebpf_insn_land(c, later);
}

void
ebpf_keyed_sum_refused(const struct keyed_code *kc)
{
	ebpf_keyed_sum(kc, LINE_AT(kl_refused));
	emit_tell(kc);
}
