/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * churn_interfaces rounds: deletes and creates the pair v0 and v1 `rounds`
 * times, while a sender floods v0.  At the end v0 is up.  Prints the sum of the
 * packets that all deleted v1 had received.
 *
 * A packet that is queued when its interface is deleted is counted by the
 * interface but reaches no socket.  Therefore v0 goes down first, and the tool
 * waits for empty queues.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <net/if.h>

#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sender.h"

#define TIMEOUT 20	 /* s */
#define ENOUGH	1000	 /* packets a round */
#define BACKLOG (12 - 1) /* column of /proc/net/softnet_stat, from 0 */

static struct mnl_socket *netlink;

static struct nlmsghdr *
request(char *buf, uint16_t type, uint16_t flags, const char *name, bool up)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));
	ifm->ifi_change = IFF_UP;
	ifm->ifi_flags = up ? IFF_UP : 0;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nlh;
}

static void
ask(struct nlmsghdr *nlh, const char *what)
{
	char buf[8192];
	ssize_t n;

	if (mnl_socket_sendto(netlink, nlh, nlh->nlmsg_len) == -1)
		err(1, "%s", what);
	if ((n = mnl_socket_recvfrom(netlink, buf, sizeof(buf))) == -1 ||
	    mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(netlink), NULL,
		NULL) == -1)
		err(1, "%s", what);
}

static void
create(void)
{
	struct nlattr *info, *data, *peer;
	struct nlmsghdr *nlh;
	char buf[1024];

	nlh = request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "v0", false);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "v1");
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	ask(nlh, "create");
}

static void
set_up(const char *name, bool up)
{
	char buf[1024];

	ask(request(buf, RTM_NEWLINK, 0, name, up), name);
}

static void
delete_pair(void)
{
	char buf[1024];

	ask(request(buf, RTM_DELLINK, 0, "v0", false), "delete");
}

static unsigned long long
received(void)
{
	unsigned long long n;
	FILE *fp;

	if ((fp = fopen("/sys/class/net/v1/statistics/rx_packets", "re")) ==
		NULL ||
	    fscanf(fp, "%llu", &n) != 1)
		err(1, "v1: statistics");
	fclose(fp);
	return n;
}

static bool
enough(void)
{
	return received() >= ENOUGH;
}

/* Returns true if a packet socket is bound to v1. */
static bool
has_socket(void)
{
	unsigned int index = if_nametoindex("v1"), bound;
	bool found = false;
	char line[256];
	FILE *fp;

	if ((fp = fopen("/proc/net/packet", "re")) == NULL)
		err(1, "/proc/net/packet");
	while (!found && fgets(line, sizeof(line), fp) != NULL)
		found = sscanf(line, "%*s %*s %*s %*s %u", &bound) == 1 &&
		    bound == index;
	fclose(fp);
	return found;
}

/* Returns true if the backlog of each CPU is empty. */
static bool
is_empty(void)
{
	bool none = true;
	char line[512], *p;
	FILE *fp;
	int i;

	if ((fp = fopen("/proc/net/softnet_stat", "re")) == NULL)
		err(1, "/proc/net/softnet_stat");
	while (none && fgets(line, sizeof(line), fp) != NULL) {
		for (i = 0, p = line; i < BACKLOG; i++)
			p += strcspn(p, " \n") + 1;
		none = strtoul(p, NULL, 16) == 0;
	}
	fclose(fp);
	return none;
}

static void
await(bool (*fact)(void), const char *what)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	time_t end = time(NULL) + TIMEOUT;

	while (!fact()) {
		if (time(NULL) >= end)
			errx(1, "not %s in time", what);
		nanosleep(&pause, NULL);
	}
}

/* Sends to the interface of this index, whenever it exists and is up. */
static void
flood(const _Atomic int *index)
{
	unsigned char frame[SENDER_FRAME_SIZE] = SENDER_FRAME;
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	int sock, one = 1;

	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(
		sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) == -1)
		err(1, "packet socket");
	for (;;) {
		sll.sll_ifindex = atomic_load(index);
		if (sendto(sock, frame, sizeof(frame), 0,
			(struct sockaddr *)&sll, sizeof(sll)) != -1)
			continue;
		if (errno != ENODEV && errno != ENXIO && errno != ENETDOWN &&
		    errno != ENOBUFS)
			err(1, "sendto");
		sched_yield();
	}
}

static pid_t
start_flood(const _Atomic int *index)
{
	pid_t parent = getpid(), pid;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(1);
	flood(index);
	_exit(1);
}

int
main(int argc, char **argv)
{
	unsigned long long sum = 0;
	_Atomic int *index;
	long i, rounds;
	pid_t sender;
	int status;

	if (argc != 2 || (rounds = strtol(argv[1], NULL, 10)) <= 0)
		errx(2, "usage: churn_interfaces rounds");
	if ((netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)) == NULL ||
	    mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == -1)
		err(1, "netlink");
	index = mmap(NULL, sizeof(*index), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (index == MAP_FAILED)
		err(1, "mmap");
	atomic_store(index, (int)if_nametoindex("v0"));
	sender = start_flood(index);
	for (i = 0; i < rounds; i++) {
		await(enough, "flooded");
		set_up("v0", false);
		await(is_empty, "empty");
		sum += received();
		delete_pair();
		create();
		set_up("v1", true);
		atomic_store(index, (int)if_nametoindex("v0"));
		/* No packets before the daemon's socket is bound. */
		await(has_socket, "found again");
		set_up("v0", true);
	}
	if (kill(sender, SIGKILL) == -1 ||
	    waitpid(sender, &status, 0) != sender || WIFEXITED(status))
		errx(1, "the sender exited early");
	printf("%llu\n", sum);
	return fflush(stdout) == EOF;
}
