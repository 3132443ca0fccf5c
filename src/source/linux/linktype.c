/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/if_arp.h>

#include <pcap/dlt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "source/linux/cbpf_insn.h"
#include "source/linux/linktype.h"

const int linktype_usual[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL2 };

/* Length of the pseudo header of DLT_LINUX_SLL2; bytes. */
#define SLL2_SIZE 20

/* Replaces an SKF_AD_... for a field that is always 0. */
#define ZERO (-1)

static const struct {
	unsigned int l_hardware; /* ARPHRD_... */
	int l_type;		 /* DLT_... */
} links[] = {
	{ ARPHRD_ETHER, DLT_EN10MB },
	{ ARPHRD_LOOPBACK, DLT_EN10MB },
	{ ARPHRD_METRICOM, DLT_EN10MB },
	/* Packets begin with the IP header. */
	{ ARPHRD_NONE, DLT_RAW },
	{ ARPHRD_TUNNEL, DLT_RAW },
	{ ARPHRD_SIT, DLT_RAW },
	{ ARPHRD_SLIP, DLT_RAW },
	{ ARPHRD_CSLIP, DLT_RAW },
	{ ARPHRD_SLIP6, DLT_RAW },
	{ ARPHRD_CSLIP6, DLT_RAW },
	{ ARPHRD_ADAPT, DLT_RAW },
	{ ARPHRD_RAWHDLC, DLT_RAW },
	{ ARPHRD_DLCI, DLT_RAW },
	/* Packets begin with another link header. */
	{ ARPHRD_IEEE80211, DLT_IEEE802_11 },
	{ ARPHRD_IEEE80211_PRISM, DLT_PRISM_HEADER },
	{ ARPHRD_IEEE80211_RADIOTAP, DLT_IEEE802_11_RADIO },
	{ ARPHRD_IEEE802154, DLT_IEEE802_15_4_NOFCS },
	{ ARPHRD_CISCO, DLT_C_HDLC },
	{ ARPHRD_CAN, DLT_CAN_SOCKETCAN },
	{ ARPHRD_FDDI, DLT_FDDI },
	{ ARPHRD_IEEE802, DLT_IEEE802 },
	{ ARPHRD_IEEE802_TR, DLT_IEEE802 },
};

int
linktype_find(unsigned int hardware)
{
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].l_hardware == hardware)
			return links[i].l_type;
	return DLT_LINUX_SLL2;
}

bool
linktype_is_cooked(int type)
{
	return type == DLT_LINUX_SLL2;
}

/* Fields of the pseudo header that the kernel provides as metadata. */
static const struct {
	uint32_t f_offset;
	uint32_t f_size;
	int f_name; /* SKF_AD_..., or ZERO */
} fields[] = {
	{ 0, 2, SKF_AD_PROTOCOL },
	{ 2, 2, ZERO },
	{ 4, 4, SKF_AD_IFINDEX },
	{ 8, 2, SKF_AD_HATYPE },
	{ 10, 1, SKF_AD_PKTTYPE },
};

/* Longest translation of an instruction: a load, a shift and a mask. */
#define COOKED_MAX 3

/* Translation of an instruction. */
struct cooked {
	struct filter_insn co_insns[COOKED_MAX];
	size_t co_len;
};

static void
emit(struct cooked *co, unsigned int code, uint32_t k)
{
	co->co_insns[co->co_len++] =
	    (struct filter_insn){ .fi_code = (uint16_t)code, .fi_k = k };
}

/*
 * Translates the load of a field or of a part of it.  Returns 0, or -1 if the
 * kernel does not provide these bytes.
 */
static int
cook_field(struct cooked *co, const struct filter_insn *in)
{
	uint32_t width = cbpf_insn_width(in->fi_code);
	uint32_t begin = in->fi_k, end = begin + width, last;
	size_t i;

	if (in->fi_code != (BPF_LD | BPF_ABS | BPF_SIZE(in->fi_code)))
		return -1;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		last = fields[i].f_offset + fields[i].f_size;
		if (begin < fields[i].f_offset || end > last)
			continue;
		if (fields[i].f_name == ZERO) {
			emit(co, BPF_LD | BPF_IMM, 0);
			return 0;
		}
		emit(
		    co, in->fi_code, (uint32_t)(SKF_AD_OFF + fields[i].f_name));
		if (end < last)
			emit(co, BPF_ALU | BPF_RSH | BPF_K, 8 * (last - end));
		if (begin > fields[i].f_offset)
			emit(co, BPF_ALU | BPF_AND | BPF_K,
			    (uint32_t)((UINT64_C(1) << 8 * width) - 1));
		return 0;
	}
	return -1;
}

/* Translates an instruction.  Returns 0, or -1 as cook_field. */
static int
cook(struct cooked *co, const struct filter_insn *in)
{
	unsigned int class = BPF_CLASS(in->fi_code);
	unsigned int mode = BPF_MODE(in->fi_code);

	co->co_len = 0;
	if ((class == BPF_LD || class == BPF_LDX) &&
	    (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH)) {
		if (in->fi_k < SLL2_SIZE)
			return cook_field(co, in);
		co->co_insns[0] = *in;
		/* Loads of metadata are no offsets into the packet. */
		if (mode != BPF_ABS || in->fi_k < (uint32_t)SKF_AD_OFF)
			co->co_insns[0].fi_k -= SLL2_SIZE;
	} else {
		co->co_insns[0] = *in;
	}
	co->co_len = 1;
	return 0;
}

/*
 * Adjusts the targets of a jump that has moved from `old` to `new`; starts[i]
 * is the new place of instruction i.  Returns 0, or -1 if a target is too far
 * away for the instruction.
 */
static int
move_jump(struct filter_insn *in, const size_t *starts, size_t old, size_t new)
{
	size_t yes, no;

	if (BPF_CLASS(in->fi_code) != BPF_JMP)
		return 0;
	if (BPF_OP(in->fi_code) == BPF_JA) {
		/* A jump back is an unsigned overflow. */
		yes = (uint32_t)(old + 1 + in->fi_k);
		if (yes >= FILTER_MAX)
			return -1;
		in->fi_k = (uint32_t)(starts[yes] - new - 1);
		return 0;
	}
	yes = starts[old + 1 + in->fi_jt] - new - 1;
	no = starts[old + 1 + in->fi_jf] - new - 1;
	if (yes > UINT8_MAX || no > UINT8_MAX)
		return -1;
	in->fi_jt = (uint8_t)yes;
	in->fi_jf = (uint8_t)no;
	return 0;
}

/* Formats the error for a load that cook_field rejects. */
static void
explain_load(const struct filter_insn *in, char *err, size_t errlen)
{
	unsigned int width = cbpf_insn_width(in->fi_code);
	char size[sizeof(":4294967295")] = "";

	if (BPF_MODE(in->fi_code) != BPF_ABS) {
		snprintf(err, errlen,
		    "link[...]: a computed offset: this type of interface has "
		    "no link header; use a constant");
		return;
	}
	if (width > 1)
		snprintf(size, sizeof(size), ":%u", width);
	snprintf(err, errlen,
	    "link[%u%s]: not available on this type of interface: only the "
	    "protocol (link[0:2]), the interface's index (link[4:4]) and type "
	    "(link[8:2]), and the packet's type (link[10]) are",
	    in->fi_k, size);
}

int
linktype_cook(struct filter *f, char *err, size_t errlen)
{
	static struct filter raw;
	static size_t starts[FILTER_MAX + UINT8_MAX + 2];
	struct cooked co;
	size_t i, n = 0;

	raw = *f;
	for (i = 0; i < raw.f_len; i++) {
		starts[i] = n;
		if (cook(&co, &raw.f_insns[i]) == -1) {
			explain_load(&raw.f_insns[i], err, errlen);
			return -1;
		}
		n += co.co_len;
		if (n > FILTER_MAX)
			break;
		memcpy(&f->f_insns[starts[i]], co.co_insns,
		    co.co_len * sizeof(co.co_insns[0]));
	}
	f->f_len = n;
	/* Jumps out of the program stay such jumps: the kernel rejects them. */
	for (i = raw.f_len; i < sizeof(starts) / sizeof(starts[0]); i++)
		starts[i] = n + i - raw.f_len;
	for (i = 0; i < raw.f_len && n <= FILTER_MAX; i++)
		if (move_jump(&f->f_insns[starts[i]], starts, i, starts[i]) ==
		    -1)
			n = FILTER_MAX + 1;
	if (n <= FILTER_MAX)
		return 0;
	snprintf(err, errlen,
	    "too long for this type of interface; use a shorter one");
	return -1;
}
