/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include "source/linux/ebpf_count.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/slots.h"

/* Further registers. */
enum {
	TOTAL = BPF_REG_3, /* count, with this packet */
	NEVER = BPF_REG_2, /* UINT64_MAX */
	LIMIT = BPF_REG_8, /* threshold; replaces BYTES */
	RECORD = BPF_REG_8 /* struct slot_record; replaces LIMIT */
};

#define SEEN	  ((short)offsetof(struct slot_counter, sn_seen))
#define THRESHOLD ((short)offsetof(struct slot_counter, sn_threshold))

#define RECORD_AT(m) ((short)offsetof(struct slot_record, m))

/*
 * Takes room for a record in the ring; goes on behind if there is none.  The
 * record is not on the stack: without CAP_PERFMON the verifier has the
 * processor wait behind each store there.
 */
static size_t
emit_reserve(struct ebpf_code *c, const struct slots *slots)
{
	ebpf_insn_emit_map(c, ARG1, slots_ring(slots));
	ebpf_insn_emit(c, MOV_IMM(ARG2, sizeof(struct slot_record)));
	ebpf_insn_emit(c, MOV_IMM(ARG3, 0));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_reserve));
	return ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, RESULT, 0));
}

/* Writes the record at RESULT, and wakes the daemon. */
static void
emit_submit(struct ebpf_code *c, size_t unit)
{
	ebpf_insn_emit(c, MOV(RECORD, RESULT));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	ebpf_insn_emit(c, STORE(BPF_DW, RECORD, RESULT, RECORD_AT(sr_time)));
	ebpf_insn_emit(c, MOV_IMM(RESULT, (int)unit));
	ebpf_insn_emit(c, STORE(BPF_DW, RECORD, RESULT, RECORD_AT(sr_unit)));
	ebpf_insn_emit(c, MOV(ARG1, RECORD));
	ebpf_insn_emit(c, MOV_IMM(ARG2, BPF_RB_FORCE_WAKEUP));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_submit));
}

/*
 * Writes a record.  A full ring: restores the threshold LIMIT, so that the next
 * packet tries again; a threshold that the daemon has set since stays.
 */
static void
emit_record(struct ebpf_code *c, const struct slots *slots, size_t unit,
    short threshold)
{
	const size_t room = emit_reserve(c, slots);
	size_t restored;

	ebpf_insn_emit(c, MOV_IMM(RESULT, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, LIMIT, threshold, BPF_CMPXCHG));
	restored = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, room);
	emit_submit(c, unit);
	ebpf_insn_land(c, restored);
}

void
ebpf_count_wake(struct ebpf_code *c, const struct slots *slots, size_t unit)
{
	const size_t room = emit_reserve(c, slots);
	const size_t none = ebpf_insn_emit(c, JUMP_ALWAYS);

	ebpf_insn_land(c, room);
	emit_submit(c, unit);
	ebpf_insn_land(c, none);
}

void
ebpf_count_slot(struct ebpf_code *c, const struct slots *slots, size_t unit)
{
	ebpf_insn_emit_value(
	    c, SLOT, slots_array(slots), unit * sizeof(struct slot_memory));
}

void
ebpf_count(struct ebpf_code *c, const struct slots *slots, size_t unit,
    __u8 amount, short counter)
{
	const short seen = (short)(counter + SEEN);
	const short threshold = (short)(counter + THRESHOLD);
	size_t below, lost;

	/* BPF_FETCH gives the count before the addition. */
	ebpf_insn_emit(c, MOV(TOTAL, amount));
	ebpf_insn_emit(c, ATOMIC(SLOT, TOTAL, seen, BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, ALU(BPF_ADD, TOTAL, amount));

	/*
	 * The CPU that wins the exchange wakes the daemon, and no other does.
	 * BPF_CMPXCHG compares with RESULT and returns the old value there.
	 */
	ebpf_insn_emit(c, LOAD(BPF_DW, LIMIT, SLOT, threshold));
	below = ebpf_insn_emit(c, JUMP(BPF_JLT, TOTAL, LIMIT));
	ebpf_insn_emit(c, MOV(RESULT, LIMIT));
	ebpf_insn_emit(c, MOV_IMM(NEVER, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, NEVER, threshold, BPF_CMPXCHG));
	lost = ebpf_insn_emit(c, JUMP(BPF_JNE, RESULT, LIMIT));
	emit_record(c, slots, unit, threshold);
	ebpf_insn_land(c, lost);
	ebpf_insn_land(c, below);
}
