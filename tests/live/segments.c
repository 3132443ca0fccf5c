/*
 * segments interface: makes a tun device as a virtual machine has one, waits
 * for a line on stdin, and hands the kernel buffers of many segments whose
 * number is not worked out: 10 and 11 of TCP over IPv4, with options, 7 of TCP
 * over IPv6, 5 of UDP, and one ordinary packet.  34 packets in all.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEGMENT 1000

struct kind {
	unsigned char k_gso;	   /* of the virtio header */
	unsigned char k_ip;	   /* length of the IP header */
	unsigned char k_next;	   /* protocol */
	unsigned char k_transport; /* length of its header */
	unsigned int k_payload;
};

static int
open_tun(const char *name)
{
	struct ifreq ifr;
	int fd, sock;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
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

static void
put16(unsigned char *p, unsigned int v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void
give(int fd, const struct kind *k)
{
	static unsigned char buf[sizeof(struct virtio_net_hdr) + 65536];
	struct virtio_net_hdr vh;
	unsigned char *ip = buf + sizeof(vh), *transport = ip + k->k_ip;
	unsigned int len = k->k_ip + k->k_transport + k->k_payload;

	memset(buf, 0, sizeof(buf));
	memset(&vh, 0, sizeof(vh));
	if (k->k_gso != VIRTIO_NET_HDR_GSO_NONE) {
		vh.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vh.gso_type = k->k_gso;
		vh.hdr_len = (__u16)(k->k_ip + k->k_transport);
		vh.gso_size = SEGMENT;
		vh.csum_start = k->k_ip;
		vh.csum_offset = k->k_next == 6 ? 16 : 6;
	}
	memcpy(buf, &vh, sizeof(vh));
	if (k->k_ip == 40) {
		ip[0] = 0x60;
		put16(ip + 4, len - 40);
		ip[6] = k->k_next;
		ip[7] = 64;
	} else {
		ip[0] = (unsigned char)(0x40 | k->k_ip / 4);
		put16(ip + 2, len);
		ip[8] = 64;
		ip[9] = k->k_next;
	}
	if (k->k_next == 6)
		transport[12] = (unsigned char)(k->k_transport / 4 << 4);
	else
		put16(transport + 4, k->k_transport + k->k_payload);
	if (write(fd, buf, sizeof(vh) + len) == -1)
		err(1, "write: %u bytes", len);
}

int
main(int argc, char **argv)
{
	static const struct kind kinds[] = {
		{ VIRTIO_NET_HDR_GSO_TCPV4, 20, 6, 32, 10 * SEGMENT },
		{ VIRTIO_NET_HDR_GSO_TCPV4, 24, 6, 20, 10 * SEGMENT + 1 },
		{ VIRTIO_NET_HDR_GSO_TCPV6, 40, 6, 44, 7 * SEGMENT },
		{ 5 /* UDP_L4 */, 20, 17, 8, 5 * SEGMENT - 3 },
		{ VIRTIO_NET_HDR_GSO_NONE, 20, 17, 8, 1000 },
	};
	size_t i;
	int fd;

	if (argc != 2)
		errx(2, "usage: segments interface");
	fd = open_tun(argv[1]);
	printf("ready\n");
	fflush(stdout);
	getchar();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		give(fd, &kinds[i]);
	printf("given\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
