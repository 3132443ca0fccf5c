/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux removes VLAN tags from packets and keeps them as metadata.  libpcap
 * generates code that loads this metadata, but only for an activated capture
 * handle, on an interface that is up.  Therefore the handle captures on the
 * loopback interface of a new network namespace, which has no traffic.  Without
 * privileges, a new user namespace makes that possible.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <fcntl.h>
#include <pcap.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "filter/filter.h"
#include "filter/filter_live.h"

const unsigned int filter_live_instructions = FILTER_MAX;
const char *const filter_live_remedy =
    "; many addresses fit into a set of nft(8): let a firewall rule log to "
    "a group, and count with -i nflog:1";

/* Brings up the loopback interface.  Returns 0, or -1 and errno. */
static int
set_loopback_up(void)
{
	struct ifreq ifr;
	int fd, result;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, "lo", sizeof(ifr.ifr_name));
	ifr.ifr_flags = IFF_UP;
	result = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return result;
}

/* Activates the smallest capture on lo.  Returns NULL on failure. */
static pcap_t *
open_capture(void)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	if ((p = pcap_create("lo", error)) == NULL)
		return NULL;
	if (pcap_set_snaplen(p, 64) == 0 &&
	    pcap_set_buffer_size(p, 4096) == 0 && pcap_activate(p) >= 0)
		return p;
	pcap_close(p);
	return NULL;
}

pcap_t *
filter_live_open(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	pcap_t *p;

	if (unshare(CLONE_NEWNET) == 0) {
		p = set_loopback_up() == 0 ? open_capture() : NULL;
		/* Host names are looked up in the original network. */
		if (home != -1)
			(void)setns(home, CLONE_NEWNET);
		return p;
	}
	/* CAP_NET_RAW alone is enough to capture on the real lo. */
	if ((p = open_capture()) != NULL)
		return p;
	/*
	 * No privileges.  A process cannot return from a user namespace, so
	 * host names cannot be looked up afterwards.
	 */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
	    set_loopback_up() == 0)
		p = open_capture();
	return p;
}
