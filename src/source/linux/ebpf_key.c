/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <arpa/inet.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <pcap/dlt.h>
#include <stdint.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_key_internal.h"
#include "source/linux/linktype.h"

/* Most tags of a packet, also outside the bytes. */
#define TAGS_MAX 2

/* Ethernet types of tags. */
static const uint16_t tag_types[] = { ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1 };
#define TAG_TYPES (sizeof(tag_types) / sizeof(tag_types[0]))

/* Jumps to what is done with a packet, by its next header. */
struct ways {
	struct ebpf_jumps wa_v4;
	struct ebpf_jumps wa_v6;
	struct ebpf_jumps wa_tag;
	struct ebpf_jumps wa_v4_loaded; /* the header is at kc_ip */
	struct ebpf_jumps wa_v6_loaded;
};

/*
 * Loads an IP header, with `front` bytes in front.  Jumps if there are enough
 * bytes for IPv6, continues if there are enough for IPv4.
 */
static void
emit_header(const struct key_code *kc, int front, struct ebpf_jumps *full)
{
	const short place = (short)(kc->kc_ip - front);

	ebpf_key_code_load(kc, -front, place, front + V6_HEADER + kc->kc_ports);
	ebpf_insn_jump(kc->kc_code, full, JUMP_IMM(BPF_JEQ, RESULT, 0));
	ebpf_key_code_load(kc, -front, place, front + V4_HEADER + kc->kc_ports);
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
}

static void
emit_if_tag(const struct key_code *kc, struct ebpf_jumps *tag)
{
	size_t i;

	for (i = 0; i < TAG_TYPES; i++)
		ebpf_insn_jump(kc->kc_code, tag,
		    JUMP_IMM(BPF_JEQ, VALUE, htons(tag_types[i])));
}

/* Jumps by the Ethernet type in VALUE, if the way is known. */
static void
emit_type(const struct key_code *kc, struct ebpf_jumps *v4,
    struct ebpf_jumps *v6, struct ebpf_jumps *tag)
{
	struct ebpf_code *c = kc->kc_code;

	ebpf_insn_jump(c, v4, JUMP_IMM(BPF_JEQ, VALUE, htons(ETH_P_IP)));
	if (v6 != NULL)
		ebpf_insn_jump(
		    c, v6, JUMP_IMM(BPF_JEQ, VALUE, htons(ETH_P_IPV6)));
	if (tag != NULL)
		emit_if_tag(kc, tag);
	ebpf_key_code_none(kc, JUMP_ALWAYS);
}

static void
emit_ethernet(const struct key_code *kc, struct ways *wa)
{
	const short type = (short)(kc->kc_ip - TYPE_SIZE);
	struct ebpf_jumps full = { .ej_n = 0 };

	ebpf_key_code_emit(kc, MOV_IMM(AT, ETH_HLEN));
	emit_header(kc, TYPE_SIZE, &full);
	ebpf_key_code_emit(kc, LOAD(BPF_H, VALUE, FRAME, type));
	emit_type(kc, &wa->wa_v4_loaded, NULL, &wa->wa_tag);
	ebpf_insn_land_jumps(kc->kc_code, &full);
	ebpf_key_code_emit(kc, LOAD(BPF_H, VALUE, FRAME, type));
	emit_type(kc, &wa->wa_v4_loaded, &wa->wa_v6_loaded, &wa->wa_tag);
}

static void
emit_raw(const struct key_code *kc, struct ways *wa)
{
	struct ebpf_jumps full = { .ej_n = 0 };
	struct ebpf_code *c = kc->kc_code;

	ebpf_key_code_emit(kc, MOV_IMM(AT, 0));
	emit_header(kc, 0, &full);
	ebpf_insn_jump(c, &wa->wa_v4_loaded, JUMP_ALWAYS);
	ebpf_insn_land_jumps(c, &full);
	ebpf_key_code_emit(kc, LOAD(BPF_B, VALUE, FRAME, kc->kc_ip));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_RSH, VALUE, 4));
	ebpf_insn_jump(c, &wa->wa_v6_loaded, JUMP_IMM(BPF_JEQ, VALUE, 6));
	ebpf_insn_jump(c, &wa->wa_v4_loaded, JUMP_ALWAYS);
}

/*
 * The verifier must not know the bits of AT from AT_PACKET on, or each value of
 * AT is another state.  So they are ctx->protocol, which is not 0, and in
 * emit_tags its upper half, which is.
 */
static void
emit_cooked(const struct key_code *kc, struct ways *wa)
{
	ebpf_key_code_emit(kc, LOAD(BPF_W, VALUE, CTX, SKB(protocol)));
	ebpf_key_code_emit(kc, MOV(AT, VALUE));
	ebpf_key_code_emit(kc, ALU_IMM(BPF_LSH, AT, AT_PACKET));
	emit_type(kc, &wa->wa_v4, &wa->wa_v6, &wa->wa_tag);
}

static void
emit_message(const struct key_code *kc, struct ways *wa)
{
	ebpf_key_message(kc);
	emit_type(kc, &wa->wa_v4, &wa->wa_v6, &wa->wa_tag);
}

/*
 * Moves AT behind the tags, with one outside the bytes two at most.  Of a
 * cooked packet they are behind the link header, while its first byte is behind
 * a tag or all of them, see ebpf_segments.c.
 */
static void
emit_tags(const struct key_code *kc, struct ways *wa)
{
	struct ebpf_jumps tag = wa->wa_tag;
	int tags;

	for (tags = 1; tags <= TAGS_MAX; tags++) {
		ebpf_insn_land_jumps(kc->kc_code, &tag);
		tag.ej_n = 0;
		if (kc->kc_cooked && tags == 1) {
			ebpf_key_code_emit(
			    kc, ALU_IMM(BPF_RSH, AT, AT_PACKET + 16));
			ebpf_key_code_emit(kc, ALU_IMM(BPF_LSH, AT, AT_PACKET));
			ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, AT, ETH_HLEN));
		}
		if (tags == TAGS_MAX && !kc->kc_message) {
			ebpf_key_code_emit(
			    kc, LOAD(BPF_W, VALUE, CTX, SKB(vlan_present)));
			ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, VALUE, 0));
		}
		ebpf_key_code_emit(kc, ALU_IMM(BPF_ADD, AT, TAG_SIZE));
		ebpf_key_message_reach(kc, 0);
		ebpf_key_code_load(kc, -TYPE_SIZE, KEY_SCRATCH, TYPE_SIZE);
		ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
		ebpf_key_code_emit(kc, LOAD(BPF_H, VALUE, FRAME, KEY_SCRATCH));
		emit_type(
		    kc, &wa->wa_v4, &wa->wa_v6, tags < TAGS_MAX ? &tag : NULL);
	}
}

/* Makes the parts that an IP packet has. */
static void
emit_parts(const struct key_code *kc, struct ways *wa)
{
	struct ebpf_code *c = kc->kc_code;
	size_t done;

	if (wa->wa_v6.ej_n != 0) {
		ebpf_insn_land_jumps(c, &wa->wa_v6);
		if (kc->kc_message)
			ebpf_key_message_load(kc, V6_HEADER);
		else
			ebpf_key_code_load(
			    kc, 0, kc->kc_ip, V6_HEADER + kc->kc_ports);
		ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
	}
	ebpf_insn_land_jumps(c, &wa->wa_v6_loaded);
	ebpf_key_ip_v6(kc);
	done = ebpf_insn_emit(c, JUMP_ALWAYS);
	if (wa->wa_v4.ej_n != 0) {
		ebpf_insn_land_jumps(c, &wa->wa_v4);
		if (kc->kc_message)
			ebpf_key_message_load(kc, V4_HEADER);
		else
			emit_header(kc, 0, &wa->wa_v4_loaded);
	}
	ebpf_insn_land_jumps(c, &wa->wa_v4_loaded);
	ebpf_key_ip_v4(kc);
	ebpf_insn_land(c, done);
}

static void
emit_ip(const struct key_code *kc, int link)
{
	struct ways wa = { .wa_v4.ej_n = 0 };

	if (link == DLT_EN10MB)
		emit_ethernet(kc, &wa);
	else if (link == DLT_RAW)
		emit_raw(kc, &wa);
	else if (kc->kc_cooked)
		emit_cooked(kc, &wa);
	else
		emit_message(kc, &wa);
	if (wa.wa_tag.ej_n != 0)
		emit_tags(kc, &wa);
	emit_parts(kc, &wa);
}

/* Returns the place of a part, relative to FRAME. */
static short
place_of(const struct key_spec *ks, int part)
{
	return (short)(EBPF_KEY + (int)key_place(ks, (size_t)part));
}

static void
emit_mac(const struct key_code *kc, enum key_kind kind, int offset)
{
	int part = key_find(kc->kc_spec, kind);

	if (part == -1)
		return;
	ebpf_key_code_arguments(kc, place_of(kc->kc_spec, part), ETH_ALEN);
	ebpf_key_code_emit(kc, MOV_IMM(ARG2, offset));
	ebpf_key_code_emit(kc, CALL(BPF_FUNC_skb_load_bytes));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
}

/* Sets VALUE to the tag behind the addresses of Ethernet. */
static void
emit_tag(const struct key_code *kc)
{
	const int offset = ETH_HLEN - TYPE_SIZE;
	struct ebpf_jumps tag = { .ej_n = 0 };

	ebpf_key_code_arguments(kc, KEY_SCRATCH, TAG_SIZE);
	ebpf_key_code_emit(kc, MOV_IMM(ARG2, offset));
	ebpf_key_code_emit(kc, MOV_IMM(ARG5, BPF_HDR_START_MAC));
	ebpf_key_code_emit(kc,
	    CALL(kc->kc_cooked ? BPF_FUNC_skb_load_bytes_relative :
				 BPF_FUNC_skb_load_bytes));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JNE, RESULT, 0));
	ebpf_key_code_emit(kc, LOAD(BPF_H, VALUE, FRAME, KEY_SCRATCH));
	emit_if_tag(kc, &tag);
	ebpf_key_code_none(kc, JUMP_ALWAYS);
	ebpf_insn_land_jumps(kc->kc_code, &tag);
	ebpf_key_code_emit(
	    kc, LOAD(BPF_H, VALUE, FRAME, KEY_SCRATCH + TYPE_SIZE));
}

/* The kernel keeps the outermost tag as metadata, or in the packet. */
static void
emit_vlan(const struct key_code *kc, int link)
{
	int part = key_find(kc->kc_spec, KEY_VLAN);
	struct ebpf_code *c = kc->kc_code;
	size_t tagged, done = 0;

	if (part == -1)
		return;
	ebpf_key_code_emit(kc, LOAD(BPF_W, VALUE, CTX, SKB(vlan_present)));
	if (link == DLT_EN10MB || kc->kc_cooked) {
		tagged = ebpf_insn_emit(c, JUMP_IMM(BPF_JNE, VALUE, 0));
		emit_tag(kc);
		done = ebpf_insn_emit(c, JUMP_ALWAYS);
		ebpf_insn_land(c, tagged);
	} else {
		ebpf_key_code_none(kc, JUMP_IMM(BPF_JEQ, VALUE, 0));
	}
	ebpf_key_code_emit(kc, LOAD(BPF_W, VALUE, CTX, SKB(vlan_tci)));
	ebpf_key_code_emit(kc, FROM_BE16(VALUE)); /* to network byte order */
	if (done != 0)
		ebpf_insn_land(c, done);
	ebpf_key_code_emit(kc, ALU_IMM(BPF_AND, VALUE, htons(0xfff)));
	ebpf_key_code_emit(
	    kc, STORE(BPF_H, FRAME, VALUE, place_of(kc->kc_spec, part)));
}

/*
 * Always jumps.  The verifier also looks at the code behind, without
 * CAP_PERFMON with the key that is there.
 */
static void
emit_never(const struct key_code *kc)
{
	int place;

	ebpf_key_code_emit(kc, MOV_IMM(RESULT, 0));
	ebpf_key_code_none(kc, JUMP_IMM(BPF_JEQ, RESULT, 0));
	for (place = EBPF_KEY; place < 0; place += 8)
		ebpf_key_code_emit(
		    kc, STORE_IMM(BPF_DW, FRAME, (short)place, 0));
}

/* Returns the place of the IP header, see ebpf_key_internal.h. */
static short
place_ip(const struct key_spec *ks)
{
	int offset = V6_HEADER;

	if (key_find(ks, KEY_SOURCE) != -1)
		offset = 8;
	else if (key_find(ks, KEY_DESTINATION) != -1)
		offset = 24;
	return (short)(EBPF_KEY + KEY_FIRST - offset);
}

/* Fills in what is 0 in front of and behind the parts. */
static void
emit_rest(const struct key_code *kc)
{
	const struct key_spec *ks = kc->kc_spec;
	size_t i, end = KEY_FIRST;

	for (i = 0; i < ks->ks_n; i++)
		end += key_width((enum key_kind)ks->ks_parts[i].kp_kind);
	if (end != key_size(ks))
		ebpf_key_code_emit(kc,
		    STORE_IMM(BPF_H, FRAME, (short)(EBPF_KEY + (int)end), 0));
	if (key_find(ks, KEY_SOURCE) == -1 &&
	    key_find(ks, KEY_DESTINATION) == -1)
		ebpf_key_code_emit(kc, STORE_IMM(BPF_W, FRAME, EBPF_KEY, 0));
}

void
ebpf_key(struct ebpf_code *c, const struct key_spec *ks, int link,
    struct ebpf_jumps *keyless, struct ebpf_jumps *cut)
{
	const bool ports =
	    key_find(ks, KEY_SOURCE_PORT) != -1 || key_find(ks, KEY_PORT) != -1;
	const bool ip = ports || key_find(ks, KEY_SOURCE) != -1 ||
	    key_find(ks, KEY_DESTINATION) != -1;
	const bool mac = key_find(ks, KEY_MAC) != -1 ||
	    key_find(ks, KEY_DESTINATION_MAC) != -1;
	const struct key_code kc = { .kc_code = c,
		.kc_spec = ks,
		.kc_keyless = keyless,
		.kc_cut = cut,
		.kc_ip = place_ip(ks),
		.kc_ports = ports ? 4 : 0,
		.kc_cooked = linktype_is_cooked(link),
		.kc_message = link == EBPF_KEY_NFLOG };

	if ((mac && link != DLT_EN10MB) ||
	    (ip && link != DLT_EN10MB && link != DLT_RAW && !kc.kc_cooked &&
		!kc.kc_message)) {
		emit_never(&kc);
		return;
	}
	if (ip)
		emit_ip(&kc, link);
	emit_mac(&kc, KEY_MAC, ETH_ALEN);
	emit_mac(&kc, KEY_DESTINATION_MAC, 0);
	emit_rest(&kc);
	emit_vlan(&kc, link);
}
