/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Random Ethernet frames, most of them valid, with few different addresses. */
#include <stdint.h>
#include <string.h>

#include "judge.h"

static size_t
put(unsigned char *p, size_t at, const void *bytes, size_t n)
{
	memcpy(p + at, bytes, n);
	return at + n;
}

static size_t
put8(unsigned char *p, size_t at, uint32_t v)
{
	p[at] = (unsigned char)v;
	return at + 1;
}

static size_t
put16(unsigned char *p, size_t at, uint32_t v)
{
	at = put8(p, at, v >> 8);
	return put8(p, at, v);
}

static size_t
put32(unsigned char *p, size_t at, uint32_t v)
{
	at = put16(p, at, v >> 16);
	return put16(p, at, v);
}

static size_t
noise(unsigned char *p, size_t at, size_t n)
{
	while (n-- > 0)
		at = put8(p, at, chance(256));
	return at;
}

static uint32_t
one_of(const uint32_t *values, size_t n)
{
	return values[chance((uint32_t)n)];
}

#define ONE_OF(...)                               \
	one_of((const uint32_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static uint32_t
port(void)
{
	if (chance(4) == 0)
		return chance(65536);
	return ONE_OF(22, 25, 53, 80, 443, 4789, 6081, 9000, 20, 1024, 2152);
}

static size_t
transport(unsigned char *p, size_t at, uint32_t protocol)
{
	switch (protocol) {
	case 6:
		at = put16(p, at, port());
		at = put16(p, at, port());
		at = noise(p, at, 8);
		at = put8(p, at, 0x50 + 16 * chance(3));
		at = put8(p, at, ONE_OF(2, 18, 16, 24, 17, 4, 1));
		return noise(p, at, 6 + chance(40));
	case 17:
	case 132:
		at = put16(p, at, port());
		at = put16(p, at, port());
		return noise(p, at, 4 + chance(60));
	case 1:
	case 58:
		at = put8(p, at, ONE_OF(0, 3, 8, 11, 128, 129, 135, 136));
		at = put8(p, at, chance(4));
		return noise(p, at, 6 + chance(20));
	default:
		return noise(p, at, chance(64));
	}
}

static size_t
ip4(unsigned char *p, size_t at)
{
	uint32_t protocol = ONE_OF(6, 6, 17, 17, 1, 2, 132, 50, 51, 89, 112);
	uint32_t words = chance(4) == 0 ? 5 + chance(11) : 5;
	size_t start = at, end;

	at = put8(p, at, 0x40 + words);
	at = put8(p, at, chance(4) == 0 ? chance(256) : 0);
	at = put16(p, at, 0);
	at = put16(p, at, chance(65536));
	at = put16(p, at, ONE_OF(0, 0, 0, 0x4000, 0x2000, 0x2010, 0x10));
	at = put8(p, at, ONE_OF(1, 64, 255));
	at = put8(p, at, protocol);
	at = put16(p, at, chance(65536));
	at = put32(
	    p, at, ONE_OF(0x0a000001, 0x0a000002, 0xc0a80101, 0x7f000001));
	at = put32(p, at,
	    ONE_OF(0x0a000001, 0x0a000002, 0xc0a801ff, 0xffffffff, 0xe0000001));
	at = noise(p, at, 4 * (words - 5));
	end = transport(p, at, protocol);
	put16(p, start + 2, (uint32_t)(end - start));
	return end;
}

static size_t
ip6(unsigned char *p, size_t at)
{
	static const unsigned char host[15] = { 0x20, 1, 0xd, 0xb8 };
	static const unsigned char group[15] = { 0xff, 2 };
	uint32_t protocol = ONE_OF(6, 6, 17, 17, 58, 132, 50, 89, 59);
	uint32_t first = ONE_OF(255, 255, 0, 43, 44, 60);
	size_t length;

	at = put32(p, at, 0x60000000 + chance(0x100000));
	length = at;
	at = put16(p, at, 0);
	at = put8(p, at, first == 255 ? protocol : first);
	at = put8(p, at, ONE_OF(1, 64, 255));
	at = put(p, at, host, sizeof(host));
	at = put8(p, at, 1 + chance(3));
	at = put(p, at, chance(3) == 0 ? group : host, 15);
	at = put8(p, at, 1 + chance(3));
	if (first != 255) {
		at = put8(p, at, protocol);
		at = put8(p, at, 0);
		at = put16(p, at, ONE_OF(0, 1, 0x58));
		at = noise(p, at, 4);
	}
	at = transport(p, at, protocol);
	put16(p, length, (uint32_t)(at - length - 36));
	return at;
}

static size_t
arp(unsigned char *p, size_t at)
{
	at = put32(p, at, 0x00010800);
	at = put16(p, at, 0x0604);
	at = put16(p, at, 1 + chance(4));
	at = noise(p, at, 6);
	at = put32(p, at, ONE_OF(0x0a000001, 0x0a000002, 0xc0a80101));
	at = noise(p, at, 6);
	return put32(p, at, ONE_OF(0x0a000001, 0x0a000002, 0xc0a80101));
}

/* Appends an Ethernet type and its payload. */
static size_t
payload(unsigned char *p, size_t at, unsigned int depth)
{
	uint32_t type;

	switch (chance(depth > 3 ? 9 : 16)) {
	case 0:
	case 1:
	case 2:
		at = put16(p, at, 0x0800);
		return ip4(p, at);
	case 3:
	case 4:
	case 5:
		at = put16(p, at, 0x86dd);
		return ip6(p, at);
	case 6:
		at = put16(p, at, ONE_OF(0x0806, 0x8035));
		return arp(p, at);
	case 7: /* 802.3, some with SNAP */
		at = put16(p, at, 3 + chance(60));
		at = put32(p, at,
		    ONE_OF(0x42420300, 0xaaaa0300, 0xfefe0383, 0xe0e00300,
			0xf0f00300, 0xffff0300));
		at = put16(p, at, ONE_OF(0, 0x1234));
		at = put16(p, at, ONE_OF(0x809b, 0x80f3, 0x0800));
		return noise(p, at, chance(40));
	case 8:
		type = ONE_OF(0x809b, 0x6003, 0x6004, 0x80f3, 0x8137, 0x88cc,
		    0x8863, 0x9000, 0x0842);
		at = put16(p, at, type);
		return noise(p, at, chance(80));
	case 9:
	case 10:
	case 11: /* VLAN tags */
		at = put16(p, at, ONE_OF(0x8100, 0x8100, 0x88a8, 0x9100));
		at = put16(p, at, ONE_OF(0, 100, 200, 0x2064, 4095));
		return payload(p, at, depth + 1);
	case 12:
		at = put16(p, at, 0x8864);
		at = put16(p, at, 0x1100);
		at = put16(p, at, ONE_OF(1, 7, 0x1234));
		at = put16(p, at, chance(100));
		if (chance(2) == 0)
			return ip4(p, put16(p, at, 0x0021));
		return ip6(p, put16(p, at, 0x0057));
	case 13:
	case 14:
		at = put16(p, at, ONE_OF(0x8847, 0x8848));
		if (chance(2) == 0)
			at = put32(p, at, (ONE_OF(16, 100, 1024) << 12) + 64);
		at = put32(p, at, (ONE_OF(0, 16, 100, 1024) << 12) + 0x140);
		return chance(2) == 0 ? ip4(p, at) : ip6(p, at);
	default:
		return noise(p, at, 2 + chance(100));
	}
}

size_t
frame(unsigned char *p)
{
	static const unsigned char macs[3][6] = { { 2, 0, 0, 0, 0, 1 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 1, 0, 0x5e, 0, 0, 1 } };
	size_t at = 0;

	at = put(p, at, macs[chance(3)], 6);
	at = put(p, at, macs[0], 5);
	at = put8(p, at, 1 + chance(3));
	if (chance(20) == 0)
		at = noise(p, at, 2 + chance(1400));
	else
		at = payload(p, at, 0);
	/* Truncates some frames. */
	if (chance(8) == 0)
		at = 14 + chance((uint32_t)at - 13);
	return at;
}
