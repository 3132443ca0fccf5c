/*
 * The kernel knows the number of segments of most buffers.  It leaves the
 * number open for those that virtual network cards and tun devices hand over
 * (gso_segs 0), and tells the size of a segment alone.  Then the number is the
 * length of the payload over that size, rounded up.  The payload is what
 * follows the VLAN tags, the IP header with its extensions, and the TCP or UDP
 * header.
 *
 * Where these headers cannot be followed to their end, some of them count as
 * payload.  Then the quotient is rounded down: that is exact for full segments
 * as long as those headers are shorter than a segment.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <netinet/in.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_segments.h"

/* Registers that calls preserve. */
#define CTX	 6
#define OFFSET	 7 /* of the next header, from START */
#define PROTOCOL 8 /* of the next header: an Ethernet type or IP protocol */
#define SEGMENTS 9 /* the result */
/* Registers that calls change. */
#define VALUE  1  /* the last load */
#define LENGTH 2  /* of an extension header, or of a segment */
#define ROUND  3  /* added to the payload before it is divided */
#define FRAME  10 /* read-only */

/* On the stack, from FRAME. */
#define LOADED (-8)
#define END    (-16) /* of the payload, from START */
#define START  (-24) /* BPF_HDR_START_MAC or BPF_HDR_START_NET */

/*
 * The most tags and extension headers.  The steps are unrolled: a loop with a
 * counter takes the verifier more than its limit of 8192 jumps when the caller
 * has CAP_BPF without CAP_PERFMON (Linux 6.18, measured).
 */
#define TAGS_MAX       4
#define EXTENSIONS_MAX 6

#define TAG_SIZE	4
#define IPV6_SIZE	40
#define FRAGMENT_SIZE	8
#define UDP_SIZE	8
#define TCP_DATA_OFFSET 12

/*
 * Loads `size` bytes (1 or 2) from `at` bytes behind OFFSET to VALUE.  Jumps to
 * `unknown` when the packet is shorter.
 */
static void
emit_load(struct ebpf_code *c, int at, int size, struct ebpf_jumps *unknown)
{
	ebpf_insn_emit(c, MOV(1, CTX));
	ebpf_insn_emit(c, MOV(2, OFFSET));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, 2, at));
	ebpf_insn_emit(c, MOV(3, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, 3, LOADED));
	ebpf_insn_emit(c, MOV_IMM(4, size));
	ebpf_insn_emit(c, LOAD(BPF_DW, 5, FRAME, START));
	ebpf_insn_emit(c, CALL(BPF_FUNC_skb_load_bytes_relative));
	ebpf_insn_jump(c, unknown, JUMP_IMM(BPF_JNE, 0, 0));
	if (size == 1) {
		ebpf_insn_emit(c, LOAD(BPF_B, VALUE, FRAME, LOADED));
	} else {
		ebpf_insn_emit(c, LOAD(BPF_H, VALUE, FRAME, LOADED));
		ebpf_insn_emit(c, FROM_BE16(VALUE));
	}
}

/* Sets where OFFSET and END count from, and OFFSET. */
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
 * Goes to the header behind the VLAN tags.  The outermost tag is seldom in the
 * packet: the kernel keeps it apart and tells the protocol behind it.  When
 * that is another tag, the network header may be this tag or what follows the
 * last one, so the tags are followed from the Ethernet header on.
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
 * The packet is VALUE bytes longer than OFFSET and `header`; 0 stands for more
 * than 16 bits can tell, or for a length that is not worked out either.
 */
static void
emit_end(struct ebpf_code *c, int header, struct ebpf_jumps *unknown)
{
	ebpf_insn_jump(c, unknown, JUMP_IMM(BPF_JEQ, VALUE, 0));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, VALUE, header));
	ebpf_insn_emit(c, ALU(BPF_ADD, VALUE, OFFSET));
	ebpf_insn_emit(c, STORE(BPF_DW, FRAME, VALUE, END));
}

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

/* Steps over the extension header at hand, with its type in PROTOCOL. */
static void
emit_extension(struct ebpf_code *c, struct ebpf_jumps *unknown)
{
	size_t other;

	emit_load(c, 0, 2, unknown);
	/* The second byte is the length in units of 8, without the first. */
	ebpf_insn_emit(c, MOV(LENGTH, VALUE));
	ebpf_insn_emit(c, ALU_IMM(BPF_AND, LENGTH, 0xff));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, LENGTH, 1));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, LENGTH, 3));
	/* A fragment header has none. */
	other =
	    ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, PROTOCOL, IPPROTO_FRAGMENT));
	ebpf_insn_emit(c, MOV_IMM(LENGTH, FRAGMENT_SIZE));
	ebpf_insn_land(c, other);
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, LENGTH));
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

/* Sets END, and goes to the header behind the extension headers. */
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

/* Steps over a TCP or UDP header. */
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
	/* The upper four bits are the length in units of 4. */
	ebpf_insn_emit(c, ALU_IMM(BPF_RSH, VALUE, 4));
	ebpf_insn_emit(c, ALU_IMM(BPF_LSH, VALUE, 2));
	ebpf_insn_emit(c, ALU(BPF_ADD, OFFSET, VALUE));
	ebpf_insn_land(c, udp);
}

/*
 * Sets SEGMENTS to the payload over the length of a segment: rounded up, or
 * down for the jumps of `unknown`; at least 1.
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
	ebpf_insn_emit(c, LOAD(BPF_W, LENGTH, CTX, SKB(gso_size)));
	ebpf_insn_emit(c, ALU(BPF_DIV, VALUE, LENGTH));
	ebpf_insn_emit(c, MOV(SEGMENTS, VALUE));
	some = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, SEGMENTS, 0));
	ebpf_insn_land(c, empty);
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
	ebpf_insn_land(c, some);
}

/* Works SEGMENTS out from the headers. */
static void
emit_work_out(struct ebpf_code *c)
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
	emit_work_out(c);
	ebpf_insn_land(c, single);
	ebpf_insn_land(c, known);
}
