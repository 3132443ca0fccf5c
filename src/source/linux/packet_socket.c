/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <netinet/in.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "source/linux/cbpf.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"

/*
 * A bound socket cannot be unbound.  Instead the socket is bound to lo and to a
 * protocol without packets there: the kernel gives frames whose type field
 * is below 0x600 the protocol ETH_P_802_2 or ETH_P_802_3 (eth_type_trans()).
 */
#define ETH_P_UNUSED 0x05ff

/* Packets taken from the queue at once; the smallest queue holds about 3. */
#define DRAIN_MAX 64

int
packet_socket_open(struct packet_socket *ps, int link, enum direction direction)
{
	int type = linktype_is_cooked(link) ? SOCK_DGRAM : SOCK_RAW;

	ps->ps_link = link;
	ps->ps_direction = direction;
	/* Protocol 0: no packets before the filter is attached. */
	ps->ps_sock = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
	return ps->ps_sock == -1 ? -1 : 0;
}

int
packet_socket_attach(const struct packet_socket *ps, const struct cbpf *c)
{
	/* The kernel does not write to the filter. */
	struct sock_fprog fprog = {
		.len = (unsigned short)c->cb_len,
		.filter = (struct sock_filter *)c->cb_insns,
	};
	int smallest = 1;

	if (setsockopt(ps->ps_sock, SOL_SOCKET, SO_RCVBUF, &smallest,
		sizeof(smallest)) == -1)
		return -1;
	return setsockopt(
	    ps->ps_sock, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

static int
bind_to(const struct packet_socket *ps, int index, uint16_t protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	return bind(ps->ps_sock, (struct sockaddr *)&sll, sizeof(sll));
}

int
packet_socket_bind(const struct packet_socket *ps, int index)
{
	int ignores = ps->ps_direction == DIRECTION_IN ||
	    (ps->ps_direction == DIRECTION_INOUT && index == LOOPBACK_IFINDEX);

	/* An older kernel clones these packets, and the filter rejects all. */
	(void)setsockopt(ps->ps_sock, SOL_PACKET, PACKET_IGNORE_OUTGOING,
	    &ignores, sizeof(ignores));
	return bind_to(ps, index, ETH_P_ALL);
}

int
packet_socket_index(const struct packet_socket *ps)
{
	struct sockaddr_ll bound;
	socklen_t len = sizeof(bound);

	memset(&bound, 0, sizeof(bound));
	if (getsockname(ps->ps_sock, (struct sockaddr *)&bound, &len) == -1)
		return -1;
	if (bound.sll_protocol != htons(ETH_P_ALL) || bound.sll_ifindex < 0)
		return 0;
	return bound.sll_ifindex;
}

int
packet_socket_unbind(const struct packet_socket *ps)
{
	int index = packet_socket_index(ps);

	if (index <= 0)
		return index;
	return bind_to(ps, LOOPBACK_IFINDEX, ETH_P_UNUSED);
}

bool
packet_socket_empty(const struct packet_socket *ps)
{
	char byte;
	int i;

	for (i = 0; i < DRAIN_MAX; i++)
		if (recv(ps->ps_sock, &byte, sizeof(byte), MSG_DONTWAIT) ==
			-1 &&
		    (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
	return i != 0;
}

/* Reading the statistics resets them. */
int
packet_socket_count(const struct packet_socket *ps, uint32_t *packets)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(
		ps->ps_sock, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == -1)
		return -1;
	*packets = stats.tp_packets;
	return 0;
}

void
packet_socket_close(struct packet_socket *ps)
{
	if (ps->ps_sock != -1)
		close(ps->ps_sock);
	ps->ps_sock = -1;
}
