/*
 * Linux takes VLAN tags out of the packet.  libpcap knows where to find them,
 * but generates code for it only for a handle that captures, on an interface
 * that is up.  So one is opened on the loopback interface of a network of its
 * own.  It sees nothing; with no privileges, it is made in a user namespace.
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
    "; many addresses fit into a set of nft(8): let its rule log to a group, "
    "and count that by -i nflog:1";

static int
loopback_up(void)
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

static pcap_t *
capture(void)
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
		p = loopback_up() == 0 ? capture() : NULL;
		/* Back, for the names of hosts. */
		if (home != -1)
			(void)setns(home, CLONE_NEWNET);
		return p;
	}
	/* The rights of one who may open packet sockets, and no more. */
	if ((p = capture()) != NULL)
		return p;
	/* Without any.  From there is no way back: names are not found. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && loopback_up() == 0)
		p = capture();
	return p;
}
