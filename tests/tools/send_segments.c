/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * send_segments [-p] interface: for each name of a case on stdin, gives the
 * kernel a buffer of many segments without their number, as a virtual machine
 * does, and prints "given" or "dropped" and the name.  The interface is a new
 * tap device, or a new tun device if the name begins with "tun"; with -p it
 * exists already, and the buffers leave on it.
 *
 * send_segments -l: prints for each case the name, the number of segments, and
 * 1 if it needs an Ethernet header, else 0.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEGMENT 1000

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#define TCP4 VIRTIO_NET_HDR_GSO_TCPV4
#define TCP6 VIRTIO_NET_HDR_GSO_TCPV6
#define USO  5 /* VIRTIO_NET_HDR_GSO_UDP_L4 */
#define NONE VIRTIO_NET_HDR_GSO_NONE

struct kind {
	const char *k_name;
	unsigned int k_wanted;
	unsigned int k_payload;
	unsigned char k_gso;	     /* VIRTIO_NET_HDR_GSO_... */
	unsigned char k_ip;	     /* length of the IP header, 40 for IPv6 */
	unsigned char k_transport;   /* length of the header, 8 for UDP */
	unsigned int k_tags[10];     /* types, the outermost first */
	unsigned char k_headers[10]; /* types of IPv6 extension headers */
};

/* clang-format off */
static const struct kind kinds[] = {
	{ "plain", 10, 10000, TCP4, 20, 20, { 0 }, { 0 } },
	{ "options", 11, 10001, TCP4, 24, 32, { 0 }, { 0 } },
	{ "less", 10, 9999, TCP4, 60, 60, { 0 }, { 0 } },
	{ "ipv6", 10, 10000, TCP6, 40, 44, { 0 }, { 0 } },
	{ "uso", 10, 10000, USO, 20, 8, { 0 }, { 0 } },
	{ "uso-more", 11, 10001, USO, 20, 8, { 0 }, { 0 } },
	{ "uso-ipv6", 10, 10000, USO, 40, 8, { 0 }, { 0 } },
	{ "single", 1, 1000, NONE, 20, 8, { 0 }, { 0 } },
	{ "hop-by-hop", 10, 10000, TCP6, 40, 20, { 0 }, { 0 } },
	{ "routing", 10, 10000, TCP6, 40, 20, { 0 }, { 43 } },
	{ "fragment", 10, 10000, TCP6, 40, 20, { 0 }, { 44 } },
	{ "destination", 10, 10000, TCP6, 40, 32, { 0 }, { 60 } },
	{ "extensions", 10, 10000, TCP6, 40, 32, { 0 }, { 43, 60, 44, 60 } },
	{ "eight-extensions", 10, 10000, TCP6, 40, 20, { 0 },
	    { 60, 60, 60, 60, 60, 60, 60, 60 } },
	{ "unknown-extension", 10, 10000, TCP6, 40, 20, { 0 }, { 140 } },
	{ "vlan", 10, 10000, TCP4, 20, 20, { 0x8100 }, { 0 } },
	{ "qinq", 10, 10000, TCP4, 20, 20, { 0x88a8, 0x8100 }, { 0 } },
	{ "qinq-8100", 10, 10000, TCP4, 20, 32, { 0x8100, 0x8100 }, { 0 } },
	{ "qinq-ipv6", 10, 10000, TCP6, 40, 20, { 0x88a8, 0x8100 }, { 0 } },
	{ "qinq-uso", 10, 10000, USO, 40, 8, { 0x88a8, 0x8100 }, { 0 } },
	{ "qinq-extension", 10, 10000, TCP6, 40, 20, { 0x88a8, 0x8100 },
	    { 60 } },
	{ "three-tags", 10, 10000, TCP4, 20, 20, { 0x88a8, 0x88a8, 0x8100 },
	    { 0 } },
	{ "eight-tags", 10, 10000, TCP6, 40, 20,
	    { 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100 },
	    { 0 } },
	{ "ten-tags", 10, 10000, TCP4, 20, 20,
	    { 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100,
		0x8100, 0x8100 }, { 0 } },
};
/* clang-format on */

static unsigned char buf[sizeof(struct virtio_net_hdr) + 65536];
static bool ethernet;

static int
open_tun(const char *name)
{
	struct ifreq ifr;
	int fd, sock;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags =
	    (short)((ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI | IFF_VNET_HDR);
	if ((fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC)) == -1)
		err(1, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "TUNSETIFF");
	if ((sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	ifr.ifr_flags = IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &ifr) == -1)
		err(1, "%s", name);
	close(sock);
	return fd;
}

static int
open_packet(const char *name)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd, one = 1;

	if ((fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ==
	    -1)
		err(1, "PACKET_VNET_HDR");
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s", name);
	return fd;
}

static void
put16(unsigned char *p, unsigned int v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

/* Writes the Ethernet header and tags.  Returns their length. */
static unsigned int
put_link(unsigned char *p, const struct kind *k)
{
	unsigned int at = 12, i;

	if (!ethernet)
		return 0;
	memset(p, 0xff, 6);
	p[6] = 2;
	for (i = 0; i < LENGTH(k->k_tags) && k->k_tags[i] != 0; i++) {
		put16(p + at, k->k_tags[i]);
		/* The priority looks like an IP version. */
		put16(p + at + 2, (k->k_ip == 40 ? 0x6000 : 0x4000) + i + 1);
		at += 4;
	}
	put16(p + at, k->k_ip == 40 ? 0x86dd : 0x0800);
	return at + 2;
}

/*
 * Writes the IPv6 extension headers.  Returns their length and sets the type of
 * the first header.
 */
static unsigned int
put_extensions(
    unsigned char *p, const struct kind *k, unsigned char next, int *first)
{
	unsigned int len = 0, i, n = 0, units;
	unsigned char type;
	bool hop = strcmp(k->k_name, "hop-by-hop") == 0;

	while (n < LENGTH(k->k_headers) && k->k_headers[n] != 0)
		n++;
	n += hop;
	*first = n == 0 ? next : k->k_headers[0];
	for (i = 0; i < n; i++) {
		type = k->k_headers[i];
		units = type == 44 ? 0 : i % 3;
		p[len] = i + 1 == n ? next : k->k_headers[i + 1];
		p[len + 1] = (unsigned char)units;
		len += 8 * (units + 1);
	}
	return len;
}

/* Writes the IP header and extensions.  Returns their length. */
static unsigned int
put_ip(unsigned char *ip, const struct kind *k)
{
	unsigned char next = k->k_transport == 8 ? 17 : 6;
	unsigned int extensions;
	int first;

	if (k->k_ip != 40) {
		ip[0] = (unsigned char)(0x40 | k->k_ip / 4);
		put16(ip + 2, k->k_ip + k->k_transport + k->k_payload);
		ip[8] = 64;
		ip[9] = next;
		return k->k_ip;
	}
	extensions = put_extensions(ip + 40, k, next, &first);
	ip[0] = 0x60;
	put16(ip + 4, extensions + k->k_transport + k->k_payload);
	ip[6] = (unsigned char)first;
	ip[7] = 64;
	return 40 + extensions;
}

/* Gives a buffer to the kernel.  Returns false if the kernel drops it. */
static bool
give(int fd, const struct kind *k)
{
	struct virtio_net_hdr vh;
	unsigned char *transport, *frame = buf + sizeof(vh);
	unsigned int len;

	memset(buf, 0, sizeof(buf));
	memset(&vh, 0, sizeof(vh));
	len = put_link(frame, k);
	len += put_ip(frame + len, k);
	if (k->k_gso != NONE) {
		vh.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vh.gso_type = k->k_gso;
		vh.hdr_len = (__u16)(len + k->k_transport);
		vh.gso_size = SEGMENT;
		vh.csum_start = (__u16)len;
		vh.csum_offset = k->k_transport == 8 ? 6 : 16;
	}
	memcpy(buf, &vh, sizeof(vh));
	transport = frame + len;
	if (k->k_transport == 8)
		put16(transport + 4, 8 + k->k_payload);
	else
		transport[12] = (unsigned char)(k->k_transport / 4 << 4);
	len += k->k_transport + k->k_payload;
	if (write(fd, buf, sizeof(vh) + len) != -1)
		return true;
	if (errno != ENOMEM)
		err(1, "%s: write: %u bytes", k->k_name, len);
	return false;
}

int
main(int argc, char **argv)
{
	char line[80];
	bool packet, given = false;
	size_t i;
	int fd;

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		for (i = 0; i < LENGTH(kinds); i++)
			printf("%s %u %d\n", kinds[i].k_name, kinds[i].k_wanted,
			    kinds[i].k_tags[0] != 0);
		return 0;
	}
	packet = argc == 3 && strcmp(argv[1], "-p") == 0;
	if (argc != 2 && !packet)
		errx(2, "usage: send_segments [-l] | [-p] interface");
	ethernet = strncmp(argv[argc - 1], "tun", 3) != 0;
	fd = packet ? open_packet(argv[2]) : open_tun(argv[1]);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; i < LENGTH(kinds); i++)
			if (strcmp(line, kinds[i].k_name) == 0)
				given = give(fd, &kinds[i]);
		printf("%s %s\n", given ? "given" : "dropped", line);
		fflush(stdout);
	}
	return 0;
}
