/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_key_internal.h"

void
ebpf_key_code_emit(const struct key_code *kc, struct bpf_insn insn)
{
	ebpf_insn_emit(kc->kc_code, insn);
}

void
ebpf_key_code_none(const struct key_code *kc, struct bpf_insn insn)
{
	ebpf_insn_jump(kc->kc_code, kc->kc_keyless, insn);
}

void
ebpf_key_code_arguments(const struct key_code *kc, short place, int size)
{
	ebpf_key_code_emit(kc, MOV(ARG1, CTX));
	ebpf_key_code_emit(kc, MOV(ARG3, FRAME));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, ARG3, place));
	ebpf_key_code_emit(kc, MOV_IMM(ARG4, size));
}

/* Only loads from the link header are limited to linear memory. */
void
ebpf_key_code_load(const struct key_code *kc, int offset, short place, int size)
{
	struct ebpf_code *c = kc->kc_code;
	size_t packet, done;

	ebpf_key_code_arguments(kc, place, size);
	ebpf_key_code_emit(kc, kc->kc_cooked ? MOV32(ARG2, AT) : MOV(ARG2, AT));
	if (offset != 0)
		ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, ARG2, offset));
	if (!kc->kc_cooked) {
		ebpf_key_code_emit(kc, CALL(BPF_FUNC_skb_load_bytes));
		return;
	}
	ebpf_key_code_emit(kc, MOV(ARG5, AT));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_RSH, ARG5, AT_PACKET));
	packet = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, ARG5, BPF_HDR_START_MAC));
	ebpf_key_code_emit(kc, CALL(BPF_FUNC_skb_load_bytes_relative));
	done = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, packet);
	ebpf_key_code_emit(kc, CALL(BPF_FUNC_skb_load_bytes));
	ebpf_insn_land(c, done);
}
