/*
 * send_pairs interface count microseconds: sends so many pairs of frames of 60
 * bytes.  The frames of a pair leave at once, and the next pair no sooner than
 * that time after.  The frames are of an experimental Ethernet type.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_packet.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME_SIZE 60

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
	unsigned char frame[FRAME_SIZE] = { 255, 255, 255, 255, 255, 255, 2, 0,
		0, 0, 0, 0, 0x88, 0xb5 };
	struct iovec iov = { frame, sizeof(frame) };
	struct mmsghdr pair[2];
	struct sockaddr_ll sll;
	int sock;
	long i;

	if (argc != 4)
		errx(2, "usage: pairs interface count microseconds");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	if ((sll.sll_ifindex = (int)if_nametoindex(argv[1])) == 0)
		err(1, "%s", argv[1]);
	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	memset(pair, 0, sizeof(pair));
	for (i = 0; i < 2; i++) {
		pair[i].msg_hdr.msg_name = &sll;
		pair[i].msg_hdr.msg_namelen = sizeof(sll);
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
