/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/interface.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"

/*
 * Notices are about any interface, and others may come and go all the time.
 * After TRIES_MAX updates without a change the pause grows, which limits the
 * cost to less than 20 calls a second.
 */
#define TRIES_MAX   4
#define REST	    (5 * CLOCK_MS)
#define REST_SELDOM CLOCK_S

/* Notices discarded at once. */
#define DRAIN_MAX 64

/*
 * Returns true with an error if the name has a suffix that other programs
 * print, such as veth0@if2 of ip-link(8), and only the name without the suffix
 * is an interface.
 */
static bool
has_suffix(const char *name, char *err, size_t errlen)
{
	size_t len = strcspn(name, "@:");
	char plain[IFNAMSIZ];

	if (name[len] == '\0' || len == 0 || len >= sizeof(plain))
		return false;
	snprintf(plain, sizeof(plain), "%.*s", (int)len, name);
	if (if_nametoindex(name) != 0 || if_nametoindex(plain) == 0)
		return false;
	snprintf(err, errlen,
	    "%s: no such interface; leave out \"%s\", the name is %s", name,
	    name + len, plain);
	return true;
}

/* Writes that the look-up failed, and errno, to err. */
static void
explain(const char *name, char *err, size_t errlen)
{
	snprintf(err, errlen, "%s: cannot look up the interface: %s", name,
	    strerror(errno));
}

/*
 * Sets the index of an interface.  wait: a missing interface is no error and
 * has the index 0.  Returns 0, or -1 with the reason in err: the name is
 * invalid, or no such interface exists.
 */
static int
find(const char *name, bool wait, unsigned int *index, char *err, size_t errlen)
{
	*index = 0;
	if (name[0] == '\0') {
		snprintf(err, errlen, "interface: the name is empty");
		return -1;
	}
	if (has_suffix(name, err, errlen))
		return -1;
	if (strlen(name) >= IFNAMSIZ) {
		snprintf(err, errlen,
		    "%s: an interface name has at most %d characters", name,
		    IFNAMSIZ - 1);
		return -1;
	}
	if (strchr(name, '/') != NULL) {
		snprintf(err, errlen,
		    "%s: an interface name cannot contain a slash", name);
		return -1;
	}
	if ((*index = if_nametoindex(name)) != 0 || wait)
		return 0;
	if (errno == ENODEV)
		snprintf(err, errlen,
		    "%s: %s: no such interface; \"ip link\" lists interfaces, "
		    "-w waits for one",
		    name, strerror(errno));
	else
		explain(name, err, errlen);
	return -1;
}

/* Returns the hardware type of an interface, ARPHRD_..., or -1 and errno. */
static int
read_hardware(const char *name)
{
	struct ifreq ifr;
	int fd, result;

	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	result = ioctl(fd, SIOCGIFHWADDR, &ifr);
	close(fd);
	return result == -1 ? -1 : ifr.ifr_hwaddr.sa_family;
}

int
interface_link(const char *name, bool wait, int *link, char *err, size_t errlen)
{
	unsigned int index = 0;
	int hardware;

	if (strcmp(name, INTERFACE_ANY) == 0)
		hardware = ARPHRD_VOID;
	else if (find(name, wait, &index, err, errlen) == -1)
		return -1;
	else if (index == 0)
		hardware = ARPHRD_ETHER; /* the likeliest type to appear */
	else
		hardware = read_hardware(name);
	if (hardware == -1) {
		explain(name, err, errlen);
		return -1;
	}
	*link = linktype_find((unsigned int)hardware);
	return 0;
}

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
	/* The smallest buffer is enough: an overflow is a notice, too. */
	if (setsockopt(
		fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) == 0 &&
	    bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Discards the content: a notice, or a lost one, only triggers an update. */
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
interface_init(struct interface *in, const char *name,
    const struct packet_socket *sockets, size_t count)
{
	memset(in, 0, sizeof(*in));
	in->if_sockets = sockets;
	in->if_count = count;
	in->if_socket = sockets;
	if (strlcpy(in->if_name, name, sizeof(in->if_name)) <
	    sizeof(in->if_name))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* Returns the socket for a link type, or NULL. */
static const struct packet_socket *
find_socket(const struct interface *in, int link)
{
	const struct packet_socket *ps;

	for (ps = in->if_sockets; ps < in->if_sockets + in->if_count; ps++)
		if (ps->ps_link == PACKET_SOCKET_ANY || ps->ps_link == link)
			return ps;
	return NULL;
}

/*
 * Sets the current index of the name, 0 for none, and the socket for the type
 * of the interface, or NULL.  Returns 0, or -1 and errno.
 */
static int
find_interface(
    const struct interface *in, int *index, const struct packet_socket **chosen)
{
	int sock = in->if_sockets[0].ps_sock;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, in->if_name, sizeof(ifr.ifr_name));
	*index = 0;
	*chosen = NULL;
	if (ioctl(sock, SIOCGIFINDEX, &ifr) == -1)
		return errno == ENODEV ? 0 : -1;
	*index = ifr.ifr_ifindex;
	if (ioctl(sock, SIOCGIFHWADDR, &ifr) == -1) {
		*index = 0;
		return errno == ENODEV ? 0 : -1;
	}
	*chosen = find_socket(in, linktype_find(ifr.ifr_hwaddr.sa_family));
	return 0;
}

/*
 * Unbinds from an interface that is gone.  other: an interface of the name
 * exists, of a type without a socket.
 */
static enum source_change
unbind(struct interface *in, bool other)
{
	bool was_there = in->if_there, was_other = in->if_other;

	/* A deleted interface is unbound already, a renamed one is not. */
	if (packet_socket_unbind(in->if_socket) == -1)
		return SOURCE_ERROR;
	in->if_there = false;
	in->if_other = other;
	if (was_there || (other && !was_other))
		in->if_tries = 0;
	if (other && !was_other)
		return SOURCE_OTHER;
	return was_there ? SOURCE_GONE : SOURCE_SAME;
}

enum source_change
interface_update(struct interface *in)
{
	const struct packet_socket *chosen;
	int index, bound;

	in->if_tries++;
	if (find_interface(in, &index, &chosen) == -1 ||
	    (bound = packet_socket_index(in->if_socket)) == -1)
		return SOURCE_ERROR;
	if (chosen == NULL)
		return unbind(in, index != 0);
	if (in->if_there && chosen == in->if_socket && index == bound)
		return SOURCE_SAME;
	if (chosen != in->if_socket &&
	    packet_socket_unbind(in->if_socket) == -1)
		return SOURCE_ERROR;
	if (packet_socket_bind(chosen, index) == -1)
		/* Gone again since; the notice is on its way. */
		return errno == ENODEV ? SOURCE_SAME : SOURCE_ERROR;
	in->if_socket = chosen;
	in->if_there = true;
	in->if_other = false;
	in->if_tries = 0;
	return SOURCE_BACK;
}

void
interface_rested(struct interface *in)
{
	in->if_tries = 0;
}

uint64_t
interface_rest(const struct interface *in)
{
	return in->if_tries > TRIES_MAX ? REST_SELDOM : REST;
}

void
interface_adopt(struct interface *in)
{
	const struct packet_socket *ps;

	for (ps = in->if_sockets; ps < in->if_sockets + in->if_count; ps++)
		if (packet_socket_index(ps) > 0) {
			in->if_socket = ps;
			in->if_there = true;
		}
}
