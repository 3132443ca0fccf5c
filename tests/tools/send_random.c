/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * send_random interface number: sends random frames, the same in each run.
 *
 * send_random -t tun number: creates a tun device.  At the first line from
 * standard input `number` packets arrive on it; at the second it is deleted.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/if_tun.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "sender.h"

static int
tun(const char *name)
{
	struct ifreq ifr;
	int fd, control;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	if ((fd = open("/dev/net/tun", O_RDWR)) == -1 ||
	    ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "tun");
	control = sender_open(name, false);
	ifr.ifr_flags = IFF_UP;
	if (ioctl(control, SIOCSIFFLAGS, &ifr) == -1)
		err(1, "%s: up", name);
	close(control);
	return fd;
}

static void
wait_for_line(void)
{
	int c;

	while ((c = getchar()) != '\n')
		if (c == EOF)
			exit(0);
}

int
main(int argc, char **argv)
{
	unsigned char data[FRAME_MAX];
	size_t head = 0, len;
	long left;
	int fd;

	if (argc == 4 && strcmp(argv[1], "-t") == 0) {
		head = 14;
		fd = tun(argv[2]);
		puts("ready");
		fflush(stdout);
		wait_for_line();
	} else if (argc == 3) {
		fd = sender_open(argv[1], false);
	} else {
		errx(2, "usage: send_random [-t] interface number");
	}
	left = strtol(argv[argc - 1], NULL, 10);
	chance_seed(11);
	while (left > 0) {
		if ((len = frame(data)) <= head)
			continue;
		/* A tun device rejects packets that are not IP. */
		if (write(fd, data + head, len - head) != -1)
			left--;
	}
	puts("sent");
	fflush(stdout);
	if (head != 0)
		wait_for_line();
	return 0;
}
