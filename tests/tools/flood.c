/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood interface count [processor [port]]: sends `count` frames of 60 bytes as
 * fast as possible, and prints their number and the time.  The frames are of an
 * experimental Ethernet type, which no protocol handles, or TCP over IPv4 to
 * the port, with the MAC address of another machine.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "sender.h"

#define BATCH 256

static unsigned char frame[SENDER_FRAME_SIZE] = SENDER_FRAME;

/* Makes the frame a TCP segment to the port. */
static void
build_segment(unsigned long port)
{
	frame[0] = 0x02; /* a MAC address that no interface here has */
	memset(frame + 1, 0, 5);
	frame[12] = 0x08;
	frame[13] = 0x00;
	frame[14] = 0x45;
	frame[17] = sizeof(frame) - 14;
	frame[22] = 64;
	frame[23] = IPPROTO_TCP;
	frame[36] = (unsigned char)(port >> 8);
	frame[37] = (unsigned char)port;
	frame[46] = 0x50;
}

int
main(int argc, char **argv)
{
	static struct iovec iov = { frame, sizeof(frame) };
	static struct mmsghdr batch[BATCH];
	int i;

	if (argc < 3 || argc > 5)
		errx(2, "usage: flood interface count [processor [port]]");
	if (argc > 3)
		sender_pin((int)strtol(argv[3], NULL, 10));
	if (argc > 4)
		build_segment(strtoul(argv[4], NULL, 10));
	for (i = 0; i < BATCH; i++) {
		batch[i].msg_hdr.msg_iov = &iov;
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	sender_flood(sender_open(argv[1], true), batch, BATCH,
	    strtoull(argv[2], NULL, 10));
	return 0;
}
