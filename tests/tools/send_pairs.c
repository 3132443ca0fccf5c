/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * send_pairs interface count microseconds: sends `count` pairs of frames of 60
 * bytes and an experimental Ethernet type.  The frames of a pair leave at once,
 * with a pause of at least `microseconds` between pairs.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sender.h"

static void
pause_for(long microseconds)
{
	struct timespec ts = { microseconds / 1000000,
		microseconds % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) != 0)
		;
}

int
main(int argc, char **argv)
{
	unsigned char frame[SENDER_FRAME_SIZE] = SENDER_FRAME;
	struct iovec iov = { frame, sizeof(frame) };
	struct mmsghdr pair[2];
	int sock;
	long i;

	if (argc != 4)
		errx(2, "usage: send_pairs interface count microseconds");
	sock = sender_open(argv[1], false);
	memset(pair, 0, sizeof(pair));
	for (i = 0; i < 2; i++) {
		pair[i].msg_hdr.msg_iov = &iov;
		pair[i].msg_hdr.msg_iovlen = 1;
	}
	for (i = 0; i < strtol(argv[2], NULL, 10); i++) {
		if (i > 0)
			pause_for(strtol(argv[3], NULL, 10));
		if (sendmmsg(sock, pair, 2, 0) != 2)
			err(1, "sendmmsg");
	}
	return 0;
}
