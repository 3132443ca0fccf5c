/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * spawn latency|rate interface fifo clock count
 *
 * A daemon runs "clock" for every packet on the interface's peer, with the
 * fifo as its standard output.
 * latency: from the packet to clock's first instruction, alternating with a
 *          bare posix_spawn of clock; medians, us.
 * rate:    runs of clock per second, for `count` packets at once, and then in
 *          a bare loop of posix_spawn and waitpid.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../tools/sender.h"

#define MAX 100000

static uint64_t samples[2][MAX];

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
send_frame(int sock)
{
	static const unsigned char frame[SENDER_FRAME_SIZE] = SENDER_FRAME;

	if (send(sock, frame, sizeof(frame), 0) == -1)
		err(1, "send");
}

static uint64_t
read_clock(int fifo)
{
	uint64_t t;

	if (read(fifo, &t, sizeof(t)) != sizeof(t))
		err(1, "fifo");
	return t;
}

/* Runs clock without the daemon; returns its start time, ns. */
static uint64_t
bare(int fifo, const char *clock)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	char *argv[] = { (char *)(uintptr_t)clock, NULL };
	uint64_t t;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fifo, STDOUT_FILENO);
	if (posix_spawn(&pid, clock, &actions, NULL, argv, environ) != 0)
		errx(1, "posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
	t = read_clock(fifo);
	if (waitpid(pid, NULL, 0) == -1)
		err(1, "waitpid");
	return t;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
latency(int sock, int fifo, const char *clock, int count)
{
	struct timespec pause = { 0, 3000000 };
	uint64_t begin;
	int i;

	for (i = 0; i < count; i++) {
		nanosleep(&pause, NULL);
		begin = now();
		send_frame(sock);
		samples[0][i] = read_clock(fifo) - begin;
		nanosleep(&pause, NULL);
		begin = now();
		samples[1][i] = bare(fifo, clock) - begin;
	}
	qsort(samples[0], (size_t)count, sizeof(uint64_t), compare);
	qsort(samples[1], (size_t)count, sizeof(uint64_t), compare);
	printf("%.1f %.1f\n", (double)samples[0][count / 2] / 1000,
	    (double)samples[1][count / 2] / 1000);
}

static double
per_second(const uint64_t *t, int count)
{
	return (count - 1) * 1e9 / (double)(t[count - 1] - t[0]);
}

static void
rate(int sock, int fifo, const char *clock, int count)
{
	int i;

	for (i = 0; i < count; i++)
		send_frame(sock);
	for (i = 0; i < count; i++)
		samples[0][i] = read_clock(fifo);
	for (i = 0; i < count; i++)
		samples[1][i] = bare(fifo, clock);
	printf("%.1f %.1f\n", per_second(samples[0], count),
	    per_second(samples[1], count));
}

int
main(int argc, char **argv)
{
	int count, fifo, sock;

	if (argc != 6)
		errx(2, "usage: spawn latency|rate interface fifo clock count");
	count = (int)strtol(argv[5], NULL, 10);
	if (count < 2 || count > MAX)
		errx(2, "count: 2 to %d", MAX);
	/* Open at both ends, the FIFO never reports an end of file. */
	if ((fifo = open(argv[3], O_RDWR | O_CLOEXEC)) == -1)
		err(1, "%s", argv[3]);
	sock = sender_open(argv[2], false);
	if (strcmp(argv[1], "latency") == 0)
		latency(sock, fifo, argv[4], count);
	else
		rate(sock, fifo, argv[4], count);
	return 0;
}
