/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Generated packets as a program is given them that runs without a network:
 * behind an Ethernet header, which the kernel takes away.
 */
#ifndef KEY_FRAME_H
#define KEY_FRAME_H

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include <err.h>
#include <pcap/dlt.h>

#include "../unit/packet_fixture.h"
#include "source/linux/ebpf_key.h"

#define KEY_FRAME_MAX (PACKET_MAX * 2)

#define ETHERNET 14
#define SLL2	 20

struct link {
	const char *l_name;
	int l_type; /* for ebpf_key() */
	enum key_link l_link;
};

static const struct link links[] = {
	{ "ethernet", DLT_EN10MB, KEY_LINK_ETHERNET },
	{ "raw", DLT_RAW, KEY_LINK_IP },
	{ "cooked", DLT_LINUX_SLL2, KEY_LINK_SLL2 },
	{ "nflog", EBPF_KEY_NFLOG, KEY_LINK_SLL2 },
	{ "other", DLT_IEEE802_11, KEY_LINK_OTHER },
};

static size_t
put(uint8_t *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return n;
}

static size_t
put_attribute(uint8_t *to, unsigned int type, const void *data, size_t n)
{
	struct nlattr a = { (uint16_t)(sizeof(a) + n), (uint16_t)type };

	put(to, &a, sizeof(a));
	put(to + sizeof(a), data, n);
	return (sizeof(a) + n + 3) & ~(size_t)3;
}

/*
 * Writes the message of a log group about the packet, behind an Ethernet
 * header.  ahead: bytes of a link header in the payload.
 */
static size_t
write_message(const struct packet *p, uint8_t *to, size_t *ahead)
{
	static const uint8_t mark[4] = { 1, 2, 3, 4 };
	struct nlmsghdr head = { 0 };
	struct nfgenmsg family = { .nfgen_family = NFPROTO_BRIDGE };
	struct nfulnl_msg_packet_hdr packet = { 0 };
	uint8_t payload[PACKET_MAX];
	size_t n = ETHERNET, len;

	memcpy(&packet.hw_protocol, p->p_bytes, 2);
	*ahead = 0;
	if (packet_draw(4) == 0) {
		family.nfgen_family = NFPROTO_NETDEV;
		if (packet_draw(2) == 0)
			*ahead = ETHERNET;
		packet.hook = *ahead != 0;
	} else if (packet_draw(8) != 0) {
		if (packet.hw_protocol == htons(0x0800))
			family.nfgen_family = NFPROTO_IPV4;
		else if (packet.hw_protocol == htons(0x86dd))
			family.nfgen_family = NFPROTO_IPV6;
	}
	memset(to, 0, ETHERNET);
	n += put(to + n, &head, sizeof(head));
	n += put(to + n, &family, sizeof(family));
	n += put_attribute(to + n, NFULA_PACKET_HDR, &packet, sizeof(packet));
	if (packet_draw(2) == 0)
		n += put_attribute(to + n, NFULA_MARK, mark, sizeof(mark));
	memset(payload, 0xaa, *ahead);
	len = *ahead;
	len += put(
	    payload + len, p->p_bytes + SLL2, p->p_packet.pk_captured - SLL2);
	if (packet_draw(100) != 0)
		n += put_attribute(to + n, NFULA_PAYLOAD, payload, len);
	else
		*ahead = SIZE_MAX;
	return n;
}

/* Writes what the program is run with.  Returns the bytes; 0: cannot be. */
static size_t
write_frame(const struct link *l, struct packet *p, uint8_t *to, size_t *ahead)
{
	struct key_packet *kp = &p->p_packet;

	kp->pk_tagged = false;
	if (l->l_type != EBPF_KEY_NFLOG)
		kp->pk_captured = kp->pk_length = p->p_n;
	if (l->l_link == KEY_LINK_SLL2 && kp->pk_captured < SLL2)
		return 0;
	if (l->l_type == EBPF_KEY_NFLOG)
		return write_message(p, to, ahead);
	memset(to, 0x42, ETHERNET);
	if (l->l_link == KEY_LINK_SLL2) {
		if (p->p_n == SLL2)
			return 0;
		memcpy(to + 12, p->p_bytes, 2);
		memcpy(to + ETHERNET, p->p_bytes + SLL2, p->p_n - SLL2);
		return ETHERNET + p->p_n - SLL2;
	}
	memcpy(to + ETHERNET, p->p_bytes, p->p_n);
	return p->p_n == 0 ? 0 : ETHERNET + p->p_n;
}

/*
 * Returns the answer of key_extract(); bytes: length of the packet, as far as
 * the program knows it.
 */
static enum key_found
expect(const struct link *l, const struct packet *p, const struct key_spec *ks,
    size_t ahead, uint64_t bytes, struct key *key)
{
	struct key_packet kp = p->p_packet;

	memset(key, 0, sizeof(*key));
	if (l->l_type != EBPF_KEY_NFLOG)
		return key_extract(ks, &kp, key);
	if (ahead == SIZE_MAX)
		return KEY_CUT;
	/* The length is that of ebpf_nflog(). */
	kp.pk_length = kp.pk_captured;
	if (bytes + SLL2 > kp.pk_captured + ahead)
		kp.pk_length = (size_t)bytes + SLL2 - ahead;
	return key_extract(ks, &kp, key);
}

#endif
