/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_sources interface count n [processor]: sends `count` frames as fast as
 * possible, empty UDP packets from the addresses 10.0.0.0 + 0 to n - 1 in turn,
 * and prints their number and the time.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sender.h"

#define BATCH	    256
#define SOURCES_MAX (1UL << 24)

static unsigned char frames[BATCH][SENDER_FRAME_SIZE];

/* Builds an empty UDP packet; the address is not set. */
static void
build(unsigned char *frame)
{
	frame[0] = frame[6] = 0x02; /* MAC address of another machine */
	frame[11] = 1;
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[17] = 28;
	frame[22] = 64;
	frame[23] = IPPROTO_UDP;
	frame[26] = 10;
	frame[39] = 8;
}

static double
seconds(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock");
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	static struct mmsghdr batch[BATCH];
	static struct iovec iov[BATCH];
	unsigned long count, i, k, n;
	double begin;
	int sock;

	if (argc < 4 || argc > 5)
		errx(2, "usage: flood_sources interface count n [processor]");
	if (argc > 4)
		sender_pin((int)strtol(argv[4], NULL, 10));
	count = strtoul(argv[2], NULL, 10);
	n = strtoul(argv[3], NULL, 10);
	if (n == 0 || n > SOURCES_MAX)
		errx(2, "%s: 1 to %lu sources", argv[3], SOURCES_MAX);
	for (k = 0; k < BATCH; k++) {
		build(frames[k]);
		iov[k].iov_base = frames[k];
		iov[k].iov_len = SENDER_FRAME_SIZE;
		batch[k].msg_hdr.msg_iov = &iov[k];
		batch[k].msg_hdr.msg_iovlen = 1;
	}
	sock = sender_open(argv[1], true);
	begin = seconds();
	for (i = 0; i < count; i += k) {
		for (k = 0; k < BATCH && i + k < count; k++) {
			frames[k][27] = (unsigned char)((i + k) % n >> 16);
			frames[k][28] = (unsigned char)((i + k) % n >> 8);
			frames[k][29] = (unsigned char)((i + k) % n);
		}
		sender_send(sock, batch, (unsigned int)k);
	}
	printf("sent %lu in %.0f us\n", count, (seconds() - begin) * 1e6);
	return 0;
}
