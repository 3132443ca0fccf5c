/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A key is what packets are counted apart by, such as the source address.
 * The bytes of a key are those of the packet, so that the kernel and
 * key_extract() make the same key of the same packet.
 *
 * Pure: no clock, no I/O, no allocation, no globals.
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Also the sequence of the parts within a key. */
enum key_kind {
	KEY_SOURCE,	     /* IP address */
	KEY_DESTINATION,     /* IP address */
	KEY_SOURCE_PORT,     /* of TCP, UDP or SCTP */
	KEY_PORT,	     /* destination port of TCP, UDP or SCTP */
	KEY_MAC,	     /* Ethernet source address */
	KEY_DESTINATION_MAC, /* Ethernet destination address */
	KEY_VLAN,	     /* identifier in the outermost tag */
	KEY_KINDS
};

/* Most parts of a key. */
#define KEY_PARTS 4

/* Longest prefixes: whole addresses; bits. */
#define KEY_V4_BITS 32
#define KEY_V6_BITS 128

struct key_part {
	uint8_t kp_kind; /* enum key_kind */
	uint8_t kp_v4;	 /* address: bits of an IPv4 prefix, else 0 */
	uint8_t kp_v6;	 /* address: bits of an IPv6 prefix, else 0 */
};

/* Valid with 1 to KEY_PARTS parts of different kinds, in the user's order. */
struct key_spec {
	uint8_t ks_n; /* parts in use; the others are all 0 */
	struct key_part ks_parts[KEY_PARTS];
};

/*
 * Layout, for a hash table in the kernel, too:
 *
 *   0     4 or 6 if the spec has an address, else 0
 *   1..3  0
 *   4     the parts of the spec by increasing kind, without a gap:
 *         an address 16 bytes (IPv4: 4 bytes, then 0), a port 2, a MAC
 *         address 6, a VLAN 2; in network byte order
 *
 * and 0 up to the end.  So an address is on a multiple of 4, anything else on
 * a multiple of 2.  Bits behind a prefix are 0.
 */
#define KEY_SIZE  48
#define KEY_FIRST 4

struct key {
	uint8_t k_bytes[KEY_SIZE];
};

/* Returns the index in ks_parts of the part of a kind; -1: there is none. */
int key_find(const struct key_spec *, enum key_kind);

/* Returns the number of bytes of k_bytes in use, a multiple of 4. */
size_t key_size(const struct key_spec *);

/*
 * Return the offset in k_bytes of a part, by its index in ks_parts, and the
 * number of bytes of a part.
 */
size_t key_place(const struct key_spec *, size_t part);
size_t key_width(enum key_kind);

/* Returns true for a kind that has prefixes. */
bool key_is_address(enum key_kind);

/* Returns true if the numbers of a spec are valid. */
bool key_spec_valid(const struct key_spec *);

/* Returns true if key_extract() can make such a key for a valid spec. */
bool key_valid(const struct key_spec *, const struct key *);

#endif
