/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_frames [-q] interface count floods cpu: reads a frame a line from
 * stdin, as "key=value" words, and sends them in turn as fast as possible,
 * `count` in each flood.  Prints ns per frame of the fastest flood.
 * -q: through the queueing discipline, where taps see packets that leave.
 *
 * dmac, smac: MAC addresses; vlan: tag; type: Ethernet type; src, dst: IPv4 or
 * IPv6 addresses; proto: IP protocol; sport, dport: ports; flags: of TCP or
 * type of ICMP; ttl, id: of IPv4.  Unset ones have a default.
 */
#include <sys/socket.h>

#include <netinet/ether.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sender.h"

#define FRAMES_MAX 1000
#define SIZE	   100 /* bytes, long enough for all headers */

/* Fields of a frame; the addresses decide between IPv4 and IPv6. */
struct fields {
	struct ether_addr f_dmac, f_smac;
	unsigned long f_vlan, f_type, f_proto, f_sport, f_dport, f_flags, f_ttl,
	    f_id;
	const char *f_src, *f_dst;
};

static unsigned char frames[FRAMES_MAX][SIZE];
static struct mmsghdr batch[FRAMES_MAX];
static struct iovec iov[FRAMES_MAX];

static void
set(struct fields *f, const char *key, const char *value)
{
	const struct {
		const char *key;
		unsigned long *number;
	} numbers[] = { { "vlan", &f->f_vlan }, { "type", &f->f_type },
		{ "proto", &f->f_proto }, { "sport", &f->f_sport },
		{ "dport", &f->f_dport }, { "flags", &f->f_flags },
		{ "ttl", &f->f_ttl }, { "id", &f->f_id } };
	size_t i;

	if (strcmp(key, "src") == 0)
		f->f_src = value;
	else if (strcmp(key, "dst") == 0)
		f->f_dst = value;
	else if (strcmp(key, "smac") == 0 || strcmp(key, "dmac") == 0) {
		if (ether_aton_r(
			value, *key == 's' ? &f->f_smac : &f->f_dmac) == NULL)
			errx(1, "%s: not a MAC address", value);
	} else {
		for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			if (strcmp(key, numbers[i].key) == 0)
				break;
		if (i == sizeof(numbers) / sizeof(numbers[0]))
			errx(1, "%s: unknown field", key);
		*numbers[i].number = strtoul(value, NULL, 0);
	}
}

static struct fields
parse(char *line)
{
	struct fields f = { .f_dmac = { { 2, 0, 0, 0, 0, 2 } },
		.f_smac = { { 2, 0, 0, 0, 0, 1 } },
		.f_proto = IPPROTO_UDP,
		.f_sport = 9,
		.f_dport = 9,
		.f_flags = 0x10,
		.f_ttl = 255,
		.f_src = "10.0.0.1",
		.f_dst = "10.0.0.2" };
	char *word, *value;

	for (word = strtok(line, " \n"); word != NULL;
	     word = strtok(NULL, " \n")) {
		if ((value = strchr(word, '=')) == NULL)
			errx(1, "%s: not key=value", word);
		*value++ = '\0';
		set(&f, word, value);
	}
	return f;
}

static unsigned char *
put16(unsigned char *p, unsigned long n)
{
	*p++ = (unsigned char)(n >> 8);
	*p++ = (unsigned char)n;
	return p;
}

static void
address(int family, const char *text, unsigned char *p)
{
	if (inet_pton(family, text, p) != 1)
		errx(1, "%s: not an address", text);
}

static void
arp(const struct fields *f, unsigned char *p)
{
	p = put16(put16(p, 1), 0x0800);
	put16(put16(p, 0x0604), 1);
	address(AF_INET, f->f_src, p + 10);
	address(AF_INET, f->f_dst, p + 20);
}

/* Writes the IP header; returns its end. */
static unsigned char *
ip(const struct fields *f, unsigned char *p, bool six, unsigned char *end)
{
	if (six) {
		p[0] = 0x60;
		put16(p + 4, (unsigned long)(end - p - 40));
		p[6] = (unsigned char)f->f_proto;
		p[7] = (unsigned char)f->f_ttl;
		address(AF_INET6, f->f_src, p + 8);
		address(AF_INET6, f->f_dst, p + 24);
		return p + 40;
	}
	p[0] = 0x45;
	put16(p + 2, (unsigned long)(end - p));
	put16(p + 4, f->f_id);
	p[8] = (unsigned char)f->f_ttl;
	p[9] = (unsigned char)f->f_proto;
	address(AF_INET, f->f_src, p + 12);
	address(AF_INET, f->f_dst, p + 16);
	return p + 20;
}

static void
build(const struct fields *f, unsigned char *frame)
{
	bool six = strchr(f->f_src, ':') != NULL;
	unsigned long type = six ? 0x86dd : 0x0800;
	unsigned char *p = frame + 12, *end = frame + SIZE;

	memcpy(frame, &f->f_dmac, 6);
	memcpy(frame + 6, &f->f_smac, 6);
	if (f->f_vlan != 0)
		p = put16(put16(p, 0x8100), f->f_vlan);
	p = put16(p, f->f_type != 0 ? f->f_type : type);
	if (f->f_type == 0x0806)
		arp(f, p);
	if (f->f_type != 0)
		return;
	p = ip(f, p, six, end);
	if (f->f_proto == IPPROTO_ICMP || f->f_proto == IPPROTO_ICMPV6) {
		*p = (unsigned char)f->f_flags;
		return;
	}
	p = put16(put16(p, f->f_sport), f->f_dport);
	if (f->f_proto == IPPROTO_UDP)
		put16(p, (unsigned long)(end - p + 4));
	if (f->f_proto == IPPROTO_TCP) {
		p[8] = 0x50;
		p[9] = (unsigned char)f->f_flags;
	}
}

static unsigned int
read_frames(void)
{
	struct fields f;
	char line[256];
	unsigned int n;

	for (n = 0; fgets(line, sizeof(line), stdin) != NULL; n++) {
		if (n == FRAMES_MAX)
			errx(1, "more than %d frames", FRAMES_MAX);
		f = parse(line);
		build(&f, frames[n]);
		iov[n] = (struct iovec){ frames[n], SIZE };
		batch[n].msg_hdr.msg_iov = &iov[n];
		batch[n].msg_hdr.msg_iovlen = 1;
	}
	if (n == 0)
		errx(1, "no frame");
	return n;
}

/* Returns ns per frame. */
static double
flood(int sock, unsigned int n, unsigned long count)
{
	struct timespec begin, end;
	unsigned long left;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (left = count; left > n; left -= n)
		sender_send(sock, batch, n);
	sender_send(sock, batch, (unsigned int)left);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
		   (double)(end.tv_nsec - begin.tv_nsec)) /
	    (double)count;
}

int
main(int argc, char **argv)
{
	unsigned long count, floods;
	double best = 0, took;
	bool bypass = true;
	unsigned int n;
	int sock;

	if (argc > 1 && strcmp(argv[1], "-q") == 0) {
		bypass = false;
		argc--;
		argv++;
	}
	if (argc != 5)
		errx(2, "usage: flood_frames [-q] interface count floods cpu");
	count = strtoul(argv[2], NULL, 10);
	sender_pin((int)strtol(argv[4], NULL, 10));
	n = read_frames();
	sock = sender_open(argv[1], bypass);
	for (floods = strtoul(argv[3], NULL, 10); floods > 0; floods--) {
		took = flood(sock, n, count);
		if (best == 0 || took < best)
			best = took;
	}
	printf("%.1f\n", best);
	return 0;
}
