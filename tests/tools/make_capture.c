/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * make_capture linktype little|big: writes a savefile in this byte order to
 * standard output, without libpcap: UDP and TCP packets in IPv4 and IPv6, in
 * both directions, in each encoding that the link type has for them.
 *
 * make_capture -c savefile expression: prints how many packets libpcap's own
 * loop accepts, or libpcap's error.
 */
#include <err.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 80
#define LENGTH(a)  (sizeof(a) / sizeof((a)[0]))

/* Address families in savefiles: IPv6 has another number on each system. */
static const uint32_t families[] = { 24, 28, 30, 10 };

static bool big;

static const uint8_t ip4[] = { 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 0, 0, 0, 10, 0,
	0, 1, 10, 0, 0, 2 };
static const uint8_t ip6[] = { 0x60, 0, 0, 0, 0, 20, 0, 64, 0x20, 1, 0xd, 0xb8,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 2 };
/* Port 53; as TCP, a SYN that offers ECN. */
static const uint8_t transport[] = { 4, 0, 0, 53, 0, 20, 0, 0, 0, 0, 0, 0, 0x50,
	0xc2, 0, 0, 0, 0, 0, 0 };

static void
put(const void *p, size_t n)
{
	if (fwrite(p, 1, n, stdout) != n)
		err(1, "standard output");
}

/* Stores a number in the byte order of the file. */
static void
field(uint8_t *to, uint32_t v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

static void
number(uint32_t v, size_t n)
{
	uint8_t bytes[4];

	field(bytes, v, n);
	put(bytes, n);
}

/* Stores a number in network byte order. */
static void
net16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

/* Writes LLC and SNAP.  Returns their length. */
static size_t
snap(uint8_t *h, uint32_t type)
{
	static const uint8_t snaps[] = { 0xaa, 0xaa, 3, 0, 0, 0 };

	memcpy(h, snaps, sizeof(snaps));
	net16(h + 6, type);
	return 8;
}

static size_t
wlan(uint8_t *h, uint32_t type)
{
	h[0] = 8;
	return 24 + snap(h + 24, type);
}

/*
 * Writes a "cooked" header.  way: 0 to 3, selects the packet type.  Returns the
 * length of the header.
 */
static size_t
cooked(int linktype, uint8_t *h, uint32_t type, unsigned int way)
{
	uint8_t packet_type = way == 3 ? 4 : (uint8_t)way;

	if (linktype == 113) {
		h[1] = packet_type;
		h[3] = 1;
		net16(h + 14, type);
		return 16;
	}
	net16(h, type);
	h[7] = (uint8_t)(way + 1);
	h[9] = 1;
	h[10] = packet_type;
	return 20;
}

static size_t
ppp(uint8_t *h, uint32_t type, uint8_t first)
{
	h[0] = first;
	h[1] = 3;
	net16(h + 2, type == 0x800 ? 0x21 : 0x57);
	return 4;
}

static size_t
pflog(uint8_t *h, uint32_t type, unsigned int way)
{
	h[0] = 61;
	h[1] = type == 0x800 ? 2 : 24;
	memcpy(h + 4, "em0", 3);
	h[60] = (uint8_t)(way % 2 + 1);
	return 64;
}

static size_t
link_header(int linktype, uint8_t *h, uint32_t type, unsigned int way)
{
	uint32_t family = type == 0x800 ? 2 : families[way];

	memset(h, 0, HEADER_MAX);
	switch (linktype) {
	case 0: /* NULL */
		field(h, family, 4);
		return 4;
	case 108: /* LOOP */
		h[3] = (uint8_t)family;
		return 4;
	case 109: /* ENC */
		field(h, family, 4);
		return 12;
	case 1: /* Ethernet */
		if (way == 3) {
			net16(h + 12, 0x8100);
			h[15] = 7;
		}
		net16(h + (way == 3 ? 16 : 12), type);
		return way == 3 ? 18 : 14;
	case 6: /* token ring */
		return 14 + snap(h + 14, type);
	case 10: /* FDDI */
		h[0] = 0x50;
		return 13 + snap(h + 13, type);
	case 11: /* ATM, RFC 1483 */
		return snap(h, type);
	case 8: /* SLIP */
	case 15:
		h[0] = (uint8_t)(way % 2);
		return linktype == 8 ? 16 : 24;
	case 9: /* PPP */
	case 50:
		return ppp(h, type, 0xff);
	case 166: /* PPP of pppd */
		return ppp(h, type, (uint8_t)(way % 2));
	case 104: /* Cisco HDLC */
		h[0] = 0xf;
		net16(h + 2, type);
		return 4;
	case 105:
		return wlan(h, type);
	case 127: /* radiotap */
		h[2] = 8;
		return 8 + wlan(h + 8, type);
	case 113:
	case 276:
		return cooked(linktype, h, type, way);
	case 117:
		return pflog(h, type, way);
	default: /* raw IP, and link types that libpcap does not know */
		return 0;
	}
}

static void
packet(int linktype, uint32_t type, uint8_t protocol, unsigned int way)
{
	uint8_t h[HEADER_MAX], ip[sizeof(ip6)];
	size_t n = link_header(linktype, h, type, way);
	size_t len = type == 0x800 ? sizeof(ip4) : sizeof(ip6);

	memcpy(ip, type == 0x800 ? ip4 : ip6, len);
	ip[type == 0x800 ? 9 : 6] = protocol;
	number(way, 4);
	number(0, 4);
	number((uint32_t)(n + len + sizeof(transport)), 4);
	number((uint32_t)(n + len + sizeof(transport)), 4);
	put(h, n);
	put(ip, len);
	put(transport, sizeof(transport));
}

static void
head(int linktype)
{
	number(0xa1b2c3d4, 4);
	number(2, 2);
	number(4, 2);
	number(0, 4);
	number(0, 4);
	number(65535, 4);
	number((uint32_t)linktype, 4);
}

/* Prints libpcap's result for an expression. */
static int
count(const char *path, const char *expression)
{
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program prog;
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *p;
	int n = 0;

	if ((p = pcap_open_offline(path, error)) == NULL)
		errx(1, "%s", error);
	if (pcap_compile(p, &prog, expression, 1, 0) == -1) {
		printf("%s\n", pcap_geterr(p));
		return 0;
	}
	while (pcap_next_ex(p, &header, &data) == 1)
		n += pcap_offline_filter(&prog, header, data) != 0;
	printf("%d\n", n);
	return 0;
}

int
main(int argc, char **argv)
{
	int linktype;
	unsigned int way;

	if (argc == 4 && strcmp(argv[1], "-c") == 0)
		return count(argv[2], argv[3]);
	if (argc != 3)
		errx(2,
		    "usage: make_capture linktype little|big, "
		    "make_capture -c savefile expression");
	linktype = (int)strtol(argv[1], NULL, 10);
	big = strcmp(argv[2], "big") == 0;
	head(linktype);
	for (way = 0; way < LENGTH(families); way++) {
		packet(linktype, 0x800, 17, way);
		packet(linktype, 0x800, 6, way);
		packet(linktype, 0x86dd, 17, way);
		packet(linktype, 0x86dd, 6, way);
	}
	return fflush(stdout) == EOF;
}
