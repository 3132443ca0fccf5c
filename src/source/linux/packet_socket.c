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
 * The kernel has no way back to a socket that is bound to nothing.  A socket
 * that rests is bound to a type that no packet has on the loopback interface:
 * what is not an Ethernet type there (below 0x600) is ETH_P_802_2 or _802_3.
 */
#define ETH_P_REST 0x05ff

/* Packets taken from the queue at once; it holds three or so. */
#define DRAIN_MAX 64

int
packet_socket_open(struct packet_socket *ps, int link)
{
	int type = linktype_is_cooked(link) ? SOCK_DGRAM : SOCK_RAW;

	ps->ps_link = link;
	/* Protocol 0: no packet comes before the filter is there. */
	ps->ps_sock = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
	return ps->ps_sock == -1 ? -1 : 0;
}

int
packet_socket_attach(const struct packet_socket *ps, const struct cbpf *c)
{
	/* The kernel only reads it. */
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
	return bind_to(ps, LOOPBACK_IFINDEX, ETH_P_REST);
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

/* The statistics go to zero when they are read. */
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
