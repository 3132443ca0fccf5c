/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * send_mix count interface ...: sends `count` random frames on each interface,
 * the same in each run, and then one of an experimental Ethernet type, which
 * marks the end.
 *
 * send_mix -k tun|tap|ppp count interface: creates the interface.  For each
 * line on stdin `count` packets arrive and as many leave, and a last one in
 * each direction marks the end.  "ppp" is a tun device with the hardware type
 * of PPP; ppp and tun carry only IP packets, the last of protocol 253.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "sender.h"

#define EXPERIMENT 0x88b5
#define SEED	   7

struct link {
	int l_sock;
	int l_index;
	int l_device; /* descriptor of a tun device, or -1 */
	bool l_bare;  /* packets begin with the IP header */
};

static void
open_link(struct link *l, const char *name)
{
	if ((l->l_index = (int)if_nametoindex(name)) == 0)
		err(1, "%s", name);
	if ((l->l_sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
}

static void
leave(const struct link *l, const unsigned char *p, size_t n, uint16_t type)
{
	struct sockaddr_ll sll;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_ifindex = l->l_index;
	sll.sll_protocol = htons(type);
	/* A tun device with a full queue has shown the packet to sockets. */
	if (sendto(l->l_sock, p, n, 0, (struct sockaddr *)&sll, sizeof(sll)) ==
		-1 &&
	    errno != ENOBUFS)
		err(1, "send");
}

static void
arrive(const struct link *l, const unsigned char *p, size_t n)
{
	if (l->l_device != -1 && write(l->l_device, p, n) == -1)
		err(1, "write");
}

/*
 * Removes the Ethernet header if the link has none.  Returns false for a frame
 * that the link cannot carry.
 */
static bool
fits(const struct link *l, unsigned char **p, size_t *n, uint16_t *type)
{
	*type = (uint16_t)((*p)[12] << 8 | (*p)[13]);
	if (!l->l_bare)
		return true;
	if ((*type != ETH_P_IP && *type != ETH_P_IPV6) || *n < 14 + 20)
		return false;
	*p += 14;
	*n -= 14;
	return true;
}

static void
send_all(const struct link *l, unsigned long count)
{
	unsigned char buf[2048], *p;
	uint16_t type;
	size_t n;

	chance_seed(SEED);
	while (count > 0) {
		p = buf;
		n = frame(p);
		if (!fits(l, &p, &n, &type))
			continue;
		leave(l, p, n, type);
		arrive(l, p, n);
		count--;
	}
}

static void
send_last(const struct link *l)
{
	unsigned char buf[60];
	uint16_t type = l->l_bare ? ETH_P_IP : EXPERIMENT;

	memset(buf, 0, sizeof(buf));
	if (l->l_bare) {
		buf[0] = 0x45;
		buf[3] = sizeof(buf);
		buf[9] = 253;
	} else {
		memset(buf, 0xff, 6);
		buf[6] = 2;
		buf[12] = EXPERIMENT >> 8;
		buf[13] = EXPERIMENT & 0xff;
	}
	leave(l, buf, sizeof(buf), type);
	arrive(l, buf, sizeof(buf));
}

static void
raise_link(const char *name, struct ifreq *ifr)
{
	int sock;

	if ((sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	ifr->ifr_flags = IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, ifr) == -1)
		err(1, "%s", name);
	close(sock);
}

/* Sends until a packet comes out of the device. */
static void
wait_until_up(const struct link *l)
{
	struct pollfd pfd = { .fd = l->l_device, .events = POLLIN };
	unsigned char buf[64];
	int i;

	memset(buf, 0xff, sizeof(buf));
	if (l->l_bare)
		buf[0] = 0x45;
	for (i = 0; i < 500 && poll(&pfd, 1, 10) == 0; i++)
		leave(l, buf, sizeof(buf), l->l_bare ? ETH_P_IP : EXPERIMENT);
	if (i == 500)
		errx(1, "the device does not come up");
}

static void
make_link(struct link *l, const char *kind, const char *name)
{
	bool tap = strcmp(kind, "tap") == 0;
	struct ifreq ifr;
	int fd;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI);
	if ((fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC)) == -1)
		err(1, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "TUNSETIFF");
	if (strcmp(kind, "ppp") == 0 && ioctl(fd, TUNSETLINK, ARPHRD_PPP) == -1)
		err(1, "TUNSETLINK");
	raise_link(name, &ifr);
	open_link(l, name);
	l->l_device = fd;
	l->l_bare = !tap;
	wait_until_up(l);
}

static void
serve(const char *kind, unsigned long count, const char *name)
{
	struct link l;
	int c;

	make_link(&l, kind, name);
	printf("ready\n");
	fflush(stdout);
	while ((c = getchar()) != EOF) {
		if (c != '\n')
			continue;
		send_all(&l, count);
		send_last(&l);
	}
}

int
main(int argc, char **argv)
{
	struct link l = { .l_device = -1 };
	const char *kind = NULL;
	unsigned long count;

	if (argc > 3 && strcmp(argv[1], "-k") == 0) {
		kind = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3)
		errx(2, "usage: send_mix [-k kind] count interface ...");
	/* Frames keep their order if one processor handles all. */
	sender_pin(0);
	count = strtoul(argv[1], NULL, 10);
	if (kind != NULL) {
		serve(kind, count, argv[2]);
		return 0;
	}
	for (argv += 2; *argv != NULL; argv++) {
		open_link(&l, *argv);
		send_all(&l, count);
		send_last(&l);
		close(l.l_sock);
	}
	return 0;
}
