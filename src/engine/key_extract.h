/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Makes the key of a packet.  The packet is untrusted: any bytes are valid.
 * Pure: no clock, no I/O, no allocation, no globals.
 */
#ifndef KEY_EXTRACT_H
#define KEY_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/key.h"

/* Form of the first bytes of a packet. */
enum key_link {
	KEY_LINK_OTHER,	   /* unknown: any packet is keyless */
	KEY_LINK_ETHERNET, /* with up to 2 VLAN tags */
	KEY_LINK_IP,	   /* IP header, as in a message of a log group */
	KEY_LINK_FAMILY,   /* DLT_NULL, DLT_LOOP: address family, 4 bytes */
	KEY_LINK_SLL,	   /* DLT_LINUX_SLL, tags as in Ethernet */
	KEY_LINK_SLL2,	   /* DLT_LINUX_SLL2, tags as in Ethernet */
	KEY_LINK_PPP,	   /* DLT_PPP, with or without FF 03 */
	KEY_LINK_PFLOG,	   /* DLT_PFLOG */
	KEY_LINKS
};

struct key_packet {
	enum key_link pk_link;
	const uint8_t *pk_bytes;
	size_t pk_captured; /* bytes at pk_bytes */
	size_t pk_length;   /* bytes on the wire */
	bool pk_tagged;	    /* a VLAN tag came outside the bytes */
	uint16_t pk_tag;    /* such a tag, in host byte order */
};

enum key_found {
	KEY_FOUND,
	KEY_CUT, /* untracked: a part is behind pk_captured */
	KEY_NONE /* keyless: the packet lacks a part */
};

/*
 * Makes the key of a packet.  KEY_NONE comes before KEY_CUT: a packet that
 * certainly lacks a part is keyless, whatever else was cut.  The key is valid
 * only after KEY_FOUND.
 *
 * A source or destination needs a complete fixed IP header (20 or 40 bytes on
 * the wire) with the version of the link header, and in IPv4 a header length
 * of 20 or more.  Further tags than two, also outside the bytes, and tunnels
 * hide it.
 *
 * Ports need this too.  Both are there or none, in the first fragment only, in
 * an IPv4 packet behind the options, in an IPv6 packet behind at most
 * KEY_EXTENSIONS headers of the types 0, 43, 44, 51 and 60, and within the
 * length in the IP header, unless this length is 0 (too large for the header).
 *
 * Only Ethernet has MAC addresses.
 */
enum key_found key_extract(
    const struct key_spec *, const struct key_packet *, struct key *);

/* IPv6 extension headers in front of ports, at most. */
#define KEY_EXTENSIONS 8

/*
 * Returns how many bytes of each packet to capture, from the first on: enough
 * for two VLAN tags, and for all IPv4 options or 20 bytes of IPv6 extension
 * headers.
 */
size_t key_extract_reach(const struct key_spec *, enum key_link);

#endif
