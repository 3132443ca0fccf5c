/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_ports interface count first n: sends `count` frames as fast as
 * possible, each an empty UDP packet to one of n ports, and prints the number
 * of packets to each.  Low ports get more than high ones; the order is the same
 * each time.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "sender.h"

#define BATCH	  256
#define PORTS_MAX 1000

static unsigned char frames[PORTS_MAX][SENDER_FRAME_SIZE];
static unsigned long sent[PORTS_MAX];

/* Builds an empty UDP packet to the port. */
static void
build(unsigned char *frame, unsigned long port)
{
	frame[0] = frame[6] = 0x02; /* MAC address of another machine */
	frame[11] = 1;
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[17] = 28;
	frame[22] = 64;
	frame[23] = IPPROTO_UDP;
	frame[36] = (unsigned char)(port >> 8);
	frame[37] = (unsigned char)port;
	frame[39] = 8;
}

/* Returns the smaller of two random numbers below n. */
static unsigned long
choose(unsigned long n)
{
	static uint64_t state = 88172645463325252ULL;
	unsigned long a, b;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	a = (state >> 8 & 0xffffff) % n;
	b = (state >> 32 & 0xffffff) % n;
	return a < b ? a : b;
}

int
main(int argc, char **argv)
{
	static struct mmsghdr batch[BATCH];
	static struct iovec iov[BATCH];
	unsigned long count, first, i, n, port;
	unsigned int k;
	int sock;

	if (argc != 5)
		errx(2, "usage: flood_ports interface count first n");
	count = strtoul(argv[2], NULL, 10);
	first = strtoul(argv[3], NULL, 10);
	n = strtoul(argv[4], NULL, 10);
	if (n == 0 || n > PORTS_MAX)
		errx(2, "%s: 1 to %d ports", argv[4], PORTS_MAX);
	for (i = 0; i < n; i++)
		build(frames[i], first + i);
	sock = sender_open(argv[1], true);
	while (count > 0) {
		for (k = 0; k < BATCH && count > 0; k++, count--) {
			port = choose(n);
			sent[port]++;
			iov[k].iov_base = frames[port];
			iov[k].iov_len = SENDER_FRAME_SIZE;
			batch[k].msg_hdr.msg_iov = &iov[k];
			batch[k].msg_hdr.msg_iovlen = 1;
		}
		sender_send(sock, batch, k);
	}
	for (i = 0; i < n; i++)
		printf("%lu %lu\n", first + i, sent[i]);
	return 0;
}
