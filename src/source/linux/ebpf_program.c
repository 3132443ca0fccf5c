/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_segments.h"
#include "source/linux/ebpf_silence.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/slots.h"

/* Registers of emit_count, besides SLOT. */
enum {
	TOTAL = BPF_REG_3, /* count, with this packet */
	LIMIT = BPF_REG_6, /* threshold; replaces CTX */
	NEVER = BPF_REG_2, /* UINT64_MAX */
};

#define PACKETS_COUNTER ((short)offsetof(struct slot_memory, sm_packets))
#define BYTES_COUNTER	((short)offsetof(struct slot_memory, sm_bytes))
#define SEEN		((short)offsetof(struct slot_counter, sn_seen))
#define THRESHOLD	((short)offsetof(struct slot_counter, sn_threshold))

/* Place of the record on the stack, relative to FRAME. */
#define RECORD	     (-16)
#define RECORD_AT(m) ((short)(RECORD + (int)offsetof(struct slot_record, m)))

#define VLAN_TAG 4

/* Sets BYTES to the length on the wire, with a VLAN tag that is metadata. */
static void
emit_length(struct ebpf_code *c)
{
	enum {
		TAGGED = BPF_REG_1
	};
	size_t untagged;

	ebpf_insn_emit(c, LOAD(BPF_W, BYTES, CTX, SKB(len)));
	ebpf_insn_emit(c, LOAD(BPF_W, TAGGED, CTX, SKB(vlan_present)));
	untagged = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, TAGGED, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, BYTES, VLAN_TAG));
	ebpf_insn_land(c, untagged);
}

/*
 * Adds the register `amount` to the counter at this offset of SLOT.  The
 * packet that reaches the threshold clears it and writes a record.  Expects
 * SLOT; keeps SLOT, BYTES and SEGMENTS.
 */
static void
emit_count(struct ebpf_code *c, int amount, short counter,
    const struct slots *slots, size_t unit)
{
	const short seen = (short)(counter + SEEN);
	const short threshold = (short)(counter + THRESHOLD);
	size_t below, lost, written;

	/* BPF_FETCH gives the count before the addition. */
	ebpf_insn_emit(c, MOV(TOTAL, (__u8)(amount & 0xf)));
	ebpf_insn_emit(c, ATOMIC(SLOT, TOTAL, seen, BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, ALU(BPF_ADD, TOTAL, (__u8)(amount & 0xf)));

	/*
	 * Only the CPU that wins the exchange wakes the daemon.  BPF_CMPXCHG
	 * compares with RESULT and returns the old value there.
	 */
	ebpf_insn_emit(c, LOAD(BPF_DW, LIMIT, SLOT, threshold));
	below = ebpf_insn_emit(c, JUMP(BPF_JLT, TOTAL, LIMIT));
	ebpf_insn_emit(c, MOV(RESULT, LIMIT));
	ebpf_insn_emit(c, MOV_IMM(NEVER, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, NEVER, threshold, BPF_CMPXCHG));
	lost = ebpf_insn_emit(c, JUMP(BPF_JNE, RESULT, LIMIT));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, RESULT, RECORD_AT(sr_time)));
	ebpf_insn_emit(c, MOV_IMM(RESULT, (int)unit));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, RESULT, RECORD_AT(sr_unit)));
	ebpf_insn_emit_map(c, ARG1, slots_ring(slots));
	ebpf_insn_emit(c, MOV(ARG2, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, RECORD));
	ebpf_insn_emit(c, MOV_IMM(ARG3, sizeof(struct slot_record)));
	ebpf_insn_emit(c, MOV_IMM(ARG4, BPF_RB_FORCE_WAKEUP));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_output));

	/*
	 * The ring was full: restores the threshold, so that the next packet
	 * tries again.  A threshold that the daemon has set since stays.
	 */
	written = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_insn_emit(c, MOV_IMM(RESULT, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, LIMIT, threshold, BPF_CMPXCHG));
	ebpf_insn_land(c, written);
	ebpf_insn_land(c, lost);
	ebpf_insn_land(c, below);
}

int
ebpf_program(struct ebpf_code *c, const struct sock_filter *filter, size_t n,
    const struct ebpf_what *what, const struct slots *slots, size_t unit)
{
	c->ec_len = 0;
	ebpf_insn_emit(c, MOV(CTX, ARG1));
	if (n != 0 && ebpf_translate(c, filter, n) == -1)
		return -1;
	if (what->ew_bytes == EBPF_BYTES_NFLOG) {
		ebpf_nflog(c);
		ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	} else {
		ebpf_segments(c);
	}
	if (what->ew_bytes == EBPF_BYTES_PACKET)
		emit_length(c);
	ebpf_insn_emit_value(
	    c, SLOT, slots_array(slots), unit * sizeof(struct slot_memory));
	/* Time and silence are stored before the count shows the packet. */
	if (what->ew_time)
		ebpf_silence(c);
	emit_count(c, SEGMENTS, PACKETS_COUNTER, slots, unit);
	if (what->ew_bytes != EBPF_NO_BYTES)
		emit_count(c, BYTES, BYTES_COUNTER, slots, unit);

	/* Rejects the packet: the socket stays empty. */
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
	return 0;
}
