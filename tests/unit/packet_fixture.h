/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Generates packets together with the answers about their keys.  The builder
 * notes, header after header, the bytes that a reader needs in order to go on.
 */
#ifndef PACKET_FIXTURE_H
#define PACKET_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/key_extract.h"

#define PACKET_MAX 2048

/* Longest chain of steps to a part. */
#define STEPS 24

/* What a reader needs next. */
struct step {
	size_t st_end;	 /* bytes from the start of the packet */
	bool st_on_wire; /* only on the wire, else also captured */
};

struct path {
	struct step pa_steps[STEPS];
	size_t pa_n;
	bool pa_there; /* at the end of the path is the part */
	size_t pa_at;
};

struct packet {
	struct key_packet p_packet;
	uint8_t p_bytes[PACKET_MAX];
	size_t p_n;
	bool p_v6;
	bool p_plain; /* no tags, fragments, extensions, damage */
	struct path p_paths[KEY_KINDS];
};

static uint64_t packet_seed;

/* Returns a number below `limit`; each run has the same sequence. */
static unsigned int
packet_draw(unsigned int limit)
{
	packet_seed = packet_seed * UINT64_C(6364136223846793005) + 1;
	return (unsigned int)((packet_seed >> 33) % limit);
}

static void
put8(struct packet *p, unsigned int byte)
{
	p->p_bytes[p->p_n++] = (uint8_t)byte;
}

static void
put16(struct packet *p, unsigned int word)
{
	put8(p, word >> 8);
	put8(p, word & 0xff);
}

static void
put_random(struct packet *p, size_t n)
{
	while (n-- > 0)
		put8(
		    p, packet_draw(4) == 0 ? packet_draw(256) : packet_draw(2));
}

/* Notes a step on the way to all parts from the first kind to the last. */
static void
step(struct packet *p, unsigned int first, unsigned int last, size_t end,
    bool on_wire)
{
	struct path *pa;

	for (; first <= last; first++) {
		pa = &p->p_paths[first];
		pa->pa_steps[pa->pa_n++] = (struct step){ end, on_wire };
	}
}

#define IP_PARTS KEY_SOURCE, KEY_PORT

static void
there(struct packet *p, unsigned int kind, size_t at, size_t end)
{
	step(p, kind, kind, end, false);
	p->p_paths[kind].pa_there = true;
	p->p_paths[kind].pa_at = at;
}

/* Appends ports, or what is too short for them by the length in the header. */
static void
put_ports(struct packet *p, unsigned int protocol, bool inside)
{
	size_t at = p->p_n;

	put_random(p, 4 + packet_draw(40));
	if ((protocol != 6 && protocol != 17 && protocol != 132) || !inside)
		return;
	there(p, KEY_SOURCE_PORT, at, at + 4);
	there(p, KEY_PORT, at + 2, at + 4);
}

static unsigned int
draw_protocol(void)
{
	static const unsigned int protocols[] = { 6, 6, 17, 17, 132, 1, 50, 59,
		4, 41, 255 };

	return protocols[packet_draw(11)];
}

/* Appends an IPv4 packet. */
static void
put_v4(struct packet *p)
{
	unsigned int options = packet_draw(3) == 0 ? packet_draw(11) : 0;
	unsigned int protocol = draw_protocol(), fragment = 0x4000, length;
	bool damaged = packet_draw(20) == 0, inside = true;
	size_t at = p->p_n;

	step(p, IP_PARTS, at + 20, true);
	step(p, IP_PARTS, at + 1, false);
	length = 20 + 4 * options + 4 + packet_draw(100);
	if (packet_draw(8) == 0) {
		length = packet_draw(20 + 4 * options + 4);
		inside = length == 0;
	}
	if (packet_draw(4) == 0) {
		fragment = packet_draw(2) * 0x2000 +
		    (packet_draw(2) << packet_draw(13));
		inside = inside && (fragment & 0x1fff) == 0;
	}
	put8(p, damaged ? 0x40 + packet_draw(5) : 0x45 + options);
	put8(p, 0);
	put16(p, length);
	put16(p, packet_draw(65536));
	put16(p, fragment);
	put8(p, 64);
	put8(p, protocol);
	put16(p, 0);
	put_random(p, 8 + 4 * (size_t)options);
	p->p_plain = p->p_plain && !damaged && inside && length != 0;
	if (damaged)
		return;
	there(p, KEY_SOURCE, at + 12, at + 16);
	there(p, KEY_DESTINATION, at + 16, at + 20);
	step(p, KEY_SOURCE_PORT, KEY_PORT, at + 10, false);
	put_ports(p, protocol, inside);
}

/*
 * Appends an extension header in front of one of another type.  Returns false
 * if a reader stops here: a fragment that is not the first.
 */
static bool
put_extension(struct packet *p, unsigned int type, unsigned int next)
{
	unsigned int n = packet_draw(4) == 0 ? packet_draw(5) : 0;
	unsigned int offset =
	    packet_draw(3) == 0 ? packet_draw(2) << packet_draw(13) : 0;

	step(p, KEY_SOURCE_PORT, KEY_PORT, p->p_n + 4, false);
	put8(p, next);
	if (type == 44) {
		put8(p, 0);
		put16(p, offset << 3 | packet_draw(8));
		put_random(p, 4);
		return offset == 0;
	}
	put8(p, n);
	put_random(p, type == 51 ? 4 * (n + 2) - 2 : 8 * (n + 1) - 2);
	return true;
}

/* Appends an IPv6 packet. */
static void
put_v6(struct packet *p)
{
	static const unsigned int types[] = { 0, 43, 44, 51, 60 };
	unsigned int chain[KEY_EXTENSIONS + 4], n, i;
	size_t at = p->p_n, payload;
	bool inside = true;

	n = packet_draw(2) == 0 ? 0 : packet_draw(KEY_EXTENSIONS + 3);
	for (i = 0; i < n; i++)
		chain[i] = types[packet_draw(5)];
	chain[n] = draw_protocol();
	/* Only the first byte tells the version where no link header does. */
	if (p->p_packet.pk_link == KEY_LINK_IP ||
	    p->p_packet.pk_link == KEY_LINK_PFLOG)
		step(p, IP_PARTS, at + 20, true);
	else
		step(p, IP_PARTS, at + 40, true);
	step(p, IP_PARTS, at + 1, false);
	step(p, IP_PARTS, at + 40, true);
	put8(p, 0x60);
	put_random(p, 3);
	put16(p, 0);
	put8(p, chain[0]);
	put8(p, 64);
	put_random(p, 32);
	there(p, KEY_SOURCE, at + 8, at + 24);
	there(p, KEY_DESTINATION, at + 24, at + 40);
	step(p, KEY_SOURCE_PORT, KEY_PORT, at + 7, false);
	for (i = 0; i < n && i < KEY_EXTENSIONS && inside; i++)
		inside = put_extension(p, chain[i], chain[i + 1]);
	p->p_plain = p->p_plain && n == 0;
	payload = p->p_n - at - 40 + 4 + packet_draw(100);
	if (packet_draw(8) == 0) {
		payload = packet_draw((unsigned int)(p->p_n - at - 40 + 4));
		inside = inside && payload == 0;
		p->p_plain = false;
	}
	p->p_bytes[at + 4] = (uint8_t)(payload >> 8);
	p->p_bytes[at + 5] = (uint8_t)payload;
	put_ports(p, chain[i], inside && i == n);
}

/* Appends an IP packet of the version, or one that has another. */
static void
put_ip(struct packet *p)
{
	size_t at = p->p_n, i;

	if (p->p_v6)
		put_v6(p);
	else
		put_v4(p);
	if (packet_draw(20) > 0)
		return;
	/* No reader goes on behind the first byte. */
	p->p_bytes[at] = (uint8_t)(packet_draw(2) == 0 ? 0x70 : 0);
	p->p_plain = false;
	for (i = KEY_SOURCE; i <= KEY_PORT; i++) {
		while (p->p_paths[i].pa_n > 0 &&
		    p->p_paths[i].pa_steps[p->p_paths[i].pa_n - 1].st_end !=
			at + 1)
			p->p_paths[i].pa_n--;
		p->p_paths[i].pa_there = false;
	}
}

/* Appends a type and tags, `gap` bytes in front of what follows. */
static void
put_type(struct packet *p, size_t gap)
{
	static const unsigned int tags[] = { 0x8100, 0x88a8, 0x9100 };
	static const unsigned int others[] = { 0x0806, 0x8847, 0x8864, 100, 0 };
	/* Two tags at most, also outside the bytes. */
	const unsigned int most = p->p_packet.pk_tagged ? 1 : 2;
	unsigned int n = packet_draw(2) == 0 ? 0 : packet_draw(4), i;
	bool known = packet_draw(8) > 0, tag;

	for (i = 0; i <= n; i++) {
		tag = i < n;
		if (i <= most)
			step(p, IP_PARTS, p->p_n + 2, false);
		if (i == 0 && !p->p_packet.pk_tagged)
			step(p, KEY_VLAN, KEY_VLAN, p->p_n + 2, false);
		put16(p,
		    tag		? tags[packet_draw(3)] :
			!known	? others[packet_draw(5)] :
			p->p_v6 ? 0x86dd :
				  0x0800);
		if (i == 0)
			put_random(p, gap);
		if (!tag)
			break;
		if (i == 0 && !p->p_packet.pk_tagged)
			there(p, KEY_VLAN, p->p_n, p->p_n + 2);
		put_random(p, 2);
	}
	p->p_plain = p->p_plain && n == 0 && known;
	if (n <= most && known)
		put_ip(p);
	else
		put_random(p, 80);
}

static void
put_family(struct packet *p)
{
	static const unsigned int v6[] = { 10, 24, 28, 30 };
	unsigned int family = p->p_v6 ? v6[packet_draw(4)] : 2;
	bool known = packet_draw(10) > 0;

	if (!known)
		family = 7;
	step(p, IP_PARTS, 4, false);
	if (packet_draw(2) == 0) {
		put16(p, 0);
		put16(p, family);
	} else {
		put16(p, family << 8);
		put16(p, 0);
	}
	if (known)
		put_ip(p);
	else
		put_random(p, 60);
}

static void
put_ppp(struct packet *p)
{
	step(p, IP_PARTS, 2, false);
	if (packet_draw(2) == 0)
		put16(p, 0xff03);
	step(p, IP_PARTS, p->p_n + 2, false);
	put16(p, p->p_v6 ? 0x0057 : 0x0021);
	put_ip(p);
}

static void
put_link(struct packet *p)
{
	switch (p->p_packet.pk_link) {
	case KEY_LINK_ETHERNET:
		there(p, KEY_DESTINATION_MAC, 0, 6);
		there(p, KEY_MAC, 6, 12);
		put_random(p, 12);
		put_type(p, 0);
		break;
	case KEY_LINK_IP:
		put_ip(p);
		break;
	case KEY_LINK_FAMILY:
		put_family(p);
		break;
	case KEY_LINK_SLL:
		put_random(p, 14);
		put_type(p, 0);
		break;
	case KEY_LINK_SLL2:
		put_type(p, 18);
		break;
	case KEY_LINK_PPP:
		put_ppp(p);
		break;
	case KEY_LINK_PFLOG:
		step(p, IP_PARTS, 1, false);
		put8(p, 61 + packet_draw(4));
		put_random(p, 63);
		put_ip(p);
		break;
	default:
		put_random(p, 100);
	}
}

/* Generates a packet, cut by the capture or on the wire, or whole. */
static void
packet_generate(struct packet *p, enum key_link link)
{
	memset(p, 0, sizeof(*p));
	p->p_plain = true;
	p->p_v6 = packet_draw(2) == 0;
	p->p_packet.pk_link = link;
	p->p_packet.pk_bytes = p->p_bytes;
	p->p_packet.pk_tagged = packet_draw(6) == 0;
	p->p_packet.pk_tag = (uint16_t)packet_draw(65536);
	if (p->p_packet.pk_tagged)
		p->p_paths[KEY_VLAN].pa_there = true;
	put_link(p);
	if (packet_draw(6) == 0) {
		p->p_n = packet_draw((unsigned int)p->p_n);
		p->p_plain = false;
	}
	p->p_packet.pk_captured = p->p_packet.pk_length = p->p_n;
	if (packet_draw(3) == 0)
		p->p_packet.pk_captured = packet_draw((unsigned int)p->p_n + 1);
	if (packet_draw(8) == 0)
		p->p_packet.pk_length += 4;
}

/* Returns the answer about a part. */
static enum key_found
packet_find(const struct packet *p, unsigned int kind)
{
	const struct path *pa = &p->p_paths[kind];
	const struct step *st;

	for (st = pa->pa_steps; st < pa->pa_steps + pa->pa_n; st++) {
		if (st->st_end > p->p_packet.pk_length)
			return KEY_NONE;
		if (!st->st_on_wire && st->st_end > p->p_packet.pk_captured)
			return KEY_CUT;
	}
	return pa->pa_there ? KEY_FOUND : KEY_NONE;
}

#endif
