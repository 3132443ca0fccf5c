/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The payload of a message is the beginning of the packet: EBPF_NFLOG_RANGE
 * bytes, or fewer if the firewall's rule has a snaplen.  A payload shorter than
 * both limits is the whole packet.
 *
 * At the hooks of the IPv4 and IPv6 families the kernel has already checked the
 * length in the IP header against the packet, so the header gives the length of
 * a packet that is longer than its payload, even if the rule truncates it.
 * At other hooks the header is unchecked, and used only if the payload has the
 * full EBPF_NFLOG_RANGE bytes.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"

/* Registers, by stage: emit_payload, emit_hook, emit_ip. */
enum {
	/* Survive calls. */
	OFFSET = BPF_REG_7,   /* current attribute; payload; IP header */
	PROTOCOL = BPF_REG_9, /* from emit_hook on: Ethernet type */
	/* Destroyed by calls. */
	VALUE = BPF_REG_1,   /* last load; emit_ip: length of the packet */
	TRUSTED = BPF_REG_3, /* emit_hook: the kernel has checked the header */
	TYPE = BPF_REG_2,    /* emit_payload: type of the attribute */
	IP_VERSION = BPF_REG_2, /* emit_ip: of IP */
	SKIPPED = BPF_REG_2	/* emit_ip: AHEAD, once the version is known */
};

/* Places on the stack, relative to FRAME. */
#define LOADED (-16)
#define AHEAD  (-24) /* bytes of the payload in front of the IP header */

/* NF_NETDEV_EGRESS; missing in older headers. */
#define NETDEV_EGRESS 1

/*
 * Limit of the search; the kernel writes about 20 attributes, each once.  The
 * steps are unrolled, see ebpf_segments.c.
 */
#define ATTRIBUTES_MAX 32

/* Beginning of a message; the kernel writes the packet header attribute first.
 */
struct head {
	struct nlmsghdr h_netlink;
	struct nfgenmsg h_netfilter;
	struct nlattr h_attribute;
	struct nfulnl_msg_packet_hdr h_packet;
};

#define HEAD(member) ((int)offsetof(struct head, member))
/* Part of the head that is loaded, and the place of a member on the stack. */
#define HEAD_FIRST	HEAD(h_netfilter)
#define HEAD_SIZE	((int)sizeof(struct head) - HEAD_FIRST)
#define HEAD_AT(member) ((short)(LOADED + HEAD(member) - HEAD_FIRST))

/* Size of an attribute's head, and the place of its members on the stack. */
#define ATTRIBUTE_HEAD	((int)sizeof(struct nlattr))
#define ATTRIBUTE_ALIGN 4
#define ATTRIBUTE_AT(member) \
	((short)(LOADED + (int)offsetof(struct nlattr, member)))

#define PACKET_AT(member) \
	((short)(STACK_PACKET + (int)offsetof(struct nflog_packet, member)))

/* Bytes of an IP header up to its length, and offsets of the length in it. */
#define IP_SIZE	    6
#define IP_V4_LEN   2
#define IP_V6_LEN   4
#define IPV6_HEADER 40

/*
 * Loads `size` bytes to LOADED.  The instruction `offset` sets ARG2 to their
 * offset in the message.  Jumps to `missing` if the message is shorter.
 */
static void
emit_load(struct ebpf_code *c, struct bpf_insn offset, int size,
    struct ebpf_jumps *missing)
{
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, offset);
	ebpf_insn_emit(c, MOV(ARG3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG3, LOADED));
	ebpf_insn_emit(c, MOV_IMM(ARG4, size));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
	ebpf_insn_jump(c, missing, JUMP_IMM(BPF_JNE, RESULT, 0));
}

/*
 * Searches the payload: sets OFFSET to its offset and BYTES to its length.
 * Jumps to `done` without payload.
 */
static void
emit_payload(struct ebpf_code *c, struct ebpf_jumps *done)
{
	struct ebpf_jumps found = { .ej_n = 0 };
	int i;

	ebpf_insn_emit(c, MOV_IMM(BYTES, 0));
	ebpf_insn_emit(c, MOV_IMM(OFFSET, HEAD(h_attribute)));
	for (i = 0; i < ATTRIBUTES_MAX; i++) {
		emit_load(c, MOV(ARG2, OFFSET), ATTRIBUTE_HEAD, done);
		ebpf_insn_emit(
		    c, LOAD(BPF_H, VALUE, FRAME, ATTRIBUTE_AT(nla_len)));
		ebpf_insn_emit(
		    c, LOAD(BPF_H, TYPE, FRAME, ATTRIBUTE_AT(nla_type)));
		ebpf_insn_jump(
		    c, &found, JUMP_IMM(BPF_JEQ, TYPE, NFULA_PAYLOAD));
		ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, ATTRIBUTE_ALIGN - 1));
		ebpf_insn_emit(
		    c, ALU_IMM(BPF_AND, VALUE, ~(ATTRIBUTE_ALIGN - 1)));
		ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, VALUE));
	}
	ebpf_insn_jump(c, done, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &found);
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JLT, VALUE, ATTRIBUTE_HEAD));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, ATTRIBUTE_HEAD));
	ebpf_insn_emit(c, MOV(BYTES, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, BYTES, ATTRIBUTE_HEAD));
}

/* Stores what is known of the packet so far; keeps TRUSTED. */
static void
emit_packet(struct ebpf_code *c)
{
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, OFFSET, PACKET_AT(np_at)));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, PROTOCOL, PACKET_AT(np_type)));
	ebpf_insn_emit(c, MOV(VALUE, OFFSET));
	ebpf_insn_emit(c, LOAD(BPF_DW, SKIPPED, FRAME, AHEAD));
	ebpf_insn_emit(c, ALU(BPF_SUB, VALUE, SKIPPED));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, BYTES));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, PACKET_AT(np_captured)));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, PACKET_AT(np_wire)));
}

/*
 * Sets PROTOCOL, AHEAD, and OFFSET to the possible IP header.  Jumps to `done`
 * if the payload is the whole packet.
 */
static void
emit_hook(struct ebpf_code *c, bool packet, struct ebpf_jumps *done)
{
	size_t v4, v6, other, ingress, trusted;

	emit_load(c, MOV_IMM(ARG2, HEAD_FIRST), HEAD_SIZE, done);
	ebpf_insn_emit(
	    c, LOAD(BPF_H, PROTOCOL, FRAME, HEAD_AT(h_packet.hw_protocol)));
	ebpf_insn_emit(c, FROM_BE16(PROTOCOL));
	ebpf_insn_emit(c, MOV_IMM(VALUE, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, AHEAD));
	ebpf_insn_emit(
	    c, LOAD(BPF_B, VALUE, FRAME, HEAD_AT(h_netfilter.nfgen_family)));
	ebpf_insn_emit(c, MOV_IMM(TRUSTED, 1));
	v4 = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, NFPROTO_IPV4));
	v6 = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, NFPROTO_IPV6));
	ebpf_insn_emit(c, MOV_IMM(TRUSTED, 0));
	/* At the egress hook of a device the payload has an Ethernet header. */
	other = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, VALUE, NFPROTO_NETDEV));
	ebpf_insn_emit(c, LOAD(BPF_B, VALUE, FRAME, HEAD_AT(h_packet.hook)));
	ingress = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, VALUE, NETDEV_EGRESS));
	ebpf_insn_emit(c, MOV_IMM(VALUE, ETH_HLEN));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, AHEAD));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, ETH_HLEN));
	ebpf_insn_land(c, v4);
	ebpf_insn_land(c, v6);
	ebpf_insn_land(c, other);
	ebpf_insn_land(c, ingress);
	if (packet)
		emit_packet(c);
	trusted = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, TRUSTED, 0));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JLT, BYTES, EBPF_NFLOG_RANGE));
	ebpf_insn_land(c, trusted);
}

/* Sets VALUE to the packet's length by its IP header, AHEAD included. */
static void
emit_ip(struct ebpf_code *c, struct ebpf_jumps *done)
{
	size_t v6, both;

	emit_load(c, MOV(ARG2, OFFSET), IP_SIZE, done);
	ebpf_insn_emit(c, LOAD(BPF_B, IP_VERSION, FRAME, LOADED));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, IP_VERSION, 4));
	v6 = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_IP));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, IP_VERSION, 4));
	ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED + IP_V4_LEN));
	ebpf_insn_emit(c, FROM_BE16(VALUE));
	both = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, v6);
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_IPV6));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, IP_VERSION, 6));
	ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED + IP_V6_LEN));
	ebpf_insn_emit(c, FROM_BE16(VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, IPV6_HEADER));
	ebpf_insn_land(c, both);
	ebpf_insn_emit(c, LOAD(BPF_DW, SKIPPED, FRAME, AHEAD));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, SKIPPED));
}

/* Sets BYTES to VALUE, and moves the end of the packet. */
static void
emit_longer(struct ebpf_code *c, bool packet)
{
	if (packet) {
		ebpf_insn_emit(
		    c, LOAD(BPF_DW, SKIPPED, FRAME, PACKET_AT(np_captured)));
		ebpf_insn_emit(c, ALU(BPF_SUB, SKIPPED, BYTES));
		ebpf_insn_emit(c, ALU(BPF_ADD, SKIPPED, VALUE));
		ebpf_insn_emit(
		    c, STORE(BPF_DW, FRAME, SKIPPED, PACKET_AT(np_wire)));
	}
	ebpf_insn_emit(c, MOV(BYTES, VALUE));
}

void
ebpf_nflog(struct ebpf_code *c, bool packet)
{
	struct ebpf_jumps done = { .ej_n = 0 };
	int place, end = STACK_PACKET + (int)sizeof(struct nflog_packet);

	for (place = STACK_PACKET; packet && place < end; place += 8)
		ebpf_insn_emit(c, STORE_IMM(BPF_DW, FRAME, (short)place, 0));
	emit_payload(c, &done);
	emit_hook(c, packet, &done);
	emit_ip(c, &done);
	ebpf_insn_jump(c, &done, JUMP(BPF_JLE, VALUE, BYTES));
	emit_longer(c, packet);
	ebpf_insn_land_jumps(c, &done);
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, BYTES, STACK_BYTES));
}
