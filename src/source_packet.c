/*
 * Linux: an interface, or all of them, by a packet socket that keeps nothing.
 * The count is the extended filter's where the kernel lets us have one, else
 * the socket's own statistics behind a classic filter.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classic.h"
#include "clock.h"
#include "ebpf.h"
#include "filter.h"
#include "follow.h"
#include "link_linux.h"
#include "source.h"
#include "source_linux.h"

/*
 * Classic mode: from a wake-up by a packet to listening for the next.  The end
 * of it is a wake-up, too, so that makes 1000 a second.
 */
#define REST (2 * CLOCK_MS)
/* And when nobody listens; the 32 bit counter must not wrap meanwhile. */
#define LONG_REST (10 * CLOCK_S)
/* Packets taken from the queue at once; it holds three or so. */
#define DRAIN_MAX 64

/* The name that stands for all interfaces. */
#define ANY "any"

struct packet {
	struct source p_source; /* first: one is cast to the other */
	struct ebpf *p_ebpf;	/* NULL in classic mode */
	struct follow p_follow;
	int p_sock;
	/* Classic mode. */
	uint64_t p_seen;
	uint64_t p_woke;  /* when packets last made s_fd readable */
	bool p_listening; /* the queue was empty, s_fd is polled */
};

static int
classic_attach(int sock, struct classic *c)
{
	struct sock_fprog fprog = {
		.len = (unsigned short)c->cl_len,
		.filter = c->cl_insns,
	};
	int smallest = 1;

	if (setsockopt(
		sock, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) == -1)
		return -1;
	return setsockopt(
	    sock, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

/* Takes a packet, or an error, out of the queue; -1 when it is empty. */
static int
take(const struct packet *p)
{
	char byte;

	if (recv(p->p_sock, &byte, sizeof(byte), MSG_DONTWAIT) == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK))
		return -1;
	return 0;
}

/* The statistics go to zero when they are read. */
static int
classic_sample(struct source *s, uint64_t now, uint64_t *seen)
{
	struct packet *p = (struct packet *)s;
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(
		p->p_sock, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == -1)
		return -1;
	p->p_seen += stats.tp_packets;
	/*
	 * No packet, and yet we are awake: it may be an error, such as
	 * ENETDOWN, which stays until somebody takes it.
	 */
	if (p->p_listening && (stats.tp_packets != 0 || take(p) == 0)) {
		p->p_listening = false;
		p->p_woke = now;
	}
	*seen = p->p_seen;
	return 0;
}

/*
 * The socket becomes readable with the first packet after it was emptied:
 * that is the only wake-up there is, so it is emptied no more often than
 * wake-ups may come.
 */
static bool
classic_wake_at(struct source *s, uint64_t wanted, uint64_t now)
{
	struct packet *p = (struct packet *)s;
	uint64_t rest = wanted == UINT64_MAX ? LONG_REST : REST;
	uint64_t seen;
	int i;

	if (!p->p_listening && now >= p->p_woke + rest) {
		for (i = 0; i < DRAIN_MAX && take(p) == 0; i++)
			;
		p->p_listening = true;
		if (classic_sample(s, now, &seen) == -1)
			return true; /* the next sample fails as well */
	}
	s->s_fd = p->p_listening ? p->p_sock : -1;
	s->s_at = p->p_listening ? CLOCK_NEVER : p->p_woke + rest;
	return p->p_seen >= wanted;
}

static int
ebpf_sample(struct source *s, uint64_t now, uint64_t *seen)
{
	(void)now;
	*seen = ebpf_count(((struct packet *)s)->p_ebpf);
	return 0;
}

static bool
ebpf_wake_at(struct source *s, uint64_t wanted, uint64_t now)
{
	(void)now;
	return ebpf_arm(((struct packet *)s)->p_ebpf, wanted);
}

static enum source_change
packet_look(struct source *s, uint64_t now)
{
	static const enum source_change changes[] = {
		[FOLLOW_SAME] = SOURCE_SAME,
		[FOLLOW_GONE] = SOURCE_GONE,
		[FOLLOW_BACK] = SOURCE_BACK,
	};
	struct follow *f = &((struct packet *)s)->p_follow;
	enum follow_change change;

	if (now > s->s_look_at + CLOCK_S)
		follow_rested(f);
	change = follow_update(f);

	s->s_look_at = now + follow_rest(f);
	return change == FOLLOW_ERROR ? SOURCE_ERROR : changes[change];
}

static int
packet_socket(const struct source *s)
{
	return ((const struct packet *)s)->p_sock;
}

static void
packet_close(struct source *s)
{
	struct packet *p = (struct packet *)s;

	ebpf_close(p->p_ebpf);
	follow_close(&p->p_follow);
	if (p->p_sock != -1)
		close(p->p_sock);
	free(p);
}

static const struct source_ops ebpf_ops = {
	.so_sample = ebpf_sample,
	.so_wake_at = ebpf_wake_at,
	.so_look = packet_look,
	.so_socket = packet_socket,
	.so_close = packet_close,
};

static const struct source_ops classic_ops = {
	.so_sample = classic_sample,
	.so_wake_at = classic_wake_at,
	.so_look = packet_look,
	.so_socket = packet_socket,
	.so_close = packet_close,
};

/* Attaches the best filter that the kernel grants. */
static int
choose(struct packet *p, struct classic *c)
{
	struct source *s = &p->p_source;
	int why;

	p->p_ebpf = ebpf_open(c->cl_insns, c->cl_len);
	if (p->p_ebpf != NULL && ebpf_attach(p->p_ebpf, p->p_sock) == 0) {
		s->s_ops = &ebpf_ops;
		s->s_fd = ebpf_fd(p->p_ebpf);
		snprintf(s->s_how, sizeof(s->s_how), "extended filter (eBPF)");
		return 0;
	}
	why = errno;
	ebpf_close(p->p_ebpf);
	p->p_ebpf = NULL;
	snprintf(s->s_how, sizeof(s->s_how), "classic filter");
	snprintf(s->s_caveat, sizeof(s->s_caveat),
	    "no extended filter: %s: "
	    "packets that the kernel has merged (GRO, GSO) count as one%s",
	    strerror(why),
	    why == EPERM || why == EACCES ? ", CAP_BPF makes it exact" : "");
	return classic_attach(p->p_sock, c);
}

/* The index of the interface; 0 for all of them, or for one to wait for. */
static int
find(
    const struct source_conf *sc, unsigned int *index, char *err, size_t errlen)
{
	const char *name = sc->sc_name;

	*index = 0;
	if (strcmp(name, ANY) == 0)
		return 0;
	if (name[0] == '\0') {
		snprintf(err, errlen, "interface: its name is empty");
		return -1;
	}
	if (strlen(name) >= IFNAMSIZ) {
		snprintf(err, errlen,
		    "%s: an interface name has at most %d characters", name,
		    IFNAMSIZ - 1);
		return -1;
	}
	if (strchr(name, '/') != NULL) {
		snprintf(err, errlen,
		    "%s: an interface name has no slash in it", name);
		return -1;
	}
	if ((*index = if_nametoindex(name)) != 0 || sc->sc_wait)
		return 0;
	snprintf(err, errlen,
	    "%s: %s: no such interface, \"ip link\" shows those there are, "
	    "-w waits for it",
	    name, strerror(errno));
	return -1;
}

/* What kind of interface it is, by ARPHRD_...; -1 and errno. */
static int
hardware(const char *name, unsigned int index)
{
	struct ifreq ifr;
	int fd, result;

	if (strcmp(name, ANY) == 0)
		return ARPHRD_VOID;
	if (index == 0)
		return ARPHRD_ETHER; /* the likeliest of what may come */
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	result = ioctl(fd, SIOCGIFHWADDR, &ifr);
	close(fd);
	return result == -1 ? -1 : ifr.ifr_hwaddr.sa_family;
}

/* The kind of interface, or -1, and the program that says what counts. */
static int
prepare(struct classic *c, const struct source_conf *sc, unsigned int index,
    char *err, size_t errlen)
{
	const char *name = sc->sc_name;
	struct filter_request fr = { .fr_expression = sc->sc_filter,
		.fr_interface = name,
		.fr_priv = sc->sc_priv };
	static struct filter filter;
	char problem[SOURCE_TEXT];
	int kind;

	filter.f_len = 0;
	if ((kind = hardware(name, index)) == -1) {
		snprintf(err, errlen, "%s: %s", name, strerror(errno));
		return -1;
	}
	fr.fr_linktype = link_type((unsigned int)kind);
	if (sc->sc_filter != NULL &&
	    filter_compile(&filter, &fr, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", name, problem);
		return -1;
	}
	if (link_is_cooked(fr.fr_linktype) && link_cook(&filter) == -1) {
		snprintf(err, errlen,
		    "%s: filter: there is no such link header", name);
		return -1;
	}
	classic_build(c, sc->sc_direction, &filter);
	return kind;
}

/*
 * From here on packets count.  A filter is for one kind of interface, and so
 * is the header that the socket leaves to it: without a filter any will do.
 */
static int
attach(struct packet *p, const struct source_conf *sc, int kind)
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	struct source *s = &p->p_source;

	if (strcmp(sc->sc_name, ANY) == 0)
		return bind(
		    p->p_sock, (const struct sockaddr *)&all, sizeof(all));
	if (follow_open(&p->p_follow, sc->sc_name,
		sc->sc_filter == NULL ? -1 : kind, p->p_sock) == -1)
		return -1;
	s->s_look_fd = p->p_follow.fo_netlink;
	if (follow_update(&p->p_follow) == FOLLOW_ERROR)
		return -1;
	if (p->p_follow.fo_there || sc->sc_wait)
		return 0;
	errno = ENODEV;
	return -1;
}

static struct packet *
allocate(void)
{
	struct packet *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->p_source.s_ops = &classic_ops;
	p->p_source.s_fd = -1;
	p->p_source.s_at = CLOCK_NEVER;
	p->p_source.s_look_fd = -1;
	p->p_follow.fo_netlink = -1;
	p->p_sock = -1;
	return p;
}

struct source *
source_packet_open(const struct source_conf *sc, char *err, size_t errlen)
{
	static struct classic classic;
	const char *name = sc->sc_name;
	unsigned int index;
	struct packet *p;
	int kind, type;

	if (find(sc, &index, err, errlen) == -1)
		return NULL;
	if ((kind = prepare(&classic, sc, index, err, errlen)) == -1)
		return NULL;
	type = link_is_cooked(link_type((unsigned int)kind)) ? SOCK_DGRAM :
							       SOCK_RAW;
	if ((p = allocate()) == NULL) {
		snprintf(err, errlen, "%s: %s", name, strerror(errno));
		return NULL;
	}
	/* Protocol 0: no packet comes before the filter is there. */
	p->p_sock = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
	if (p->p_sock == -1 && errno == EPERM)
		snprintf(err, errlen,
		    "%s: CAP_NET_RAW is missing: run as "
		    "root, or give the program the right with \"setcap "
		    "cap_net_raw,cap_bpf+ep\", or start it from its unit file",
		    name);
	else if (p->p_sock == -1)
		snprintf(err, errlen, "%s: packet socket: %s", name,
		    strerror(errno));
	else if (choose(p, &classic) == -1)
		snprintf(err, errlen, "%s: filter: %s", name,
		    errno == EINVAL ? "the kernel does not take it; it runs "
				      "no loops, which protochain needs" :
				      strerror(errno));
	else if (attach(p, sc, kind) == -1)
		snprintf(err, errlen, "%s: %s", name, strerror(errno));
	else
		return &p->p_source;
	packet_close(&p->p_source);
	return NULL;
}
