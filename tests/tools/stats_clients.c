/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * stats_clients [-f] path clients seconds: many clients of the statistics
 * socket at once, every second one hostile; with -f only the friendly half.
 *
 * Prints the number of answers to good clients, the number of wrong answers,
 * their median and longest time in microseconds, and the number of attacks.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 4000
#define TIMES_MAX   4000000
#define STACK	    65536
/* Pause between a client's questions. */
#define NAP_US 100000

static struct sockaddr_un sun = { .sun_family = AF_UNIX };
static uint64_t end;
static uint32_t times[TIMES_MAX];
static atomic_uint answers, wrong, attacks;

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void
nap(unsigned int us)
{
	const struct timespec ts = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&ts, NULL);
}

static int
connect_stats(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Returns true if the answer is complete. */
static bool
read_answer(int fd)
{
	static const char head[] = "bpfstatsd\t1\t", tail[] = "\nend\n";
	char buf[8192], first[sizeof(head)] = "", last[sizeof(tail)] = "";
	const size_t keep = sizeof(tail) - 1;
	size_t seen = 0;
	ssize_t n;

	while ((n = recv(fd, buf + keep, sizeof(buf) - keep, 0)) > 0) {
		memcpy(buf, last, keep);
		if (seen == 0 && n >= (ssize_t)sizeof(head))
			memcpy(first, buf + keep, sizeof(head) - 1);
		seen += (size_t)n;
		memcpy(last, buf + n, keep);
	}
	return n == 0 && strcmp(first, head) == 0 &&
	    memcmp(last, tail, keep) == 0;
}

static void *
good(void *arg)
{
	uint64_t began;
	unsigned int k;
	bool right;
	int fd;

	nap((unsigned int)(uintptr_t)arg % 1000 * (NAP_US / 1000));
	while ((began = now_us()) < end) {
		fd = connect_stats();
		right = fd != -1 && read_answer(fd);
		if (fd != -1)
			close(fd);
		k = atomic_fetch_add(&answers, 1);
		if (k < TIMES_MAX)
			times[k] = (uint32_t)(now_us() - began);
		if (!right)
			atomic_fetch_add(&wrong, 1);
		nap(NAP_US);
	}
	return NULL;
}

/* Each hostile client has one way to attack. */
static void
attack(unsigned int how, int fd)
{
	static const char garbage[32768] = "GET / HTTP/1.0\r\n\r\n";
	char byte;

	switch (how) {
	case 0: /* connects and never reads */
		nap(1000000);
		break;
	case 1: /* sends garbage */
		(void)send(
		    fd, garbage, sizeof(garbage), MSG_DONTWAIT | MSG_NOSIGNAL);
		nap(NAP_US);
		break;
	case 2: /* shuts down one direction */
		shutdown(fd, now_us() % 2 == 0 ? SHUT_RD : SHUT_WR);
		nap(NAP_US);
		break;
	case 3: /* reads a byte at a time */
		while (now_us() < end && recv(fd, &byte, 1, 0) == 1)
			nap(NAP_US);
		break;
	default: /* closes at once */
		nap(NAP_US / 10);
		break;
	}
}

static void *
hostile(void *arg)
{
	unsigned int how = (unsigned int)(uintptr_t)arg / 2 % 5;
	int fd;

	while (now_us() < end) {
		if ((fd = connect_stats()) == -1) {
			nap(NAP_US);
			continue;
		}
		if (how == 4)
			close(fd);
		attack(how, fd);
		if (how != 4)
			close(fd);
		atomic_fetch_add(&attacks, 1);
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static pthread_t threads[CLIENTS_MAX];
	pthread_attr_t attr;
	size_t i, n, step;
	unsigned int count;

	step = argc == 5 && strcmp(argv[1], "-f") == 0 ? 2 : 1;
	argv += step - 1;
	if (argc != 3 + (int)step)
		errx(2, "usage: stats_clients [-f] path clients seconds");
	n = strtoul(argv[2], NULL, 10);
	if (n < 2 || n > CLIENTS_MAX || strlen(argv[1]) >= sizeof(sun.sun_path))
		errx(2, "clients: not 2 to %d, or the path is too long",
		    CLIENTS_MAX);
	memcpy(sun.sun_path, argv[1], strlen(argv[1]));
	end = now_us() + strtoul(argv[3], NULL, 10) * 1000000;
	if (pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstacksize(&attr, STACK) != 0)
		errx(1, "threads");
	for (i = 0; i < n; i += step)
		if (pthread_create(&threads[i], &attr,
			i % 2 == 0 ? good : hostile, (void *)i) != 0)
			errx(1, "thread %zu", i);
	for (i = 0; i < n; i += step)
		pthread_join(threads[i], NULL);
	count = atomic_load(&answers);
	if (count > TIMES_MAX)
		count = TIMES_MAX;
	qsort(times, count, sizeof(times[0]), compare);
	printf("%u %u %u %u %u\n", count, atomic_load(&wrong),
	    count == 0 ? 0 : times[count / 2],
	    count == 0 ? 0 : times[count - 1], atomic_load(&attacks));
	return 0;
}
