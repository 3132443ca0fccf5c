/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kernel stores the number of segments of most aggregated buffers
 * (gso_segs).  Virtual network cards and tun devices leave gso_segs at 0 and
 * give only the payload of a segment (gso_size).  For their buffers the program
 * finds the payload and computes
 *
 *	SEGMENTS = (END - OFFSET) / gso_size, rounded up
 *
 *	  tags     IP, extensions   TCP or UDP            payload
 *	|--------|----------------|------------|----------------------------|
 *	START    :                :            :                           END
 *	OFFSET:  1                2            3
 *
 * 1  emit_tags: OFFSET is at the IP header, PROTOCOL is an Ethernet type.
 * 2  emit_ipv4, emit_ipv6: OFFSET is at the TCP or UDP header, PROTOCOL is an
 *    IP protocol, END is the end of the IP packet.
 * 3  emit_transport: OFFSET is at the payload.
 *    emit_divide: SEGMENTS is the quotient.
 *
 * A stage that cannot go on (unknown protocol, too many extensions, a header
 * that is truncated) jumps to `unknown` in emit_divide.  Then some headers
 * count as payload, and END may still be the length of the buffer.  The
 * quotient is rounded down: exact for full segments as long as these headers
 * are shorter than a segment.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <netinet/in.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_segments.h"

/* Registers, besides CTX and SEGMENTS. */
enum {
	/* Survive calls. */
	OFFSET = BPF_REG_7,   /* next header; bytes from START */
	PROTOCOL = BPF_REG_8, /* next header: Ethernet type or IP protocol */
	/* Destroyed by calls. */
	VALUE = BPF_REG_1,     /* last load; emit_divide: payload, quotient */
	EXTENSION = BPF_REG_2, /* emit_extension: length of the header */
	GSO_SIZE = BPF_REG_2,  /* emit_divide: payload of a segment */
	ROUND = BPF_REG_3      /* emit_divide: added before the division */
};

/* Places on the stack, relative to FRAME. */
#define LOADED (-8)
#define END    (-16) /* end of the payload; bytes from START */
#define START  (-24) /* BPF_HDR_START_MAC or BPF_HDR_START_NET */

/*
 * Limits of the search.  The steps are unrolled: a loop with a counter exceeds
 * the verifier's limit of 8192 jumps if the caller has CAP_BPF without
 * CAP_PERFMON (measured on Linux 6.18).
 */
#define TAGS_MAX       4
#define EXTENSIONS_MAX 6

#define TAG_SIZE	4
#define IPV6_SIZE	40
#define FRAGMENT_SIZE	8
#define UDP_SIZE	8
#define TCP_DATA_OFFSET 12

/*
 * Loads `size` bytes (1 or 2) at OFFSET + `at` to VALUE, in host byte order.
 * Jumps to `unknown` if the packet is shorter.
 */
static void
emit_load(struct ebpf_code *c, int at, int size, struct ebpf_jumps *unknown)
{
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, MOV(ARG2, OFFSET));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG2, at));
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, LOADED));
	ebpf_insn_emit(c, MOV_IMM(ARG4, size));
	ebpf_insn_emit(c, LOAD(BPF_DW, ARG5, FRAME, START));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes_relative));
	ebpf_insn_jump(c, unknown, JUMP_IMM(BPF_JNE, RESULT, 0));
	if (size == 1) {
		ebpf_insn_emit(c, LOAD(BPF_B, VALUE, FRAME, LOADED));
	} else {
		ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED));
		ebpf_insn_emit(c, FROM_BE16(VALUE));
	}
}

/* Sets START, which OFFSET and END count from, and OFFSET. */
static void
emit_start(struct ebpf_code *c, int start, int offset)
{
	ebpf_insn_emit(c, MOV_IMM(VALUE, start));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, START));
	ebpf_insn_emit(c, MOV_IMM(OFFSET, offset));
}

/* Jumps to `other` unless PROTOCOL is a VLAN tag. */
static void
emit_unless_tag(struct ebpf_code *c, struct ebpf_jumps *other)
{
	size_t tag;

	tag = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, PROTOCOL, ETH_P_8021Q));
	ebpf_insn_jump(c, other, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_8021AD));
	ebpf_insn_land(c, tag);
}

/*
 * Sets OFFSET and PROTOCOL to the header behind the VLAN tags.  The outermost
 * tag is seldom in the packet: the kernel keeps it as metadata, and
 * skb->protocol is the type behind it.  If that is another tag, the network
 * header may be that tag or the header behind the last one, so the search
 * starts behind the Ethernet header.
 */
static void
emit_tags(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	struct ebpf_jumps other = { .ej_n = 0 };
	int i;

	ebpf_insn_emit(c, LOAD(BPF_W, PROTOCOL, CTX, SKB(protocol)));
	ebpf_insn_emit(c, FROM_BE16(PROTOCOL));
	emit_start(c, BPF_HDR_START_NET, 0);
	emit_unless_tag(c, &other);
	emit_start(c, BPF_HDR_START_MAC, ETH_HLEN);
	for (i = 0; i < TAGS_MAX; i++) {
		emit_unless_tag(c, &other);
		emit_load(c, 2, 2, unknown);
		ebpf_insn_emit(c, MOV(PROTOCOL, VALUE));
		ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, TAG_SIZE));
	}
	ebpf_insn_land_jumps(c, &other);
}

/*
 * Sets END to OFFSET + `header` + VALUE, the length field of the IP header.
 * Jumps to `unknown` if the field is 0: the packet is longer than 16 bits can
 * express, or the length is not computed yet.
 */
static void
emit_end(struct ebpf_code *c, int header, struct ebpf_jumps *unknown)
{
	ebpf_insn_jump(c, unknown, JUMP_IMM(BPF_JEQ, VALUE, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, header));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, OFFSET));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, END));
}

/* Sets END, and OFFSET and PROTOCOL to the header behind IPv4. */
static void
emit_ipv4(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	emit_load(c, 2, 2, unknown);
	emit_end(c, 0, unknown);
	emit_load(c, 9, 1, unknown);
	ebpf_insn_emit(c, MOV(PROTOCOL, VALUE));
	emit_load(c, 0, 1, unknown);
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, VALUE, 0xf));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, VALUE, 2));
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, VALUE));
}

/* Moves OFFSET and PROTOCOL behind the extension header of type PROTOCOL. */
static void
emit_extension(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	size_t other;

	emit_load(c, 0, 2, unknown);
	/* Second byte: length in units of 8 bytes, without the first unit. */
	ebpf_insn_emit(c, MOV(EXTENSION, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, EXTENSION, 0xff));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, EXTENSION, 1));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, EXTENSION, 3));
	/* A fragment header has no length field. */
	other =
	    ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, PROTOCOL, IPPROTO_FRAGMENT));
	ebpf_insn_emit(c, MOV_IMM(EXTENSION, FRAGMENT_SIZE));
	ebpf_insn_land(c, other);
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, EXTENSION));
	ebpf_insn_emit(c, MOV(PROTOCOL, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, PROTOCOL, 8));
}

/* Jumps to `other` unless PROTOCOL is an extension header. */
static void
emit_unless_extension(struct ebpf_code *c, struct ebpf_jumps *other)
{
	static const int types[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING,
		IPPROTO_DSTOPTS, IPPROTO_FRAGMENT };
	struct ebpf_jumps extension = { .ej_n = 0 };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ebpf_insn_jump(
		    c, &extension, JUMP_IMM(BPF_JEQ, PROTOCOL, types[i]));
	ebpf_insn_jump(c, other, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &extension);
}

/* Sets END, and OFFSET and PROTOCOL to the header behind all extensions. */
static void
emit_ipv6(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	struct ebpf_jumps other = { .ej_n = 0 };
	int i;

	emit_load(c, 4, 2, unknown);
	emit_end(c, IPV6_SIZE, unknown);
	emit_load(c, 6, 1, unknown);
	ebpf_insn_emit(c, MOV(PROTOCOL, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, IPV6_SIZE));
	for (i = 0; i < EXTENSIONS_MAX; i++) {
		emit_unless_extension(c, &other);
		emit_extension(c, unknown);
	}
	ebpf_insn_land_jumps(c, &other);
}

/* Moves OFFSET behind the TCP or UDP header. */
static void
emit_transport(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	size_t tcp, udp;

	tcp = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, PROTOCOL, IPPROTO_TCP));
	ebpf_insn_jump(c, unknown, JUMP_IMM(BPF_JNE, PROTOCOL, IPPROTO_UDP));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, UDP_SIZE));
	udp = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, tcp);
	emit_load(c, TCP_DATA_OFFSET, 1, unknown);
	/* Upper four bits: length in units of 4 bytes. */
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, VALUE, 4));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, VALUE, 2));
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, VALUE));
	ebpf_insn_land(c, udp);
}

/*
 * Sets SEGMENTS to (END - OFFSET) / gso_size, at least 1: rounded up, or
 * rounded down for the jumps of `unknown`.
 */
static void
emit_divide(struct ebpf_code *c, const struct ebpf_jumps *unknown)
{
	size_t exact, empty, some;

	ebpf_insn_emit(c, LOAD(BPF_W, ROUND, CTX, SKB(gso_size)));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, ROUND, 1));
	exact = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, unknown);
	ebpf_insn_emit(c, MOV_IMM(ROUND, 0));
	ebpf_insn_land(c, exact);
	ebpf_insn_emit(c, LOAD(BPF_DW, VALUE, FRAME, END));
	empty = ebpf_insn_emit(c, JUMP(BPF_JLE, VALUE, OFFSET));
	ebpf_insn_emit(c, ALU(BPF_SUB, VALUE, OFFSET));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, ROUND));
	ebpf_insn_emit(c, LOAD(BPF_W, GSO_SIZE, CTX, SKB(gso_size)));
	ebpf_insn_emit(c, ALU(BPF_DIV, VALUE, GSO_SIZE));
	ebpf_insn_emit(c, MOV(SEGMENTS, VALUE));
	some = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, SEGMENTS, 0));
	ebpf_insn_land(c, empty);
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	ebpf_insn_land(c, some);
}

/* Sets SEGMENTS from the headers; END starts as the length of the buffer. */
static void
emit_search(struct ebpf_code *c)
{
	struct ebpf_jumps unknown = { .ej_n = 0 };
	size_t v4, v6;

	ebpf_insn_emit(c, LOAD(BPF_W, VALUE, CTX, SKB(len)));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, END));
	emit_tags(c, &unknown);
	v6 = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, PROTOCOL, ETH_P_IPV6));
	ebpf_insn_jump(c, &unknown, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_IP));
	emit_ipv4(c, &unknown);
	v4 = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, v6);
	emit_ipv6(c, &unknown);
	ebpf_insn_land(c, v4);
	emit_transport(c, &unknown);
	emit_divide(c, &unknown);
}

void
ebpf_segments(struct ebpf_code *c)
{
	size_t known, single;

	ebpf_insn_emit(c, LOAD(BPF_W, SEGMENTS, CTX, SKB(gso_segs)));
	known = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, SEGMENTS, 0));
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	ebpf_insn_emit(c, LOAD(BPF_W, VALUE, CTX, SKB(gso_size)));
	single = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, 0));
	emit_search(c);
	ebpf_insn_land(c, single);
	ebpf_insn_land(c, known);
}
