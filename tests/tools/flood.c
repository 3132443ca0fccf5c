/*
 * flood interface count [processor [port]]: sends so many frames of 60 bytes as
 * fast as it can, and says how many it has sent and how long it took.  Frames
 * are of an experimental Ethernet type, so that no protocol looks at them, or
 * TCP over IPv4 to that port of somebody else.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_packet.h>

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH	   256
#define FRAME_SIZE 60
#define EXPERIMENT 0x88b5

static unsigned char frame[FRAME_SIZE];

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
build_frame(void)
{
	memset(frame, 0, sizeof(frame));
	memset(frame, 0xff, 6); /* to everybody */
	frame[6] = 0x02;	/* from a local address */
	frame[12] = EXPERIMENT >> 8;
	frame[13] = EXPERIMENT & 0xff;
}

static void
build_segment(unsigned long port)
{
	frame[0] = 0x02; /* to nobody here */
	memset(frame + 1, 0, 5);
	frame[12] = 0x08;
	frame[13] = 0x00;
	frame[14] = 0x45;
	frame[17] = FRAME_SIZE - 14;
	frame[22] = 64;
	frame[23] = IPPROTO_TCP;
	frame[36] = (unsigned char)(port >> 8);
	frame[37] = (unsigned char)port;
	frame[46] = 0x50;
}

/* All of them: what the device had no room for is sent again. */
static void
send_all(int sock, unsigned long long count)
{
	static struct iovec iov = { frame, sizeof(frame) };
	static struct mmsghdr batch[BATCH];
	int i, n;

	for (i = 0; i < BATCH; i++) {
		batch[i].msg_hdr.msg_iov = &iov;
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	while (count > 0) {
		n = sendmmsg(sock, batch,
		    count < BATCH ? (unsigned int)count : BATCH, 0);
		if (n == -1 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR)
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

	if (argc < 3 || argc > 5)
		errx(2, "usage: flood interface count [processor [port]]");
	count = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		pin((int)strtol(argv[3], NULL, 10));
	sock = open_interface(argv[1]);
	build_frame();
	if (argc > 4)
		build_segment(strtoul(argv[4], NULL, 10));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	send_all(sock, count);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("sent %llu in %lld us\n", count,
	    (long long)(end.tv_sec - begin.tv_sec) * 1000000 +
		(end.tv_nsec - begin.tv_nsec) / 1000);
	return 0;
}
