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
tap_open(struct tap *t, int link)
{
	int type = link_is_cooked(link) ? SOCK_DGRAM : SOCK_RAW;

	t->ta_link = link;
	/* Protocol 0: no packet comes before the filter is there. */
	t->ta_sock = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
	return t->ta_sock == -1 ? -1 : 0;
}

int
tap_attach(const struct tap *t, const struct classic *c)
{
	/* The kernel only reads it. */
	struct sock_fprog fprog = {
		.len = (unsigned short)c->cl_len,
		.filter = (struct sock_filter *)c->cl_insns,
	};
	int smallest = 1;

	if (setsockopt(t->ta_sock, SOL_SOCKET, SO_RCVBUF, &smallest,
		sizeof(smallest)) == -1)
		return -1;
	return setsockopt(
	    t->ta_sock, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

static int
bind_to(const struct tap *t, int index, uint16_t protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	return bind(t->ta_sock, (struct sockaddr *)&sll, sizeof(sll));
}

int
tap_bind(const struct tap *t, int index)
{
	return bind_to(t, index, ETH_P_ALL);
}

int
tap_index(const struct tap *t)
{
	struct sockaddr_ll bound;
	socklen_t len = sizeof(bound);

	memset(&bound, 0, sizeof(bound));
	if (getsockname(t->ta_sock, (struct sockaddr *)&bound, &len) == -1)
		return -1;
	if (bound.sll_protocol != htons(ETH_P_ALL) || bound.sll_ifindex < 0)
		return 0;
	return bound.sll_ifindex;
}

int
tap_unbind(const struct tap *t)
{
	int index = tap_index(t);

	if (index <= 0)
		return index;
	return bind_to(t, LOOPBACK_IFINDEX, ETH_P_REST);
}

bool
tap_empty(const struct tap *t)
{
	char byte;
	int i;

	for (i = 0; i < DRAIN_MAX; i++)
		if (recv(t->ta_sock, &byte, sizeof(byte), MSG_DONTWAIT) == -1 &&
		    (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
	return i != 0;
}

/* The statistics go to zero when they are read. */
int
tap_count(const struct tap *t, uint32_t *packets)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(
		t->ta_sock, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == -1)
		return -1;
	*packets = stats.tp_packets;
	return 0;
}

void
tap_close(struct tap *t)
{
	if (t->ta_sock != -1)
		close(t->ta_sock);
	t->ta_sock = -1;
}
