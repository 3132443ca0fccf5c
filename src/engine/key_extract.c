/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/key_extract.h"

#define V4_HEADER 20
#define V6_HEADER 40

/* IP protocols and IPv6 extension headers. */
#define HOP_BY_HOP  0
#define TCP	    6
#define UDP	    17
#define ROUTING	    43
#define FRAGMENT    44
#define AUTHENTIC   51
#define DESTINATION 60
#define SCTP	    132

/* Places of the parts of a packet. */
struct headers {
	enum key_found h_tagged; /* the other members count if KEY_FOUND */
	uint16_t h_tag;
	enum key_found h_ip;
	unsigned int h_version; /* 4 or 6 */
	size_t h_at;		/* IP header */
	enum key_found h_ports;
	size_t h_ports_at; /* source port */
};

static bool
has(const struct key_spec *ks, enum key_kind kind)
{
	return key_find(ks, kind) != -1;
}

static bool
needs_ports(const struct key_spec *ks)
{
	return has(ks, KEY_SOURCE_PORT) || has(ks, KEY_PORT);
}

/* Returns where the bytes from `at` on are. */
static enum key_found
reach(const struct key_packet *p, size_t at, size_t n)
{
	if (at + n <= p->pk_captured)
		return KEY_FOUND;
	return at + n <= p->pk_length ? KEY_CUT : KEY_NONE;
}

static unsigned int
get16(const struct key_packet *p, size_t at)
{
	return (unsigned int)p->pk_bytes[at] << 8 | p->pk_bytes[at + 1];
}

/* Looks for an IP header of a version, 4 or 6, or 0 for any. */
static void
find_ip(
    struct headers *h, const struct key_packet *p, size_t at, unsigned int want)
{
	unsigned int first;

	h->h_at = at;
	h->h_ip = KEY_NONE;
	if (at + (want == 6 ? V6_HEADER : V4_HEADER) > p->pk_length)
		return;
	if ((h->h_ip = reach(p, at, 1)) != KEY_FOUND)
		return;
	first = p->pk_bytes[at];
	h->h_version = first >> 4;
	if ((want != 0 && h->h_version != want) ||
	    (h->h_version != 4 && h->h_version != 6) ||
	    (h->h_version == 4 && (first & 0xf) < V4_HEADER / 4) ||
	    (h->h_version == 6 && at + V6_HEADER > p->pk_length))
		h->h_ip = KEY_NONE;
}

/* Looks for tags and an IP header: an Ethernet type, and the bytes behind. */
static void
find_type(
    struct headers *h, const struct key_packet *p, size_t type_at, size_t next)
{
	unsigned int type, tags;

	for (tags = 0;; tags++) {
		if ((h->h_ip = reach(p, type_at, 2)) != KEY_FOUND) {
			if (tags == 0 && !p->pk_tagged)
				h->h_tagged = h->h_ip;
			return;
		}
		h->h_ip = KEY_NONE;
		type = get16(p, type_at);
		if (type != 0x8100 && type != 0x88a8 && type != 0x9100)
			break;
		if (tags + p->pk_tagged == 2)
			return;
		if (tags == 0 && !p->pk_tagged) {
			h->h_tagged = reach(p, next, 2);
			if (h->h_tagged == KEY_FOUND)
				h->h_tag = (uint16_t)get16(p, next);
		}
		type_at = next + 2;
		next += 4;
	}
	if (type == 0x0800)
		find_ip(h, p, next, 4);
	else if (type == 0x86dd)
		find_ip(h, p, next, 6);
}

/* Looks behind an address family, in the byte order of any host. */
static void
find_family(struct headers *h, const struct key_packet *p)
{
	const uint8_t *b = p->pk_bytes;
	unsigned int family;

	if ((h->h_ip = reach(p, 0, 4)) != KEY_FOUND)
		return;
	family = b[0] == 0 && b[1] == 0 ? get16(p, 2) :
	    b[2] == 0 && b[3] == 0	? (unsigned int)b[1] << 8 | b[0] :
					  0;
	switch (family) {
	case 2:
		find_ip(h, p, 4, 4);
		break;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD, DragonFly */
	case 30: /* macOS */
		find_ip(h, p, 4, 6);
		break;
	default:
		h->h_ip = KEY_NONE;
	}
}

static void
find_ppp(struct headers *h, const struct key_packet *p)
{
	unsigned int protocol;
	size_t at = 0;

	if ((h->h_ip = reach(p, 0, 2)) != KEY_FOUND)
		return;
	if (get16(p, 0) == 0xff03)
		at = 2;
	if ((h->h_ip = reach(p, at, 2)) != KEY_FOUND)
		return;
	protocol = get16(p, at);
	h->h_ip = KEY_NONE;
	if (protocol == 0x0021)
		find_ip(h, p, at + 2, 4);
	else if (protocol == 0x0057)
		find_ip(h, p, at + 2, 6);
}

static void
find_link(struct headers *h, const struct key_packet *p)
{
	h->h_tagged = p->pk_tagged ? KEY_FOUND : KEY_NONE;
	h->h_tag = p->pk_tag;
	h->h_ip = KEY_NONE;
	switch (p->pk_link) {
	case KEY_LINK_ETHERNET:
		find_type(h, p, 12, 14);
		break;
	case KEY_LINK_IP:
		find_ip(h, p, 0, 0);
		break;
	case KEY_LINK_FAMILY:
		find_family(h, p);
		break;
	case KEY_LINK_SLL:
		find_type(h, p, 14, 16);
		break;
	case KEY_LINK_SLL2:
		find_type(h, p, 0, 20);
		break;
	case KEY_LINK_PPP:
		find_ppp(h, p);
		break;
	case KEY_LINK_PFLOG:
		h->h_ip = reach(p, 0, 1);
		if (h->h_ip == KEY_FOUND)
			find_ip(h, p, ((size_t)p->pk_bytes[0] + 3) & ~3U, 0);
		break;
	default:
		break;
	}
}

static bool
has_ports(unsigned int protocol)
{
	return protocol == TCP || protocol == UDP || protocol == SCTP;
}

/* Looks for ports, `at` bytes behind the start of the IP header. */
static void
find_ports(
    struct headers *h, const struct key_packet *p, size_t at, size_t length)
{
	if (at + 4 > length)
		return;
	h->h_ports_at = h->h_at + at;
	h->h_ports = reach(p, h->h_ports_at, 4);
}

static void
find_ports_v4(struct headers *h, const struct key_packet *p)
{
	size_t length, at = h->h_at;

	if ((h->h_ports = reach(p, at, 10)) != KEY_FOUND)
		return;
	h->h_ports = KEY_NONE;
	if ((get16(p, at + 6) & 0x1fff) != 0 || !has_ports(p->pk_bytes[at + 9]))
		return;
	if ((length = get16(p, at + 2)) == 0)
		length = SIZE_MAX;
	find_ports(h, p, (size_t)(p->pk_bytes[at] & 0xf) * 4, length);
}

/* Returns the size of the extension header at `at`; 0: has no next header. */
static size_t
extension_size(const struct key_packet *p, size_t at, unsigned int type)
{
	switch (type) {
	case HOP_BY_HOP:
	case ROUTING:
	case DESTINATION:
		return ((size_t)p->pk_bytes[at + 1] + 1) * 8;
	case AUTHENTIC:
		return ((size_t)p->pk_bytes[at + 1] + 2) * 4;
	case FRAGMENT:
		return (get16(p, at + 2) & 0xfff8) == 0 ? 8 : 0;
	default:
		return 0;
	}
}

static bool
is_extension(unsigned int type)
{
	return type == HOP_BY_HOP || type == ROUTING || type == FRAGMENT ||
	    type == AUTHENTIC || type == DESTINATION;
}

static void
find_ports_v6(struct headers *h, const struct key_packet *p)
{
	size_t size, length, at = V6_HEADER;
	unsigned int type, n;

	if ((h->h_ports = reach(p, h->h_at, 7)) != KEY_FOUND)
		return;
	length = get16(p, h->h_at + 4);
	length = length == 0 ? SIZE_MAX : length + V6_HEADER;
	type = p->pk_bytes[h->h_at + 6];
	for (n = 0; n < KEY_EXTENSIONS && is_extension(type); n++) {
		h->h_ports = reach(p, h->h_at + at, 4);
		if (h->h_ports != KEY_FOUND)
			return;
		size = extension_size(p, h->h_at + at, type);
		type = p->pk_bytes[h->h_at + at];
		h->h_ports = KEY_NONE;
		if (size == 0)
			return;
		at += size;
	}
	h->h_ports = KEY_NONE;
	if (has_ports(type))
		find_ports(h, p, at, length);
}

/* Returns where a part's bytes are in the packet; *at is the first. */
static enum key_found
find_part(const struct headers *h, const struct key_packet *p,
    unsigned int kind, size_t *at)
{
	bool v6 = h->h_version == 6;

	switch (kind) {
	case KEY_SOURCE:
		*at = h->h_at + (v6 ? 8 : 12);
		break;
	case KEY_DESTINATION:
		*at = h->h_at + (v6 ? 24 : 16);
		break;
	case KEY_SOURCE_PORT:
	case KEY_PORT:
		*at = h->h_ports_at + (kind == KEY_PORT ? 2 : 0);
		return h->h_ports;
	case KEY_MAC:
	case KEY_DESTINATION_MAC:
		*at = kind == KEY_MAC ? 6 : 0;
		if (p->pk_link != KEY_LINK_ETHERNET)
			return KEY_NONE;
		return reach(p, *at, key_width(KEY_MAC));
	default:
		return h->h_tagged;
	}
	if (h->h_ip != KEY_FOUND)
		return h->h_ip;
	return reach(p, *at, v6 ? 16 : 4);
}

/* Copies the first bits of an address; the others are already 0. */
static void
copy_prefix(uint8_t *to, const uint8_t *from, unsigned int bits)
{
	memcpy(to, from, bits / 8);
	if (bits % 8 != 0)
		to[bits / 8] = (uint8_t)(from[bits / 8] & ~(0xffU >> bits % 8));
}

static void
copy_part(const struct key_part *part, const struct headers *h,
    const uint8_t *from, uint8_t *to)
{
	if (key_is_address(part->kp_kind)) {
		copy_prefix(
		    to, from, h->h_version == 6 ? part->kp_v6 : part->kp_v4);
	} else if (part->kp_kind == KEY_VLAN) {
		to[0] = (uint8_t)(h->h_tag >> 8 & 0xf);
		to[1] = (uint8_t)(h->h_tag & 0xff);
	} else {
		memcpy(to, from, key_width(part->kp_kind));
	}
}

enum key_found
key_extract(
    const struct key_spec *ks, const struct key_packet *packet, struct key *key)
{
	struct key_packet p = *packet;
	struct headers h = { 0 };
	enum key_found got, all = KEY_FOUND;
	size_t i, at;

	if (p.pk_length < p.pk_captured)
		p.pk_length = p.pk_captured;
	find_link(&h, &p);
	h.h_ports = h.h_ip;
	if (h.h_ip == KEY_FOUND && needs_ports(ks)) {
		if (h.h_version == 4)
			find_ports_v4(&h, &p);
		else
			find_ports_v6(&h, &p);
	}
	memset(key, 0, sizeof(*key));
	if (has(ks, KEY_SOURCE) || has(ks, KEY_DESTINATION))
		key->k_bytes[0] = (uint8_t)h.h_version;
	for (i = 0; i < ks->ks_n; i++) {
		at = 0;
		got = find_part(&h, &p, ks->ks_parts[i].kp_kind, &at);
		if (got > all)
			all = got;
		if (all == KEY_FOUND)
			copy_part(&ks->ks_parts[i], &h, p.pk_bytes + at,
			    key->k_bytes + key_place(ks, i));
	}
	return all;
}

/* Returns the most bytes in front of an IP header; PFLOG: the usual ones. */
static size_t
link_size(enum key_link link)
{
	static const size_t sizes[KEY_LINKS] = {
		[KEY_LINK_ETHERNET] = 14 + 2 * 4,
		[KEY_LINK_FAMILY] = 4,
		[KEY_LINK_SLL] = 16 + 2 * 4,
		[KEY_LINK_SLL2] = 20 + 2 * 4,
		[KEY_LINK_PPP] = 4,
		[KEY_LINK_PFLOG] = 112,
	};

	return sizes[link];
}

size_t
key_extract_reach(const struct key_spec *ks, enum key_link link)
{
	if (link == KEY_LINK_OTHER)
		return 0;
	if (needs_ports(ks))
		return link_size(link) + 60 + 4;
	if (has(ks, KEY_DESTINATION))
		return link_size(link) + V6_HEADER;
	if (has(ks, KEY_SOURCE))
		return link_size(link) + V6_HEADER - 16;
	return link_size(link);
}
