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
follow_notice(void)
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
follow_drain(int notice)
{
	char byte;
	int i;

	for (i = 0; i < DRAIN_MAX; i++)
		if (recv(notice, &byte, sizeof(byte), MSG_DONTWAIT) == -1 &&
		    errno != ENOBUFS && errno != EINTR)
			break;
}

int
follow_init(
    struct follow *f, const char *name, const struct tap *taps, size_t count)
{
	memset(f, 0, sizeof(*f));
	f->fo_taps = taps;
	f->fo_count = count;
	f->fo_tap = taps;
	if (strlcpy(f->fo_name, name, sizeof(f->fo_name)) < sizeof(f->fo_name))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* The tap for a link type, or NULL. */
static const struct tap *
tap_for(const struct follow *f, int link)
{
	const struct tap *t;

	for (t = f->fo_taps; t < f->fo_taps + f->fo_count; t++)
		if (t->ta_link == TAP_ANY || t->ta_link == link)
			return t;
	return NULL;
}

/* The index that the name has now, 0 for none, and the tap for it. */
static int
find(const struct follow *f, int *index, const struct tap **tap)
{
	int sock = f->fo_taps[0].ta_sock;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, f->fo_name, sizeof(ifr.ifr_name));
	*index = 0;
	*tap = NULL;
	if (ioctl(sock, SIOCGIFINDEX, &ifr) == -1)
		return errno == ENODEV ? 0 : -1;
	*index = ifr.ifr_ifindex;
	if (ioctl(sock, SIOCGIFHWADDR, &ifr) == -1) {
		*index = 0;
		return errno == ENODEV ? 0 : -1;
	}
	*tap = tap_for(f, link_type(ifr.ifr_hwaddr.sa_family));
	return 0;
}

static enum follow_change
lose(struct follow *f, bool other)
{
	bool was_there = f->fo_there, was_other = f->fo_other;

	/* It has another name now, or it would not be bound any more. */
	if (tap_unbind(f->fo_tap) == -1)
		return FOLLOW_ERROR;
	f->fo_there = false;
	f->fo_other = other;
	if (was_there || (other && !was_other))
		f->fo_tries = 0;
	if (other && !was_other)
		return FOLLOW_OTHER;
	return was_there ? FOLLOW_GONE : FOLLOW_SAME;
}

enum follow_change
follow_update(struct follow *f)
{
	const struct tap *tap;
	int index, bound;

	f->fo_tries++;
	if (find(f, &index, &tap) == -1 || (bound = tap_index(f->fo_tap)) == -1)
		return FOLLOW_ERROR;
	if (tap == NULL)
		return lose(f, index != 0);
	if (f->fo_there && tap == f->fo_tap && index == bound)
		return FOLLOW_SAME;
	if (tap != f->fo_tap && tap_unbind(f->fo_tap) == -1)
		return FOLLOW_ERROR;
	if (tap_bind(tap, index) == -1)
		/* Gone again: the message about it is on its way. */
		return errno == ENODEV ? FOLLOW_SAME : FOLLOW_ERROR;
	f->fo_tap = tap;
	f->fo_there = true;
	f->fo_other = false;
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
