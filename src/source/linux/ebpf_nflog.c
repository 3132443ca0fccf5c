/*
 * A message has the packet's first bytes as its payload: EBPF_NFLOG_RANGE of
 * them, or fewer if the firewall's rule wants so.  A payload that is shorter
 * than that is the whole packet.
 *
 * Behind the hooks of IPv4 and IPv6 the kernel has compared the IP header with
 * the packet.  There the header tells a longer packet's length, also when the
 * rule cuts the payload.  Elsewhere nobody has looked, and the header is
 * believed only about what the payload has no room for.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"

/* Registers that calls preserve. */
#define CTX	 6
#define OFFSET	 7 /* of the attribute at hand, then of the IP header */
#define BYTES	 8 /* the result */
#define LEFT	 9 /* attributes that may still come */
#define PROTOCOL 9 /* Ethernet type, when the payload is found */
/* Registers that calls change. */
#define VALUE 1
#define TYPE  2 /* of an attribute; then the version of IP */
#define FRAME 10

/* On the stack, from FRAME. */
#define LOADED (-16)
#define AHEAD  (-24) /* bytes of the payload in front of the IP header */

/* NF_NETDEV_EGRESS, which older headers lack. */
#define NETDEV_EGRESS 1

/* The kernel writes about 20. */
#define ATTRIBUTES_MAX 40

/* A message begins with these; the kernel puts that attribute first. */
struct head {
	struct nlmsghdr h_netlink;
	struct nfgenmsg h_netfilter;
	struct nlattr h_attribute;
	struct nfulnl_msg_packet_hdr h_packet;
};

#define HEAD(member) ((int)offsetof(struct head, member))
/* Of the head, what is loaded, and where a member of it is then. */
#define HEAD_FIRST	HEAD(h_netfilter)
#define HEAD_SIZE	((int)sizeof(struct head) - HEAD_FIRST)
#define HEAD_AT(member) ((short)(LOADED + HEAD(member) - HEAD_FIRST))

/* The head of an attribute, likewise. */
#define ATTRIBUTE_HEAD	((int)sizeof(struct nlattr))
#define ATTRIBUTE_ALIGN 4
#define ATTRIBUTE_AT(member) \
	((short)(LOADED + (int)offsetof(struct nlattr, member)))

/* As much of an IP header as has its version and length. */
#define IP_SIZE	    6
#define IP_V4_LEN   2
#define IP_V6_LEN   4
#define IPV6_HEADER 40

/*
 * Loads `size` bytes to the stack, from where the instruction `offset` says in
 * r2.  Jumps to `missing` when the message is shorter.
 */
static void
emit_load(struct ebpf_code *c, struct bpf_insn offset, int size,
    struct ebpf_jumps *missing)
{
	ebpf_insn_emit(c, MOV(1, CTX));
	ebpf_insn_emit(c, offset);
	ebpf_insn_emit(c, MOV(3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, 3, LOADED));
	ebpf_insn_emit(c, MOV_IMM(4, size));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes));
	ebpf_insn_jump(c, missing, JUMP_IMM(BPF_JNE, 0, 0));
}

/* Sets OFFSET to the payload, and BYTES to its length. */
static void
emit_payload(struct ebpf_code *c, struct ebpf_jumps *done)
{
	size_t again, found;

	ebpf_insn_emit(c, MOV_IMM(BYTES, 0));
	ebpf_insn_emit(c, MOV_IMM(OFFSET, HEAD(h_attribute)));
	ebpf_insn_emit(c, MOV_IMM(LEFT, ATTRIBUTES_MAX));
	again = c->ec_len;
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JEQ, LEFT, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, LEFT, 1));
	emit_load(c, MOV(2, OFFSET), ATTRIBUTE_HEAD, done);
	ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, ATTRIBUTE_AT(nla_len)));
	ebpf_insn_emit(c, LOAD(BPF_H, TYPE, FRAME, ATTRIBUTE_AT(nla_type)));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JLT, VALUE, ATTRIBUTE_HEAD));
	found = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, TYPE, NFULA_PAYLOAD));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, ATTRIBUTE_ALIGN - 1));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, VALUE, ~(ATTRIBUTE_ALIGN - 1)));
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, VALUE));
	ebpf_insn_again(c, again);
	ebpf_insn_land(c, found);
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, OFFSET, ATTRIBUTE_HEAD));
	ebpf_insn_emit(c, MOV(BYTES, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_SUB, BYTES, ATTRIBUTE_HEAD));
}

/*
 * Sets PROTOCOL, and OFFSET to the IP header that may be there.  Is done when
 * the payload has told all.
 */
static void
emit_hook(struct ebpf_code *c, struct ebpf_jumps *done)
{
	size_t v4, v6, other, ingress;

	emit_load(c, MOV_IMM(2, HEAD_FIRST), HEAD_SIZE, done);
	ebpf_insn_emit(
	    c, LOAD(BPF_H, PROTOCOL, FRAME, HEAD_AT(h_packet.hw_protocol)));
	ebpf_insn_emit(c, FROM_BE16(PROTOCOL));
	ebpf_insn_emit(c, MOV_IMM(VALUE, 0));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, AHEAD));
	ebpf_insn_emit(
	    c, LOAD(BPF_B, VALUE, FRAME, HEAD_AT(h_netfilter.nfgen_family)));
	v4 = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, NFPROTO_IPV4));
	v6 = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, NFPROTO_IPV6));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JLT, BYTES, EBPF_NFLOG_RANGE));
	/* What leaves a device has its Ethernet header. */
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
}

/* Sets VALUE to the length that the IP header tells, and AHEAD. */
static void
emit_ip(struct ebpf_code *c, struct ebpf_jumps *done)
{
	size_t v6, both;

	emit_load(c, MOV(2, OFFSET), IP_SIZE, done);
	ebpf_insn_emit(c, LOAD(BPF_B, TYPE, FRAME, LOADED));
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, TYPE, 4));
	v6 = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_IP));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, TYPE, 4));
	ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED + IP_V4_LEN));
	ebpf_insn_emit(c, FROM_BE16(VALUE));
	both = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, v6);
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, PROTOCOL, ETH_P_IPV6));
	ebpf_insn_jump(c, done, JUMP_IMM(BPF_JNE, TYPE, 6));
	ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED + IP_V6_LEN));
	ebpf_insn_emit(c, FROM_BE16(VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, IPV6_HEADER));
	ebpf_insn_land(c, both);
	ebpf_insn_emit(c, LOAD(BPF_DW, TYPE, FRAME, AHEAD));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, TYPE));
}

void
ebpf_nflog(struct ebpf_code *c)
{
	struct ebpf_jumps done = { .ej_n = 0 };

	emit_payload(c, &done);
	emit_hook(c, &done);
	emit_ip(c, &done);
	ebpf_insn_jump(c, &done, JUMP(BPF_JLE, VALUE, BYTES));
	ebpf_insn_emit(c, MOV(BYTES, VALUE));
	ebpf_insn_land_jumps(c, &done);
}
