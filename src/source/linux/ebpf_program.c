/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <errno.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_segments.h"
#include "source/linux/ebpf_silence.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/ebpf_window.h"
#include "source/linux/linktype.h"
#include "source/linux/slots.h"

/* Further registers of emit_count. */
enum {
	TOTAL = BPF_REG_3, /* count, with this packet */
	NEVER = BPF_REG_2, /* UINT64_MAX */
	LIMIT = BPF_REG_8, /* threshold; replaces BYTES */
	RECORD = BPF_REG_8 /* struct slot_record; replaces LIMIT */
};

#define PACKETS_COUNTER ((short)offsetof(struct slot_memory, sm_packets))
#define BYTES_COUNTER	((short)offsetof(struct slot_memory, sm_bytes))
#define SEEN		((short)offsetof(struct slot_counter, sn_seen))
#define THRESHOLD	((short)offsetof(struct slot_counter, sn_threshold))

#define RECORD_AT(m) ((short)offsetof(struct slot_record, m))

#define VLAN_TAG 4

/* Sets BYTES to the length on the wire, with a VLAN tag in metadata. */
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
 * Writes a record to the ring and wakes the daemon.  A full ring: restores the
 * threshold LIMIT, so that the next packet tries again; a threshold that the
 * daemon has set since stays.  The record is not on the stack: without
 * CAP_PERFMON the verifier has the processor wait behind each store there.
 */
static void
emit_record(struct ebpf_code *c, const struct ebpf_counted *ec, short threshold)
{
	size_t room, restored;

	ebpf_insn_emit_map(c, ARG1, slots_ring(ec->ec_slots));
	ebpf_insn_emit(c, MOV_IMM(ARG2, sizeof(struct slot_record)));
	ebpf_insn_emit(c, MOV_IMM(ARG3, 0));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_reserve));
	room = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, RESULT, 0));
	ebpf_insn_emit(c, MOV_IMM(RESULT, -1));
	ebpf_insn_emit(c, ATOMIC(SLOT, LIMIT, threshold, BPF_CMPXCHG));
	restored = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, room);
	ebpf_insn_emit(c, MOV(RECORD, RESULT));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
	ebpf_insn_emit(c, STORE(BPF_DW, RECORD, RESULT, RECORD_AT(sr_time)));
	ebpf_insn_emit(c, MOV_IMM(RESULT, (int)ec->ec_unit));
	ebpf_insn_emit(c, STORE(BPF_DW, RECORD, RESULT, RECORD_AT(sr_unit)));
	ebpf_insn_emit(c, MOV(ARG1, RECORD));
	ebpf_insn_emit(c, MOV_IMM(ARG2, BPF_RB_FORCE_WAKEUP));
	ebpf_insn_emit(c, CALL(BPF_FUNC_ringbuf_submit));
	ebpf_insn_land(c, restored);
}

/*
 * Adds the register `amount`, SEGMENTS or BYTES, to the counter at this offset
 * of SLOT.  The packet that reaches the threshold clears the threshold and
 * writes a record.  Expects and keeps SLOT.
 */
static void
emit_count(struct ebpf_code *c, const struct ebpf_counted *ec,
    enum ebpf_register amount, short counter)
{
	const short seen = (short)(counter + SEEN);
	const short threshold = (short)(counter + THRESHOLD);
	size_t below, lost;

	/* BPF_FETCH gives the count before the addition. */
	ebpf_insn_emit(c, MOV(TOTAL, (__u8)(amount & 0xf)));
	ebpf_insn_emit(c, ATOMIC(SLOT, TOTAL, seen, BPF_ADD | BPF_FETCH));
	ebpf_insn_emit(c, ALU(BPF_ADD, TOTAL, (__u8)(amount & 0xf)));

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
	emit_record(c, ec, threshold);
	ebpf_insn_land(c, lost);
	ebpf_insn_land(c, below);
}

/* Counts the packet in the slot.  Time and silence come before the count. */
static void
emit_slot(struct ebpf_code *c, const struct ebpf_counted *ec)
{
	ebpf_insn_emit_value(c, SLOT, slots_array(ec->ec_slots),
	    ec->ec_unit * sizeof(struct slot_memory));
	if (ec->ec_time)
		ebpf_silence(c);
	emit_count(c, ec, SEGMENTS, PACKETS_COUNTER);
}

/* Implements ebpf_translate_accept. */
static void
count_packet(struct ebpf_code *c, const void *arg)
{
	const struct ebpf_counted *ec = arg;

	emit_slot(c, ec);
	if (!ec->ec_bytes)
		return;
	emit_length(c);
	emit_count(c, ec, BYTES, BYTES_COUNTER);
}

static void
emit_end(struct ebpf_code *c)
{
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
}

/*
 * Ends the program for packets of the other direction, and for leaving packets
 * on loopback, which count on arrival.
 */
static void
emit_direction(struct ebpf_code *c, enum direction direction)
{
	enum {
		TYPE = BPF_REG_1,
		INDEX = BPF_REG_1
	};
	size_t other, elsewhere;

	ebpf_insn_emit(c, LOAD(BPF_W, TYPE, CTX, SKB(pkt_type)));
	other = ebpf_insn_emit(c,
	    JUMP_IMM(direction == DIRECTION_OUT ? BPF_JEQ : BPF_JNE, TYPE,
		PACKET_OUTGOING));
	if (direction != DIRECTION_INOUT) {
		emit_end(c);
	} else {
		ebpf_insn_emit(c, LOAD(BPF_W, INDEX, CTX, SKB(ifindex)));
		elsewhere = ebpf_insn_emit(
		    c, JUMP_IMM(BPF_JNE, INDEX, LOOPBACK_IFINDEX));
		emit_end(c);
		ebpf_insn_land(c, elsewhere);
	}
	ebpf_insn_land(c, other);
}

/* Passes the packet to an entry of the PROG_ARRAY, if that is not empty. */
static void
emit_call(struct ebpf_code *c, int array_fd, int entry)
{
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit_map(c, ARG2, array_fd);
	ebpf_insn_emit(c, MOV_IMM(ARG3, entry));
	ebpf_insn_emit(c, CALL(BPF_FUNC_tail_call));
}

int
ebpf_program(struct ebpf_code *c, const struct ebpf_counted *list, size_t n,
    int link, enum direction direction, int array_fd, int next)
{
	struct ebpf_window w = ebpf_window(link);
	const struct ebpf_counted *ec;

	for (ec = list; ec < list + n; ec++)
		ebpf_window_add(&w, ec->ec_insns, ec->ec_len);
	ebpf_window_complete(&w);
	ebpf_insn_clear(c);
	ebpf_insn_emit(c, MOV(CTX, ARG1));
	emit_direction(c, direction);
	ebpf_segments(c);
	if (w.w_size != 0)
		ebpf_window_fill(c, &w);
	for (ec = list; ec < list + n; ec++) {
		if (ec->ec_len == 0)
			count_packet(c, ec);
		else if (ebpf_translate(c, ec->ec_insns, ec->ec_len, &w,
			     count_packet, ec) == -1)
			return -1;
	}
	if (next != -1)
		emit_call(c, array_fd, next);
	emit_end(c);
	if (c->ec_len <= EBPF_MAX)
		return 0;
	errno = E2BIG;
	return -1;
}

void
ebpf_program_nflog(struct ebpf_code *c, const struct ebpf_counted *ec)
{
	ebpf_insn_clear(c);
	ebpf_insn_emit(c, MOV(CTX, ARG1));
	if (ec->ec_bytes)
		ebpf_nflog(c, false);
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	emit_slot(c, ec);
	if (ec->ec_bytes) {
		ebpf_insn_emit(c, LOAD(BPF_DW, BYTES, FRAME, STACK_BYTES));
		emit_count(c, ec, BYTES, BYTES_COUNTER);
	}
	emit_end(c);
}

void
ebpf_program_stub(struct ebpf_code *c, int array_fd, int entry)
{
	ebpf_insn_clear(c);
	/* ARG1 is the packet: no register needs to be saved. */
	ebpf_insn_emit_map(c, ARG2, array_fd);
	ebpf_insn_emit(c, MOV_IMM(ARG3, entry));
	ebpf_insn_emit(c, CALL(BPF_FUNC_tail_call));
	emit_end(c);
}

/* Implements ebpf_translate_accept. */
static void
count_nothing(struct ebpf_code *c, const void *arg)
{
	(void)c;
	(void)arg;
}

int
ebpf_program_try(const struct sock_filter *insns, size_t n, int link)
{
	struct ebpf_window w = ebpf_window(link);

	ebpf_window_add(&w, insns, n);
	ebpf_window_complete(&w);
	return ebpf_translate(
	    ebpf_insn_begin(), insns, n, &w, count_nothing, NULL);
}
