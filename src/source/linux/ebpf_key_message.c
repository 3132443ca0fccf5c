/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A message has the first bytes of a packet, see ebpf_nflog.h. */
#include <linux/bpf.h>

#include <stddef.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key_internal.h"
#include "source/linux/ebpf_nflog.h"

#define PACKET_AT(member) ((short)offsetof(struct nflog_packet, member))

void
ebpf_key_message(const struct key_code *kc)
{
	enum {
		PACKET = ARG4
	};

	ebpf_key_code_emit(
	    kc, LOAD(BPF_DW, LIMIT, PACKET, PACKET_AT(np_captured)));
	ebpf_insn_jump(kc->kc_code, kc->kc_cut, JUMP_IMM(BPF_JEQ, LIMIT, 0));
	ebpf_key_code_emit(kc, STORE(BPF_DW, FRAME, LIMIT, KEY_CAPTURED));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, OTHER, PACKET, PACKET_AT(np_wire)));
	ebpf_key_code_emit(kc, STORE(BPF_DW, FRAME, OTHER, KEY_WIRE));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, AT, PACKET, PACKET_AT(np_at)));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, VALUE, PACKET, PACKET_AT(np_type)));
	ebpf_key_code_emit(kc, FROM_BE16(VALUE)); /* to network byte order */
}

void
ebpf_key_message_reach(const struct key_code *kc, int offset)
{
	size_t there;

	if (!kc->kc_message)
		return;
	ebpf_key_code_emit(kc, MOV(VALUE, AT));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, VALUE, offset));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, OTHER, FRAME, KEY_CAPTURED));
	there = ebpf_insn_emit(kc->kc_code, JUMP(BPF_JLE, VALUE, OTHER));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, OTHER, FRAME, KEY_WIRE));
	ebpf_key_code_none(kc, JUMP(BPF_JGT, VALUE, OTHER));
	ebpf_insn_jump(kc->kc_code, kc->kc_cut, JUMP_ALWAYS);
	ebpf_insn_land(kc->kc_code, there);
}

/*
 * The verifier wants all bytes initialized, and a size above 0.  It forgets in
 * memory where the size comes from: else each value of AT is another state.
 */
void
ebpf_key_message_load(const struct key_code *kc, int header)
{
	enum {
		SIZE = ARG4
	};
	const int most = header + kc->kc_ports;
	struct ebpf_code *c = kc->kc_code;
	size_t fits;
	int place;

	ebpf_key_code_emit(kc, MOV(VALUE, AT));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, VALUE, header));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, OTHER, FRAME, KEY_WIRE));
	ebpf_key_code_none(kc, JUMP(BPF_JGT, VALUE, OTHER));
	ebpf_key_message_reach(kc, 1);
	for (place = kc->kc_ip; place < kc->kc_ip + most; place += 4)
		ebpf_key_code_emit(
		    kc, STORE_IMM(BPF_W, FRAME, (short)place, 0));
	ebpf_key_code_emit(kc, LOAD(BPF_DW, SIZE, FRAME, KEY_CAPTURED));
	ebpf_key_code_emit(kc, ALU(BPF_SUB, SIZE, AT));
	ebpf_key_code_emit(kc, STORE(BPF_W, FRAME, SIZE, KEY_SIZE_AT));
	ebpf_key_code_emit(kc, LOAD(BPF_W, SIZE, FRAME, KEY_SIZE_AT));
	fits = ebpf_insn_emit(c, JUMP_IMM(BPF_JLE, SIZE, most));
	ebpf_key_code_emit(kc, MOV_IMM(SIZE, most));
	ebpf_insn_land(c, fits);
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JLT, SIZE, 1));
	ebpf_key_code_emit(kc, MOV(ARG1, CTX));
	ebpf_key_code_emit(kc, MOV(ARG2, AT));
	ebpf_key_code_emit(kc, MOV(ARG3, FRAME));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, ARG3, kc->kc_ip));
	ebpf_key_code_emit(kc, CALL(BPF_FUNC_skb_load_bytes));
}
