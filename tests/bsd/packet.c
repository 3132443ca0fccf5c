/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <string.h>

#include "packet.h"

/* Extension headers of a chain, each of 8 bytes. */
#define CHAIN 5

/* Writes the number of a source as the end of an address. */
static void
put_source(unsigned char *end, uint64_t i, uint64_t sources)
{
	uint64_t number = 1 + i % sources;

	end[-1] = (unsigned char)number;
	end[-2] = (unsigned char)(number >> 8);
	end[-3] = (unsigned char)(number >> 16);
}

static unsigned char *
put_ip(unsigned char *ip, const struct packets *ps, uint64_t i)
{
	const int tcp = i % 2 == 0;

	ip[0] = 0x45;
	ip[3] = 40;
	ip[8] = 64;
	ip[9] = tcp ? 6 : 17;
	ip[12] = ip[16] = 10;
	put_source(ip + 16, i, ps->ps_sources);
	ip[19] = 2;
	ip[20] = 0x30;
	ip[23] = tcp ? 80 : 53;
	ip[32] = 0x50;
	return ip + 60;
}

static unsigned char *
put_chain(unsigned char *ip, const struct packets *ps, uint64_t i)
{
	unsigned char *p = ip + 40;
	int n;

	ip[0] = 0x60;
	ip[5] = 8 * CHAIN + 8;
	ip[6] = 60;
	ip[7] = 64;
	ip[8] = ip[24] = 0xfd;
	put_source(ip + 24, i, ps->ps_sources);
	ip[39] = 2;
	for (n = 0; n < CHAIN; n++, p += 8)
		p[0] = n < CHAIN - 1 ? 60 : 17;
	p[0] = 0x30;
	p[3] = 53;
	p[5] = 8;
	return p + 8;
}

static unsigned char *
put_arp(unsigned char *arp)
{
	arp[1] = 1;
	arp[2] = 8;
	arp[4] = 6;
	arp[5] = 4;
	arp[7] = 1;
	return arp + 28;
}

/*
 * Writes the link header.  An address family is in the byte order of this
 * processor or the network.
 */
static unsigned char *
put_link(unsigned char *p, const struct packets *ps)
{
	static const unsigned char types[][2] = {
		[PACKET_IP] = { 0x08, 0x00 },
		[PACKET_CHAIN] = { 0x86, 0xdd },
		[PACKET_ARP] = { 0x08, 0x06 },
	};

	if (ps->ps_dlt == DLT_EN10MB) {
		memcpy(p + 12, types[ps->ps_form], 2);
		return p + 14;
	}
	if (ps->ps_dlt == DLT_NULL || ps->ps_dlt == DLT_LOOP) {
		p[ps->ps_dlt == DLT_NULL ? 0 : 3] =
		    ps->ps_form == PACKET_IP ? 2 : 24;
		return p + 4;
	}
	return p;
}

uint32_t
packet_write(unsigned char *p, const struct packets *ps, uint64_t i)
{
	unsigned char *end;

	memset(p, 0, PACKET_MAX);
	end = put_link(p, ps);
	switch (ps->ps_form) {
	case PACKET_IP:
		end = put_ip(end, ps, i);
		break;
	case PACKET_CHAIN:
		end = put_chain(end, ps, i);
		break;
	case PACKET_ARP:
		end = put_arp(end);
		break;
	}
	return (uint32_t)(end - p);
}

int
packet_form(const char *word)
{
	static const char *const words[] = { "ip", "chain", "arp" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}
