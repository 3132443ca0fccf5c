/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <arpa/inet.h>
#include <netinet/in.h>

#include <linux/bpf.h>

#include <endian.h>
#include <stdint.h>

#include "engine/key_extract.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_key_internal.h"

/* Offsets in the headers. */
#define V4_LENGTH      2
#define V4_FRAGMENT    6
#define V4_PROTOCOL    9
#define V4_SOURCE      12
#define V4_DESTINATION 16
#define V6_LENGTH      4
#define V6_NEXT	       6
#define V6_DESTINATION 24

#define PORTS_SIZE 4

/* First byte of an IPv4 header without options, and the most options. */
#define V4_PLAIN   0x45
#define V4_OPTIONS 10

/* Registers with the parts of an IPv4 packet. */
enum {
	FROM = BPF_REG_1,
	TO = BPF_REG_2,
	PORTS = BPF_REG_3 /* IPv6, too */
};

/* Part of the spec, and its place relative to FRAME. */
struct place {
	const struct key_part *pl_part; /* NULL: not in the spec */
	short pl_place;
};

static struct place
find(const struct key_code *kc, enum key_kind kind)
{
	int i = key_find(kc->kc_spec, kind);
	struct place pl = { NULL, 0 };

	if (i != -1) {
		pl.pl_part = &kc->kc_spec->ks_parts[i];
		pl.pl_place =
		    (short)(EBPF_KEY + (int)key_place(kc->kc_spec, (size_t)i));
	}
	return pl;
}

/* Returns the bits of a prefix in a word, in network byte order. */
static int
mask(unsigned int bits)
{
	uint32_t ones = UINT32_MAX;

	if (bits < 32)
		ones = ~(UINT32_MAX >> bits);
	return (int)htonl(ones);
}

/* Loads the ports, `offset` bytes behind kc_ip, to PORTS. */
static void
load_ports(const struct key_code *kc, int offset)
{
	const bool from = find(kc, KEY_SOURCE_PORT).pl_part != NULL;
	const bool to = find(kc, KEY_PORT).pl_part != NULL;

	if (from && to)
		ebpf_key_code_emit(
		    kc, LOAD(BPF_W, PORTS, FRAME, (short)(kc->kc_ip + offset)));
	else if (from || to)
		ebpf_key_code_emit(kc,
		    LOAD(BPF_H, PORTS, FRAME,
			(short)(kc->kc_ip + offset + (to ? 2 : 0))));
}

/* Both ports are neighbours, on a multiple of 4. */
static void
store_ports(const struct key_code *kc)
{
	const struct place from = find(kc, KEY_SOURCE_PORT);
	const struct place to = find(kc, KEY_PORT);

	if (from.pl_part != NULL && to.pl_part != NULL)
		ebpf_key_code_emit(
		    kc, STORE(BPF_W, FRAME, PORTS, from.pl_place));
	else if (from.pl_part != NULL)
		ebpf_key_code_emit(
		    kc, STORE(BPF_H, FRAME, PORTS, from.pl_place));
	else if (to.pl_part != NULL)
		ebpf_key_code_emit(kc, STORE(BPF_H, FRAME, PORTS, to.pl_place));
}

/* Stores the version, if the key has an address. */
static void
store_version(const struct key_code *kc, unsigned int version)
{
	if (find(kc, KEY_SOURCE).pl_part != NULL ||
	    find(kc, KEY_DESTINATION).pl_part != NULL)
		ebpf_key_code_emit(kc,
		    STORE_IMM(BPF_W, FRAME, EBPF_KEY, (int)htole32(version)));
}

/* Jumps unless VALUE is a protocol with ports. */
static void
check_protocol(const struct key_code *kc)
{
	struct ebpf_code *c = kc->kc_code;
	size_t tcp, udp;

	tcp = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, IPPROTO_TCP));
	udp = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, IPPROTO_UDP));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, VALUE, IPPROTO_SCTP));
	ebpf_insn_land(c, tcp);
	ebpf_insn_land(c, udp);
}

/* Loads the length in the header to LIMIT, less 1: 0 is no limit. */
static void
load_limit(const struct key_code *kc, int offset)
{
	ebpf_key_code_emit(
	    kc, LOAD(BPF_H, LIMIT, FRAME, (short)(kc->kc_ip + offset)));
	ebpf_key_code_emit(kc, FROM_BE16(LIMIT));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_SUB, LIMIT, 1));
}

/* Loads ports that are `offset` bytes behind AT to the place behind kc_ip. */
static void
fetch_ports(const struct key_code *kc, int offset, int place)
{
	ebpf_key_message_reach(kc, offset + PORTS_SIZE);
	ebpf_key_code_load(kc, offset, (short)(kc->kc_ip + place), PORTS_SIZE);
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
}

/* Expects the words of options in VALUE, and has the ports behind the header.
 */
static void
find_ports_v4(const struct key_code *kc)
{
	enum {
		OPTIONS = BPF_REG_4
	};
	struct ebpf_code *c = kc->kc_code;
	size_t plain = 0;

	ebpf_key_code_emit(kc, MOV(OPTIONS, VALUE));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_LSH, OPTIONS, 2));
	ebpf_key_message_reach(kc, V4_PROTOCOL + 1);
	ebpf_key_code_emit(
	    kc, LOAD(BPF_H, VALUE, FRAME, (short)(kc->kc_ip + V4_FRAGMENT)));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JSET, VALUE, htons(0x1fff)));
	ebpf_key_code_emit(
	    kc, LOAD(BPF_B, VALUE, FRAME, (short)(kc->kc_ip + V4_PROTOCOL)));
	check_protocol(kc);
	load_limit(kc, V4_LENGTH);
	ebpf_key_code_emit(kc, MOV(OTHER, OPTIONS));
	ebpf_key_code_emit(
	    kc, ALU_IMM(BPF_ADD, OTHER, V4_HEADER + PORTS_SIZE - 1));
	ebpf_key_code_none(kc, JUMP(BPF_JLT, LIMIT, OTHER));
	if (!kc->kc_message)
		plain = ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, OPTIONS, 0));
	ebpf_key_code_emit(kc, ALU(BPF_ADD, AT, OPTIONS));
	fetch_ports(kc, V4_HEADER, V4_HEADER);
	if (plain != 0)
		ebpf_insn_land(c, plain);
}

static void
load_v4(const struct key_code *kc, const struct place *pl, unsigned int reg,
    int offset)
{
	if (pl->pl_part == NULL)
		return;
	ebpf_key_code_emit(
	    kc, LOAD(BPF_W, reg & 0xf, FRAME, (short)(kc->kc_ip + offset)));
	if (pl->pl_part->kp_v4 != KEY_V4_BITS)
		ebpf_key_code_emit(kc,
		    ALU32_IMM(BPF_AND, reg & 0xf, mask(pl->pl_part->kp_v4)));
}

static void
store_v4(const struct key_code *kc, const struct place *pl, unsigned int reg)
{
	const short at = pl->pl_place;

	if (pl->pl_part == NULL)
		return;
	ebpf_key_code_emit(kc, STORE(BPF_W, FRAME, reg & 0xf, at));
	ebpf_key_code_emit(kc, STORE_IMM(BPF_DW, FRAME, (short)(at + 4), 0));
	ebpf_key_code_emit(kc, STORE_IMM(BPF_W, FRAME, (short)(at + 12), 0));
}

/* The stores may overwrite the header. */
void
ebpf_key_ip_v4(const struct key_code *kc)
{
	const struct place from = find(kc, KEY_SOURCE);
	const struct place to = find(kc, KEY_DESTINATION);

	ebpf_key_code_emit(kc, LOAD(BPF_B, VALUE, FRAME, kc->kc_ip));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_SUB, VALUE, V4_PLAIN));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JGT, VALUE, V4_OPTIONS));
	if (kc->kc_ports != 0)
		find_ports_v4(kc);
	else
		ebpf_key_message_reach(
		    kc, to.pl_part != NULL ? V4_HEADER : V4_DESTINATION);
	load_v4(kc, &from, FROM, V4_SOURCE);
	load_v4(kc, &to, TO, V4_DESTINATION);
	load_ports(kc, V4_HEADER);
	store_v4(kc, &from, FROM);
	store_v4(kc, &to, TO);
	store_ports(kc);
	store_version(kc, 4);
}

/* Jumps if VALUE is not an extension header. */
static void
check_extension(const struct key_code *kc, struct ebpf_jumps *other)
{
	static const int types[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING,
		IPPROTO_FRAGMENT, IPPROTO_AH };
	struct ebpf_jumps known = { .ej_n = 0 };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ebpf_insn_jump(
		    kc->kc_code, &known, JUMP_IMM(BPF_JEQ, VALUE, types[i]));
	ebpf_insn_jump(
	    kc->kc_code, other, JUMP_IMM(BPF_JNE, VALUE, IPPROTO_DSTOPTS));
	ebpf_insn_land_jumps(kc->kc_code, &known);
}

/*
 * Moves AT behind an extension header, whose type is at the place `type`, and
 * whose first bytes come to the place `head`.
 */
static void
skip_extension(const struct key_code *kc, short type, short head)
{
	struct ebpf_code *c = kc->kc_code;
	size_t fragment, other, done, whole;

	ebpf_key_message_reach(kc, 4);
	ebpf_key_code_load(kc, 0, head, 4);
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
	ebpf_key_code_emit(kc, LOAD(BPF_B, VALUE, FRAME, type));
	fragment =
	    ebpf_insn_emit(c, JUMP_IMM(BPF_JEQ, VALUE, IPPROTO_FRAGMENT));
	ebpf_key_code_emit(kc, LOAD(BPF_B, OTHER, FRAME, (short)(head + 1)));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, OTHER, 1));
	other = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, VALUE, IPPROTO_AH));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, OTHER, 1));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_LSH, OTHER, 2));
	done = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, fragment);
	ebpf_key_code_emit(kc, LOAD(BPF_H, OTHER, FRAME, (short)(head + 2)));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JSET, OTHER, htons(0xfff8)));
	ebpf_key_code_emit(kc, MOV_IMM(OTHER, 8));
	whole = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land(c, other);
	ebpf_key_code_emit(kc, ALU_IMM(BPF_LSH, OTHER, 3));
	ebpf_insn_land(c, done);
	ebpf_insn_land(c, whole);
	ebpf_key_code_emit(kc, ALU(BPF_ADD, AT, OTHER));
}

/*
 * Searches the ports behind extension headers, see ebpf_segments.c about the
 * loop.  Expects the type of the first in VALUE; destroys AT.
 */
static void
find_ports_behind(const struct key_code *kc)
{
	const short heads[] = { (short)(kc->kc_ip + V6_HEADER),
		(short)(kc->kc_ip + V6_HEADER + 4) };
	struct ebpf_jumps other = { .ej_n = 0 };
	short type = (short)(kc->kc_ip + V6_NEXT);
	int i;

	ebpf_key_code_emit(kc, STORE(BPF_DW, FRAME, AT, KEY_START));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, AT, V6_HEADER));
	for (i = 0; i < KEY_EXTENSIONS; i++) {
		check_extension(kc, &other);
		skip_extension(kc, type, heads[i % 2]);
		type = heads[i % 2];
		ebpf_key_code_emit(kc, LOAD(BPF_B, VALUE, FRAME, type));
	}
	ebpf_insn_land_jumps(kc->kc_code, &other);
	check_protocol(kc);
	/* The length counts from behind the IPv6 header. */
	load_limit(kc, V6_LENGTH);
	ebpf_key_code_emit(kc, LOAD(BPF_DW, OTHER, FRAME, KEY_START));
	ebpf_key_code_emit(kc, MOV(VALUE, AT));
	ebpf_key_code_emit(kc, ALU(BPF_SUB, VALUE, OTHER));
	ebpf_key_code_emit(
	    kc, ALU_IMM(BPF_SUB, VALUE, V6_HEADER - PORTS_SIZE + 1));
	ebpf_key_code_none(kc, JUMP(BPF_JLT, LIMIT, VALUE));
	fetch_ports(kc, 0, V6_HEADER);
}

static void
find_ports_v6(const struct key_code *kc)
{
	struct ebpf_code *c = kc->kc_code;
	struct ebpf_jumps plain = { .ej_n = 0 };
	size_t done;

	ebpf_key_message_reach(kc, V6_NEXT + 1);
	ebpf_key_code_emit(
	    kc, LOAD(BPF_B, VALUE, FRAME, (short)(kc->kc_ip + V6_NEXT)));
	ebpf_insn_jump(c, &plain, JUMP_IMM(BPF_JEQ, VALUE, IPPROTO_TCP));
	ebpf_insn_jump(c, &plain, JUMP_IMM(BPF_JEQ, VALUE, IPPROTO_UDP));
	find_ports_behind(kc);
	done = ebpf_insn_emit(c, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &plain);
	load_limit(kc, V6_LENGTH);
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JLT, LIMIT, PORTS_SIZE - 1));
	ebpf_key_message_reach(kc, V6_HEADER + PORTS_SIZE);
	ebpf_insn_land(c, done);
}

/* Clears the bits behind the prefix; the address is in its place. */
static void
cut_v6(const struct key_code *kc, const struct place *pl)
{
	unsigned int word, bits;
	short at;

	if (pl->pl_part == NULL)
		return;
	for (word = 0; word < 4; word++) {
		at = (short)(pl->pl_place + (int)word * 4);
		bits = pl->pl_part->kp_v6;
		bits = bits > 32 * word ? bits - 32 * word : 0;
		if (bits == 0) {
			ebpf_key_code_emit(kc, STORE_IMM(BPF_W, FRAME, at, 0));
		} else if (bits < 32) {
			ebpf_key_code_emit(kc, MOV_IMM(VALUE, mask(bits)));
			ebpf_key_code_emit(
			    kc, ATOMIC32(FRAME, VALUE, at, BPF_AND));
		}
	}
}

void
ebpf_key_ip_v6(const struct key_code *kc)
{
	const struct place from = find(kc, KEY_SOURCE);
	const struct place to = find(kc, KEY_DESTINATION);

	ebpf_key_code_emit(kc, LOAD(BPF_B, VALUE, FRAME, kc->kc_ip));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_RSH, VALUE, 4));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, VALUE, 6));
	if (kc->kc_ports != 0)
		find_ports_v6(kc);
	else
		ebpf_key_message_reach(
		    kc, to.pl_part != NULL ? V6_HEADER : V6_DESTINATION);
	load_ports(kc, V6_HEADER);
	cut_v6(kc, &from);
	cut_v6(kc, &to);
	store_ports(kc);
	store_version(kc, 6);
}
