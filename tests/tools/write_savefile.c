/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * write_savefile [-g] [-l linktype] [-n packets] [-s interface]
 * [time[:host] ...]: writes a savefile to standard output, with a UDP packet to
 * port 1, 2, 3, ... at each time, microseconds since 1970.  The host is the
 * last byte of the source addresses, by default 1; 0: an ARP packet.
 *
 *   -g  writes pcapng, with nanoseconds
 *   -n  writes this many packets, one a millisecond
 *   -s  sends the packets on an interface at once, and writes nothing
 */
#include <err.h>
#include <errno.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK_HEADER 14
#define PACKET	    60

/* IPv4 in Ethernet, from 10.0.0.1 to 10.0.0.2. */
static const uint8_t head[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45,
	0, 0, 46, 0, 0, 0, 0, 64, 17, 0x66, 0xbd, 10, 0, 0, 1, 10, 0, 0, 2, 4,
	0, 0, 0, 0, 26 };

static bool next_generation;
static size_t skip; /* bytes of the Ethernet header to leave out */
static pcap_dumper_t *dumper;
static pcap_t *sender;

static void
block(uint32_t type, const uint32_t *body, size_t words)
{
	uint32_t size = (uint32_t)(words * 4 + 12);

	if (fwrite(&type, 4, 1, stdout) != 1 ||
	    fwrite(&size, 4, 1, stdout) != 1 ||
	    fwrite(body, 4, words, stdout) != words ||
	    fwrite(&size, 4, 1, stdout) != 1)
		err(1, "standard output");
}

static void
begin(int linktype)
{
	/* Byte order, version 1.0, no length. */
	const uint32_t section[] = { 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX };
	/* Link type, snapshot length, if_tsresol: 10^-9, end of options. */
	const uint32_t interface[] = { (uint32_t)linktype, 65535, 0x00010009, 9,
		0 };
	pcap_t *p;

	if (next_generation) {
		block(0x0a0d0d0a, section, 4);
		block(1, interface, 5);
		return;
	}
	if ((p = pcap_open_dead(linktype, 65535)) == NULL)
		errx(1, "out of memory");
	if ((dumper = pcap_dump_fopen(p, stdout)) == NULL)
		errx(1, "%s", pcap_geterr(p));
}

static pcap_t *
open_interface(const char *name)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	if ((p = pcap_create(name, error)) == NULL)
		errx(1, "%s", error);
	if (pcap_activate(p) < 0)
		errx(1, "%s", pcap_geterr(p));
	return p;
}

static void
packet(unsigned long long us, unsigned int host, unsigned int port)
{
	struct pcap_pkthdr header;
	uint32_t body[5 + PACKET / 4];
	uint8_t data[PACKET];

	memset(data, 0, sizeof(data));
	memcpy(data, head, sizeof(head));
	data[11] = data[29] = (uint8_t)host;
	data[13] = host == 0 ? 6 : 0;
	data[36] = (uint8_t)(port >> 8);
	data[37] = (uint8_t)port;
	memset(&header, 0, sizeof(header));
	header.caplen = (bpf_u_int32)(PACKET - skip);
	header.len = header.caplen;
	header.ts.tv_sec = (time_t)(us / 1000000);
	header.ts.tv_usec = (suseconds_t)(us % 1000000);
	if (sender != NULL) {
		/* Repeats if the device has no room. */
		while (pcap_inject(sender, data, sizeof(data)) != sizeof(data))
			if (errno != ENOBUFS)
				errx(1, "%s", pcap_geterr(sender));
		return;
	}
	if (!next_generation) {
		pcap_dump((u_char *)dumper, &header, data + skip);
		return;
	}
	memset(body, 0, sizeof(body));
	body[1] = (uint32_t)(us * 1000 >> 32);
	body[2] = (uint32_t)(us * 1000);
	body[3] = header.caplen;
	body[4] = header.caplen;
	memcpy(body + 5, data + skip, header.caplen);
	block(6, body, 5 + (header.caplen + 3) / 4);
}

/* Writes the packet of an argument, "time" or "time:host". */
static void
argument(const char *text, unsigned int port)
{
	char *end;
	unsigned long long us = strtoull(text, &end, 10);

	packet(us, *end == ':' ? (unsigned int)strtoul(end + 1, NULL, 10) : 1,
	    port);
}

int
main(int argc, char **argv)
{
	unsigned long long i, n = 0;
	int ch, linktype = DLT_EN10MB;

	while ((ch = getopt(argc, argv, "gl:n:s:")) != -1) {
		switch (ch) {
		case 'g':
			next_generation = true;
			break;
		case 'l':
			linktype = (int)strtol(optarg, NULL, 10);
			skip = linktype == DLT_EN10MB ? 0 : LINK_HEADER;
			break;
		case 'n':
			n = strtoull(optarg, NULL, 10);
			break;
		case 's':
			sender = open_interface(optarg);
			break;
		default:
			return 2;
		}
	}
	if (sender == NULL)
		begin(linktype);
	for (i = 0; i < n; i++)
		packet(1000000000ULL * 1000000 + i * 1000, 1,
		    (unsigned int)(i % 65535) + 1);
	for (i = 0; optind < argc; i++)
		argument(argv[optind++], (unsigned int)i + 1);
	return fflush(stdout) == EOF;
}
