#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "follow.h"

/*
 * Other interfaces may come and go all the time: what was looked for in vain
 * so often is looked for seldom, which makes less than 20 calls a second.
 */
#define TRIES_MAX   4
#define REST	    (5 * CLOCK_MS)
#define REST_SELDOM CLOCK_S

/* An Ethernet type that is reserved: what a socket for nothing is bound to. */
#define ETH_P_NOTHING 0xffff

#define DRAIN_MAX 64

int
follow_open(struct follow *f, const char *name, int hardware, int sock)
{
	struct sockaddr_nl snl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK,
	};
	int smallest = 1;

	memset(f, 0, sizeof(*f));
	f->fo_netlink = -1;
	f->fo_sock = sock;
	f->fo_hardware = hardware;
	if (strlcpy(f->fo_name, name, sizeof(f->fo_name)) >=
	    sizeof(f->fo_name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	f->fo_netlink =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (f->fo_netlink == -1)
		return -1;
	/* One message is as good as many, and an overflow as a message. */
	if (setsockopt(f->fo_netlink, SOL_SOCKET, SO_RCVBUF, &smallest,
		sizeof(smallest)) == -1)
		return -1;
	return bind(f->fo_netlink, (struct sockaddr *)&snl, sizeof(snl));
}

/* The messages only say that it is time to look; a lost one says so, too. */
static void
drain(const struct follow *f)
{
	char byte;
	int i;

	for (i = 0; i < DRAIN_MAX; i++)
		if (recv(f->fo_netlink, &byte, sizeof(byte), MSG_DONTWAIT) ==
			-1 &&
		    errno != ENOBUFS && errno != EINTR)
			break;
}

/* The index that the name has now; 0 for none, or for one of another kind. */
static int
find(const struct follow *f, int *index)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, f->fo_name, sizeof(ifr.ifr_name));
	*index = 0;
	if (ioctl(f->fo_sock, SIOCGIFINDEX, &ifr) == -1)
		return errno == ENODEV ? 0 : -1;
	*index = ifr.ifr_ifindex;
	if (f->fo_hardware == -1)
		return 0;
	if (ioctl(f->fo_sock, SIOCGIFHWADDR, &ifr) == -1 ||
	    ifr.ifr_hwaddr.sa_family != f->fo_hardware)
		*index = 0;
	return 0;
}

static int
bind_to(const struct follow *f, int index, uint16_t protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	return bind(f->fo_sock, (struct sockaddr *)&sll, sizeof(sll));
}

static enum follow_change
lose(struct follow *f, const struct sockaddr_ll *bound)
{
	bool was_there = f->fo_there;

	/* It has another name now, or it would not be bound any more. */
	if (bound->sll_ifindex > 0 && bound->sll_protocol == htons(ETH_P_ALL) &&
	    bind_to(f, bound->sll_ifindex, ETH_P_NOTHING) == -1 &&
	    errno != ENODEV)
		return FOLLOW_ERROR;
	f->fo_there = false;
	if (was_there)
		f->fo_tries = 0;
	return was_there ? FOLLOW_GONE : FOLLOW_SAME;
}

enum follow_change
follow_update(struct follow *f)
{
	struct sockaddr_ll bound;
	socklen_t len = sizeof(bound);
	int index;

	drain(f);
	f->fo_tries++;
	memset(&bound, 0, sizeof(bound));
	if (find(f, &index) == -1 ||
	    getsockname(f->fo_sock, (struct sockaddr *)&bound, &len) == -1)
		return FOLLOW_ERROR;
	if (index == 0)
		return lose(f, &bound);
	if (f->fo_there && index == bound.sll_ifindex)
		return FOLLOW_SAME;
	if (bind_to(f, index, ETH_P_ALL) == -1)
		/* Gone again: the message about it is on its way. */
		return errno == ENODEV ? FOLLOW_SAME : FOLLOW_ERROR;
	f->fo_there = true;
	f->fo_tries = 0;
	return FOLLOW_BACK;
}

void
follow_rested(struct follow *f)
{
	f->fo_tries = 0;
}

uint64_t
follow_rest(const struct follow *f)
{
	return f->fo_tries > TRIES_MAX ? REST_SELDOM : REST;
}

void
follow_close(struct follow *f)
{
	if (f->fo_netlink != -1)
		close(f->fo_netlink);
	f->fo_netlink = -1;
}
