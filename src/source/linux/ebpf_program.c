/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <errno.h>

#include "source/linux/ebpf_count.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/ebpf_nflog.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/ebpf_segments.h"
#include "source/linux/ebpf_silence.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/ebpf_window.h"
#include "source/linux/linktype.h"
#include "source/linux/slots.h"

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

/* Counts the packet in the slot.  Time and silence come before the count. */
static void
emit_slot(struct ebpf_code *c, const struct ebpf_counted *ec)
{
	ebpf_count_slot(c, ec->ec_slots, ec->ec_unit);
	if (ec->ec_time)
		ebpf_silence(c);
	ebpf_count(c, ec->ec_slots, ec->ec_unit, SEGMENTS, EBPF_COUNT_PACKETS);
}

/* Counts the packet in the tables.  Expects and keeps BYTES. */
static void
emit_tables(struct ebpf_code *c, const struct ebpf_counted *ec)
{
	size_t i;

	for (i = 0; i < ec->ec_ntables; i++) {
		ebpf_insn_emit(c, MOV(ARG1, CTX));
		ebpf_insn_emit(c, MOV(ARG2, SEGMENTS));
		ebpf_insn_emit(c, MOV(ARG3, BYTES));
		ebpf_insn_emit(c, MOV(ARG4, FRAME));
		ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG4, STACK_PACKET));
		ebpf_insn_call(c, ec->ec_tables[i]);
	}
}

/* Implements ebpf_translate_accept. */
static void
count_packet(struct ebpf_code *c, const void *arg)
{
	const struct ebpf_counted *ec = arg;

	emit_slot(c, ec);
	if (ec->ec_bytes) {
		emit_length(c);
		ebpf_count(
		    c, ec->ec_slots, ec->ec_unit, BYTES, EBPF_COUNT_BYTES);
	}
	if (ec->ec_ntables > 0) {
		emit_length(c);
		emit_tables(c, ec);
	}
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

/* Appends the code of the filters' tables, each of which is in one filter. */
static void
emit_subs(
    struct ebpf_code *c, const struct ebpf_counted *list, size_t n, int link)
{
	const struct ebpf_counted *ec;
	size_t i;

	for (ec = list; ec < list + n; ec++)
		for (i = 0; i < ec->ec_ntables; i++) {
			ebpf_insn_sub(c, ec->ec_tables[i]);
			ebpf_keyed(c, ec->ec_tables[i], link);
		}
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
	emit_subs(c, list, n, link);
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
	if (ec->ec_bytes || ec->ec_ntables > 0)
		ebpf_nflog(c, ec->ec_ntables > 0);
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	emit_slot(c, ec);
	if (ec->ec_bytes) {
		ebpf_insn_emit(c, LOAD(BPF_DW, BYTES, FRAME, STACK_BYTES));
		ebpf_count(
		    c, ec->ec_slots, ec->ec_unit, BYTES, EBPF_COUNT_BYTES);
	}
	if (ec->ec_ntables > 0) {
		ebpf_insn_emit(c, LOAD(BPF_DW, BYTES, FRAME, STACK_BYTES));
		emit_tables(c, ec);
	}
	emit_end(c);
	emit_subs(c, ec, 1, EBPF_KEY_NFLOG);
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
