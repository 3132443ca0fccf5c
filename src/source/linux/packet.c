/*
 * Linux: an interface, or all of them, by packet sockets that keep nothing: one
 * for each type of link that the interface may come back with, since nothing
 * more can be attached once privileges are gone.  One of them is bound.
 *
 * The count is the extended filter's where the kernel lets us have one, else
 * the socket's own statistics behind a classic filter.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/if_arp.h>

#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/cbpf.h"
#include "source/linux/ebpf.h"
#include "source/linux/interface.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"
#include "source/linux/socket_counter.h"
#include "source/linux/source_linux.h"
#include "source/listener.h"
#include "source/source.h"

/* The name that stands for all interfaces. */
#define ANY "any"

/* The link types of nearly all interfaces; the first is the likeliest. */
static const int usual[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL2 };
#define USUAL (sizeof(usual) / sizeof(usual[0]))

_Static_assert(USUAL + 1 <= SOURCE_SOCKETS, "the first may be unusual");

struct packet {
	struct socket_counter p_counter; /* first: one is cast to the other */
	struct interface p_follow;
	struct packet_socket p_sockets[USUAL + 1];
	size_t p_count;
	const struct packet_socket
	    *p_socket; /* the one that may have packets */
};

static int
read_tap(struct socket_counter *m, const struct packet_socket *t)
{
	uint32_t packets;

	if (packet_socket_count(t, &packets) == -1)
		return -1;
	m->sc_seen += packets;
	if (packets != 0)
		listener_found(&m->sc_listener);
	return 0;
}

static int
packet_read(struct socket_counter *m)
{
	const struct packet_socket *t = ((struct packet *)m)->p_socket;

	/* An error makes it readable, too, until somebody takes it. */
	if (!m->sc_listener.li_resting && packet_socket_empty(t))
		listener_found(&m->sc_listener);
	return read_tap(m, t);
}

/* From one tap to another, with the last packets of the first. */
static int
use_tap(struct packet *p, const struct packet_socket *t)
{
	struct socket_counter *m = &p->p_counter;

	if (t != p->p_socket && m->sc_ebpf == NULL &&
	    read_tap(m, p->p_socket) == -1)
		return -1;
	p->p_socket = t;
	m->sc_sock = t->ps_sock;
	return 0;
}

static enum source_change
packet_look(struct source *s, uint64_t now)
{
	static const enum source_change changes[] = {
		[INTERFACE_SAME] = SOURCE_SAME,
		[INTERFACE_GONE] = SOURCE_GONE,
		[INTERFACE_BACK] = SOURCE_BACK,
		[INTERFACE_OTHER] = SOURCE_OTHER,
	};
	struct packet *p = (struct packet *)s;
	struct interface *f = &p->p_follow;
	enum interface_change change;

	if (now > s->s_look_at + CLOCK_S)
		interface_rested(f);
	change = interface_update(f);
	s->s_look_at = now + interface_rest(f);
	if (change == INTERFACE_ERROR || use_tap(p, f->if_socket) == -1)
		return SOURCE_ERROR;
	return changes[change];
}

static size_t
packet_sockets(const struct source *s, int *socks)
{
	const struct packet *p = (const struct packet *)s;
	size_t i;

	for (i = 0; i < p->p_count; i++)
		socks[i] = p->p_sockets[i].ps_sock;
	return p->p_count;
}

static void
packet_save(const struct source *s, struct source_state *st)
{
	const struct packet *p = (const struct packet *)s;

	st->st_seen = p->p_counter.sc_seen;
	st->st_tap = (uint32_t)(p->p_socket - p->p_sockets);
	st->st_there = p->p_follow.if_there;
	st->st_other = p->p_follow.if_other;
}

static void
packet_load(struct source *s, const struct source_state *st)
{
	struct packet *p = (struct packet *)s;

	if (st->st_tap >= p->p_count)
		return;
	p->p_socket = &p->p_sockets[st->st_tap];
	p->p_counter.sc_seen = st->st_seen;
	p->p_counter.sc_sock = p->p_socket->ps_sock;
	p->p_follow.if_socket = p->p_socket;
	p->p_follow.if_there = st->st_there;
	p->p_follow.if_other = st->st_other;
}

static void
packet_close(struct source *s)
{
	struct packet *p = (struct packet *)s;

	ebpf_close(p->p_counter.sc_ebpf);
	while (p->p_count > 0)
		packet_socket_close(&p->p_sockets[--p->p_count]);
	free(p);
}

static const struct source_ops packet_ops = {
	.so_sample = socket_counter_sample,
	.so_wake_at = socket_counter_wake_at,
	.so_silence = socket_counter_silence,
	.so_look = packet_look,
	.so_sockets = packet_sockets,
	.so_save = packet_save,
	.so_load = packet_load,
	.so_close = packet_close,
};

/*
 * True for a name with something behind it that other programs print there,
 * such as veth0@if2 by ip-link(8), when there is no interface of that name but
 * one without the rest.
 */
static bool
decorated(const char *name, char *err, size_t errlen)
{
	size_t len = strcspn(name, "@:");
	char plain[IFNAMSIZ];

	if (name[len] == '\0' || len == 0 || len >= sizeof(plain))
		return false;
	snprintf(plain, sizeof(plain), "%.*s", (int)len, name);
	if (if_nametoindex(name) != 0 || if_nametoindex(plain) == 0)
		return false;
	snprintf(err, errlen,
	    "%s: no such interface; leave out \"%s\", which is no part of the "
	    "name: %s",
	    name, name + len, plain);
	return true;
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
	if (decorated(name, err, errlen))
		return -1;
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

/* Says what keeps the extended filter from counting. */
static const char *
shortcoming(const struct cbpf *c, int error)
{
	if (error != ENOTSUP)
		return strerror(error);
	return cbpf_asks_type(c) ?
	    "it does not know the interface's type (link[8:2])" :
	    "it has no translation of this filter";
}

/* Attaches the best filter that the kernel grants, to the first tap. */
static int
choose(struct packet *p, const struct source_conf *sc,
    const struct packet_socket *t, const struct cbpf *c)
{
	const struct ebpf_what what = {
		.ew_bytes = sc->sc_bytes ? EBPF_BYTES_PACKET : EBPF_NO_BYTES,
		.ew_time = sc->sc_time,
	};
	struct socket_counter *m = &p->p_counter;
	struct source *s = &m->sc_source;
	int why;

	m->sc_ebpf = ebpf_open(&what);
	if (m->sc_ebpf != NULL &&
	    ebpf_attach(m->sc_ebpf, c->cb_insns, c->cb_len, t->ps_sock) == 0) {
		s->s_fd = ebpf_fd(m->sc_ebpf);
		snprintf(s->s_how, sizeof(s->s_how), "extended filter (eBPF)");
		return 0;
	}
	why = errno;
	ebpf_close(m->sc_ebpf);
	m->sc_ebpf = NULL;
	if (sc->sc_bytes) {
		errno = why;
		return -1;
	}
	snprintf(s->s_how, sizeof(s->s_how), "classic filter");
	snprintf(s->s_caveat, sizeof(s->s_caveat),
	    "no extended filter: %s: "
	    "packets that the kernel has merged (GRO, GSO) count as one%s%s",
	    shortcoming(c, why), sc->sc_time ? METER_SHORT_SILENCES : "",
	    why == EPERM || why == EACCES ? ", CAP_BPF makes it exact" : "");
	return packet_socket_attach(t, c);
}

static int
attach(struct packet *p, const struct source_conf *sc,
    const struct packet_socket *t, const struct cbpf *c)
{
	struct ebpf *e = p->p_counter.sc_ebpf;

	if (p->p_count == 0)
		return choose(p, sc, t, c);
	if (e == NULL)
		return packet_socket_attach(t, c);
	return ebpf_attach(e, c->cb_insns, c->cb_len, t->ps_sock);
}

static void
explain_open(const char *name, char *err, size_t errlen)
{
	if (errno == EPERM)
		snprintf(err, errlen,
		    "%s: CAP_NET_RAW is missing: run as "
		    "root, or give the program the right with \"setcap "
		    "cap_net_raw,cap_bpf+ep\", or start it from its unit file",
		    name);
	else
		snprintf(err, errlen, "%s: packet socket: %s", name,
		    strerror(errno));
}

/* Says why the kernel does not take the filter. */
static const char *
refusal(const struct cbpf *c, bool bytes, int error)
{
	if (bytes && error == ENOTSUP && cbpf_asks_type(c))
		return "link[8:2]: the extended filter does not know the "
		       "interface's type, and no other counts bytes";
	if (bytes)
		return ebpf_problem(error);
	if (error != EINVAL)
		return strerror(error);
	return cbpf_loops(c) ?
	    "the kernel does not take it; it runs no loops, which protochain "
	    "needs" :
	    "the kernel refuses what libpcap makes of it, try it in other "
	    "words";
}

/* One more tap, with the filter for a type of link. */
static int
add_tap(struct packet *p, const struct source_conf *sc, int link, char *err,
    size_t errlen)
{
	static struct cbpf classic;
	struct packet_socket *t = &p->p_sockets[p->p_count];

	if (cbpf_build(&classic, sc, link, err, errlen) == -1)
		return -1;
	if (packet_socket_open(t, classic.cb_any ? PACKET_SOCKET_ANY : link) ==
	    -1) {
		explain_open(sc->sc_name, err, errlen);
		return -1;
	}
	if (attach(p, sc, t, &classic) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name,
		    refusal(&classic, sc->sc_bytes, errno));
		packet_socket_close(t);
		return -1;
	}
	p->p_count++;
	return 0;
}

/* An expression that makes no sense on a type of link has no tap there. */
static void
add_usual(struct packet *p, const struct source_conf *sc)
{
	int first = p->p_sockets[0].ps_link;
	char problem[SOURCE_TEXT];
	size_t i;

	if (first == PACKET_SOCKET_ANY)
		return;
	for (i = 0; i < USUAL; i++)
		if (usual[i] != first)
			(void)add_tap(
			    p, sc, usual[i], problem, sizeof(problem));
}

/* From here on packets count. */
static int
begin(struct packet *p, const struct source_conf *sc)
{
	struct interface *f = &p->p_follow;
	int *notice = &sc->sc_shared->ss_notice;

	p->p_socket = p->p_sockets;
	if (strcmp(sc->sc_name, ANY) == 0) {
		p->p_counter.sc_sock = p->p_socket->ps_sock;
		return packet_socket_bind(p->p_socket, 0);
	}
	if ((*notice == -1 && (*notice = interface_notify_open()) == -1) ||
	    interface_init(f, sc->sc_name, p->p_sockets, p->p_count) == -1)
		return -1;
	p->p_counter.sc_source.s_look_fd = *notice;
	if (interface_update(f) == INTERFACE_ERROR ||
	    use_tap(p, f->if_socket) == -1)
		return -1;
	p->p_counter.sc_source.s_absent = !f->if_there;
	if (f->if_there || sc->sc_wait)
		return 0;
	errno = ENODEV;
	return -1;
}

static int
prepare(
    struct packet *p, const struct source_conf *sc, char *err, size_t errlen)
{
	const char *name = sc->sc_name;
	unsigned int index;
	int kind;

	if (find(sc, &index, err, errlen) == -1)
		return -1;
	if ((kind = hardware(name, index)) == -1) {
		snprintf(err, errlen, "%s: %s", name, strerror(errno));
		return -1;
	}
	if (add_tap(p, sc, linktype_find((unsigned int)kind), err, errlen) ==
	    -1)
		return -1;
	if (strcmp(name, ANY) != 0)
		add_usual(p, sc);
	if (p->p_counter.sc_ebpf != NULL)
		ebpf_complete(p->p_counter.sc_ebpf);
	if (begin(p, sc) == 0)
		return 0;
	snprintf(err, errlen, "%s: %s", name, strerror(errno));
	return -1;
}

struct source *
packet_open(const struct source_conf *sc, char *err, size_t errlen)
{
	struct packet *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		snprintf(err, errlen, "%s: %s", sc->sc_name, strerror(errno));
		return NULL;
	}
	socket_counter_init(&p->p_counter, &packet_ops, packet_read);
	if (prepare(p, sc, err, errlen) == 0)
		return &p->p_counter.sc_source;
	packet_close(&p->p_counter.sc_source);
	return NULL;
}
