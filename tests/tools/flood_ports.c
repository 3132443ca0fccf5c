/*
 * ports interface count first n: sends so many frames as fast as it can, each
 * an empty UDP packet to one of n ports, and says how many went to each.  Some
 * get a lot and others little, in an order that is the same each time.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_packet.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH	   256
#define FRAME_SIZE 60
#define PORTS_MAX  1000

static unsigned char frames[PORTS_MAX][FRAME_SIZE];
static unsigned long sent[PORTS_MAX];

static int
open_interface(const char *name)
{
	struct sockaddr_ll sll;
	int one = 1, sock;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	if ((sll.sll_ifindex = (int)if_nametoindex(name)) == 0)
		err(1, "%s", name);
	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	if (setsockopt(
		sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) == -1)
		err(1, "PACKET_QDISC_BYPASS");
	if (bind(sock, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind");
	return sock;
}

static void
build(unsigned char *frame, unsigned long port)
{
	frame[0] = frame[6] = 0x02; /* to nobody here */
	frame[11] = 1;
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[17] = 28;
	frame[22] = 64;
	frame[23] = IPPROTO_UDP;
	frame[36] = (unsigned char)(port >> 8);
	frame[37] = (unsigned char)port;
	frame[39] = 8;
}

/* The smaller of two is as likely again as others of its kind. */
static unsigned long
choose(unsigned long n)
{
	static uint64_t state = 88172645463325252ULL;
	unsigned long a, b;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	a = (state >> 8 & 0xffffff) % n;
	b = (state >> 32 & 0xffffff) % n;
	return a < b ? a : b;
}

/* All of them: what the device had no room for is sent again. */
static void
send_batch(int sock, struct mmsghdr *batch, unsigned int n)
{
	int done;

	while (n > 0) {
		done = sendmmsg(sock, batch, n, 0);
		if (done == -1 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR)
			err(1, "sendmmsg");
		if (done > 0) {
			batch += done;
			n -= (unsigned int)done;
		}
	}
}

int
main(int argc, char **argv)
{
	static struct mmsghdr batch[BATCH];
	static struct iovec iov[BATCH];
	unsigned long count, first, i, n, port;
	unsigned int k;
	int sock;

	if (argc != 5)
		errx(2, "usage: ports interface count first n");
	count = strtoul(argv[2], NULL, 10);
	first = strtoul(argv[3], NULL, 10);
	n = strtoul(argv[4], NULL, 10);
	if (n == 0 || n > PORTS_MAX)
		errx(2, "%s: 1 to %d ports", argv[4], PORTS_MAX);
	for (i = 0; i < n; i++)
		build(frames[i], first + i);
	sock = open_interface(argv[1]);
	while (count > 0) {
		for (k = 0; k < BATCH && count > 0; k++, count--) {
			port = choose(n);
			sent[port]++;
			iov[k].iov_base = frames[port];
			iov[k].iov_len = FRAME_SIZE;
			batch[k].msg_hdr.msg_iov = &iov[k];
			batch[k].msg_hdr.msg_iovlen = 1;
		}
		send_batch(sock, batch, k);
	}
	for (i = 0; i < n; i++)
		printf("%lu %lu\n", first + i, sent[i]);
	return 0;
}
