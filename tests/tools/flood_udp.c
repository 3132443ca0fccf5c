/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_udp address port count [processor]: sends `count` empty UDP packets as
 * fast as possible, and prints their number and the time.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "sender.h"

#define BATCH 256

static int
open_socket(const char *address, const char *port)
{
	struct sockaddr_in sin;
	int sock;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((unsigned short)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", address);
	if ((sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(sock, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	return sock;
}

int
main(int argc, char **argv)
{
	static struct mmsghdr batch[BATCH];

	if (argc < 4 || argc > 5)
		errx(2, "usage: flood_udp address port count [processor]");
	if (argc == 5)
		sender_pin((int)strtol(argv[4], NULL, 10));
	sender_flood(open_socket(argv[1], argv[2]), batch, BATCH,
	    strtoull(argv[3], NULL, 10));
	return 0;
}
