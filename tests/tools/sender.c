/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_packet.h>

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sender.h"

int
sender_open(const char *interface, bool bypass)
{
	struct sockaddr_ll sll;
	int one = 1, sock;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	if ((sll.sll_ifindex = (int)if_nametoindex(interface)) == 0)
		err(1, "%s", interface);
	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	if (bypass &&
	    setsockopt(
		sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) == -1)
		err(1, "PACKET_QDISC_BYPASS");
	if (bind(sock, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind");
	return sock;
}

void
sender_pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		err(1, "processor %d", processor);
}

void
sender_send(int sock, struct mmsghdr *batch, unsigned int n)
{
	int done;

	while (n > 0) {
		done = sendmmsg(sock, batch, n, 0);
		if (done == -1 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR && errno != ECONNREFUSED)
			err(1, "sendmmsg");
		if (done > 0) {
			batch += done;
			n -= (unsigned int)done;
		}
	}
}

void
sender_flood(
    int sock, struct mmsghdr *batch, unsigned int n, unsigned long long count)
{
	unsigned long long left;
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (left = count; left > n; left -= n)
		sender_send(sock, batch, n);
	sender_send(sock, batch, (unsigned int)left);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("sent %llu in %lld us\n", count,
	    (long long)(end.tv_sec - begin.tv_sec) * 1000000 +
		(end.tv_nsec - begin.tv_nsec) / 1000);
}
