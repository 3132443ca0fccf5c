#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/interface.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"

/*
 * Other interfaces may come and go all the time: what was looked for in vain
 * so often is looked for seldom, which makes less than 20 calls a second.
 */
#define TRIES_MAX   4
#define REST	    (5 * CLOCK_MS)
#define REST_SELDOM CLOCK_S

#define DRAIN_MAX 64

int
interface_notify_open(void)
{
	struct sockaddr_nl snl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK,
	};
	int fd, saved, smallest = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd == -1)
		return -1;
	/* One message is as good as many, and an overflow as a message. */
	if (setsockopt(
		fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) == 0 &&
	    bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* The messages only say that it is time to look; a lost one says so, too. */
void
interface_notify_drain(int notice)
{
	char byte;
	int i;

	for (i = 0; i < DRAIN_MAX; i++)
		if (recv(notice, &byte, sizeof(byte), MSG_DONTWAIT) == -1 &&
		    errno != ENOBUFS && errno != EINTR)
			break;
}

int
interface_init(struct interface *f, const char *name,
    const struct packet_socket *taps, size_t count)
{
	memset(f, 0, sizeof(*f));
	f->if_sockets = taps;
	f->if_count = count;
	f->if_socket = taps;
	if (strlcpy(f->if_name, name, sizeof(f->if_name)) < sizeof(f->if_name))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* The tap for a link type, or NULL. */
static const struct packet_socket *
packet_socket_for(const struct interface *f, int link)
{
	const struct packet_socket *t;

	for (t = f->if_sockets; t < f->if_sockets + f->if_count; t++)
		if (t->ps_link == PACKET_SOCKET_ANY || t->ps_link == link)
			return t;
	return NULL;
}

/* The index that the name has now, 0 for none, and the tap for it. */
static int
find(const struct interface *f, int *index, const struct packet_socket **tap)
{
	int sock = f->if_sockets[0].ps_sock;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, f->if_name, sizeof(ifr.ifr_name));
	*index = 0;
	*tap = NULL;
	if (ioctl(sock, SIOCGIFINDEX, &ifr) == -1)
		return errno == ENODEV ? 0 : -1;
	*index = ifr.ifr_ifindex;
	if (ioctl(sock, SIOCGIFHWADDR, &ifr) == -1) {
		*index = 0;
		return errno == ENODEV ? 0 : -1;
	}
	*tap = packet_socket_for(f, linktype_find(ifr.ifr_hwaddr.sa_family));
	return 0;
}

static enum interface_change
lose(struct interface *f, bool other)
{
	bool was_there = f->if_there, was_other = f->if_other;

	/* It has another name now, or it would not be bound any more. */
	if (packet_socket_unbind(f->if_socket) == -1)
		return INTERFACE_ERROR;
	f->if_there = false;
	f->if_other = other;
	if (was_there || (other && !was_other))
		f->if_tries = 0;
	if (other && !was_other)
		return INTERFACE_OTHER;
	return was_there ? INTERFACE_GONE : INTERFACE_SAME;
}

enum interface_change
interface_update(struct interface *f)
{
	const struct packet_socket *tap;
	int index, bound;

	f->if_tries++;
	if (find(f, &index, &tap) == -1 ||
	    (bound = packet_socket_index(f->if_socket)) == -1)
		return INTERFACE_ERROR;
	if (tap == NULL)
		return lose(f, index != 0);
	if (f->if_there && tap == f->if_socket && index == bound)
		return INTERFACE_SAME;
	if (tap != f->if_socket && packet_socket_unbind(f->if_socket) == -1)
		return INTERFACE_ERROR;
	if (packet_socket_bind(tap, index) == -1)
		/* Gone again: the message about it is on its way. */
		return errno == ENODEV ? INTERFACE_SAME : INTERFACE_ERROR;
	f->if_socket = tap;
	f->if_there = true;
	f->if_other = false;
	f->if_tries = 0;
	return INTERFACE_BACK;
}

void
interface_rested(struct interface *f)
{
	f->if_tries = 0;
}

uint64_t
interface_rest(const struct interface *f)
{
	return f->if_tries > TRIES_MAX ? REST_SELDOM : REST;
}
