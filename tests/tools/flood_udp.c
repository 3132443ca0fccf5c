/*
 * udpflood address port count [processor]: sends so many empty UDP packets as
 * fast as it can, and says how many it has sent and how long it took.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 256

static void
pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		err(1, "processor %d", processor);
}

static int
open_socket(const char *address, const char *port)
{
	struct sockaddr_in sin;
	int sock;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((unsigned short)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "%s: no address", address);
	if ((sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(sock, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	return sock;
}

/* All of them: what there was no room for is sent again. */
static void
send_all(int sock, unsigned long long count)
{
	static struct mmsghdr batch[BATCH];
	int n;

	while (count > 0) {
		n = sendmmsg(sock, batch,
		    count < BATCH ? (unsigned int)count : BATCH, 0);
		/* The firewall may have dropped or nobody have listened. */
		if (n == -1 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR && errno != ECONNREFUSED)
			err(1, "sendmmsg");
		if (n > 0)
			count -= (unsigned long long)n;
	}
}

int
main(int argc, char **argv)
{
	struct timespec begin, end;
	unsigned long long count;
	int sock;

	if (argc < 4 || argc > 5)
		errx(2, "usage: udpflood address port count [processor]");
	count = strtoull(argv[3], NULL, 10);
	if (argc == 5)
		pin((int)strtol(argv[4], NULL, 10));
	sock = open_socket(argv[1], argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	send_all(sock, count);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("sent %llu in %lld us\n", count,
	    (long long)(end.tv_sec - begin.tv_sec) * 1000000 +
		(end.tv_nsec - begin.tv_nsec) / 1000);
	return 0;
}
