/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * timestamp file [interface]: a command that appends a line to the file, its
 * event and the time, ns of the monotonic clock.  With an interface it sends a
 * frame there first, and the line has the times before and after the frame.
 */
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sender.h"

static long long
now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock");
	return (long long)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Sends a broadcast of an experimental type.  Returns the time before. */
static long long
send_frame(const char *interface)
{
	unsigned char frame[SENDER_FRAME_SIZE] = SENDER_FRAME;
	int sock = sender_open(interface, false);
	long long before = now();

	if (send(sock, frame, sizeof(frame), 0) == -1)
		err(1, "send");
	return before;
}

int
main(int argc, char **argv)
{
	const char *event = getenv("BPFSTATSD_EVENT");
	long long before = 0, after = now();
	char line[128];
	int fd, len;

	if (argc < 2 || argc > 3)
		errx(2, "usage: timestamp file [interface]");
	if (argc == 3) {
		before = send_frame(argv[2]);
		after = now();
		len = snprintf(
		    line, sizeof(line), "sent %lld %lld\n", before, after);
	} else {
		len = snprintf(line, sizeof(line), "%s %lld\n",
		    event == NULL ? "none" : event, after);
	}
	fd = open(
	    argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, (mode_t)0600);
	if (fd == -1 || write(fd, line, (size_t)len) != len)
		err(1, "%s", argv[1]);
	return 0;
}
