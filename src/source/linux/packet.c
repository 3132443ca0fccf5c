/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: counts packets of an interface, or of all interfaces, by the
 * statistics of packet sockets behind a classic filter, where no extended
 * filter is possible (tapped.c).  An interface may return with another link
 * type, and no socket can be opened after privileges are dropped: so there is a
 * socket for each usual link type, and one of them is bound.
 */
#include <net/if.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ipc/source_message.h"
#include "source/linux/cbpf.h"
#include "source/linux/ebpf.h"
#include "source/linux/interface.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"
#include "source/linux/socket_counter.h"
#include "source/linux/source_linux.h"
#include "source/listener.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

_Static_assert(
    LINKTYPE_USUAL + 1 <= SOURCE_SOCKETS, "the first may be unusual");

/* Bits of sm_flags. */
#define FOLLOWS SOURCE_KIND	   /* looks at its interface */
#define THERE	(SOURCE_KIND << 1) /* if_there */
#define OTHER	(SOURCE_KIND << 2) /* if_other */

/* Numbers of a message; socket_counter_send fills in the last two. */
enum {
	IN_USE = SOCKET_COUNTER_NUMBERS, /* p_socket */
	DIRECTION,
	LINKS /* each socket's link type */
};

_Static_assert(
    LINKS + LINKTYPE_USUAL + 1 <= SOURCE_MESSAGE_NUMBERS, "there is room");

struct packet {
	struct socket_counter p_counter; /* first member: cast from source */
	struct interface p_interface;
	struct packet_socket p_sockets[LINKTYPE_USUAL + 1];
	size_t p_count;
	const struct packet_socket *p_socket; /* may have packets */
	char p_name[IFNAMSIZ];
	int p_why; /* errno: reason for no extended filter */
};

/* Adds the packets of a socket's statistics.  Returns 0, or -1 and errno. */
static int
read_socket(struct socket_counter *counter, const struct packet_socket *ps)
{
	uint32_t packets;

	if (packet_socket_count(ps, &packets) == -1)
		return -1;
	counter->sc_seen += packets;
	if (packets != 0)
		listener_found(&counter->sc_listener);
	return 0;
}

/* Implements sc_read. */
static int
packet_read(struct socket_counter *counter)
{
	const struct packet_socket *ps = ((struct packet *)counter)->p_socket;

	/* A pending error also keeps the socket readable until it is read. */
	if (!counter->sc_listener.li_resting && packet_socket_empty(ps))
		listener_found(&counter->sc_listener);
	return read_socket(counter, ps);
}

/* Changes to another socket, after the last packets of the current one. */
static int
use_socket(struct packet *p, const struct packet_socket *ps)
{
	struct socket_counter *counter = &p->p_counter;

	if (ps != p->p_socket && read_socket(counter, p->p_socket) == -1)
		return -1;
	p->p_socket = ps;
	counter->sc_sock = ps->ps_sock;
	return 0;
}

static enum source_change
packet_look(struct source *s, uint64_t now)
{
	struct packet *p = (struct packet *)s;
	struct interface *in = &p->p_interface;
	enum source_change change;

	if (now > s->s_look_at + CLOCK_S)
		interface_rested(in);
	change = interface_update(in);
	s->s_look_at = now + interface_rest(in);
	if (change == SOURCE_ERROR || use_socket(p, in->if_socket) == -1)
		return SOURCE_ERROR;
	return change;
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

static size_t
packet_send(const struct source *s, struct source_message *sm, int *fds)
{
	const struct packet *p = (const struct packet *)s;
	const struct interface *in = &p->p_interface;
	size_t i;

	strlcpy(sm->sm_name, p->p_name, sizeof(sm->sm_name));
	socket_counter_send(&p->p_counter, sm);
	if (s->s_look_fd != -1)
		sm->sm_flags |= FOLLOWS;
	if (in->if_there)
		sm->sm_flags |= THERE;
	if (in->if_other)
		sm->sm_flags |= OTHER;
	sm->sm_numbers[DIRECTION] = (uint32_t)p->p_sockets[0].ps_direction;
	sm->sm_numbers[IN_USE] = (uint32_t)(p->p_socket - p->p_sockets);
	for (i = 0; i < p->p_count; i++)
		sm->sm_numbers[LINKS + i] = (uint32_t)p->p_sockets[i].ps_link;
	return packet_sockets(s, fds);
}

static void
packet_close(struct source *s)
{
	struct packet *p = (struct packet *)s;

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
	.so_send = packet_send,
	.so_close = packet_close,
};

/* Returns the reason why the extended filter cannot count. */
static const char *
explain_classic(const struct cbpf *c, int error)
{
	if (error != ENOTSUP)
		return strerror(error);
	return cbpf_asks_type(c) ?
	    "it cannot load the interface's type (link[8:2])" :
	    "it cannot express this filter";
}

/* Sets how the source counts, and why no extended filter does. */
static void
describe(struct source *s, const struct source_conf *sc, const struct cbpf *c,
    int why)
{
	snprintf(s->s_how, sizeof(s->s_how), "classic filter");
	snprintf(s->s_caveat, sizeof(s->s_caveat),
	    "no extended filter: %s: "
	    "packets that the kernel has merged (GRO, GSO) count as one%s%s",
	    explain_classic(c, why),
	    sc->sc_time ? SOCKET_COUNTER_SHORT_SILENCES : "",
	    why == EPERM || why == EACCES ? "; CAP_BPF permits it" : "");
}

void
packet_explain(const char *name, char *err, size_t errlen)
{
	if (errno == EPERM)
		snprintf(err, errlen,
		    "%s: CAP_NET_RAW is missing: run as "
		    "root, or give the program the right with \"setcap "
		    "cap_net_raw,cap_bpf+ep\", or start it from its unit file",
		    name);
	else
		snprintf(err, errlen, "%s: packet socket: %s%s", name,
		    strerror(errno),
		    errno == EMFILE ? "; \"ulimit -n\" raises the limit" : "");
}

/* Value of net.core.optmem_max that is enough for all filters, bytes. */
#define LIMIT_ENOUGH 131072

/* Returns net.core.optmem_max, bytes; LIMIT_ENOUGH: it cannot be read. */
static unsigned long
read_limit(void)
{
	FILE *fp = fopen("/proc/sys/net/core/optmem_max", "re");
	unsigned long most = LIMIT_ENOUGH;
	char line[32];

	if (fp == NULL)
		return most;
	if (fgets(line, sizeof(line), fp) != NULL)
		most = strtoul(line, NULL, 10);
	fclose(fp);
	return most;
}

/*
 * Returns the reason why the kernel rejects the filter.  ENOMEM: the memory of
 * a socket is limited, also for its filter.
 */
static const char *
explain_refusal(const struct cbpf *c, int error)
{
	static char text[SOURCE_TEXT];
	unsigned long most;

	if (error == ENOMEM && (most = read_limit()) < LIMIT_ENOUGH) {
		snprintf(text, sizeof(text),
		    "too long: net.core.optmem_max is %lu; \"sysctl "
		    "net.core.optmem_max=%d\" allows longer filters",
		    most, LIMIT_ENOUGH);
		return text;
	}
	if (error != EINVAL)
		return strerror(error);
	return cbpf_loops(c) ?
	    "protochain: needs a loop, and the kernel runs no loops" :
	    "the kernel rejects the code that libpcap generates; rewrite the "
	    "filter";
}

/* Adds a socket with the filter for a link type. */
static int
add_socket(struct packet *p, const struct source_conf *sc, int link, char *err,
    size_t errlen)
{
	static struct cbpf classic;
	struct packet_socket *ps = &p->p_sockets[p->p_count];

	if (cbpf_build(&classic, sc, link, err, errlen) == -1)
		return -1;
	if (packet_socket_open(ps, classic.cb_any ? PACKET_SOCKET_ANY : link,
		sc->sc_direction) == -1) {
		packet_explain(sc->sc_name, err, errlen);
		return -1;
	}
	if (packet_socket_attach(ps, &classic) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name,
		    explain_refusal(&classic, errno));
		packet_socket_close(ps);
		return -1;
	}
	if (p->p_count++ == 0)
		describe(&p->p_counter.sc_source, sc, &classic, p->p_why);
	return 0;
}

/*
 * Adds sockets for the other usual link types; none for a type on which the
 * expression is invalid.
 */
static void
add_usual(struct packet *p, const struct source_conf *sc)
{
	int first = p->p_sockets[0].ps_link;
	char problem[SOURCE_TEXT];
	size_t i;

	if (first == PACKET_SOCKET_ANY)
		return;
	for (i = 0; i < LINKTYPE_USUAL; i++)
		if (linktype_usual[i] != first)
			(void)add_socket(
			    p, sc, linktype_usual[i], problem, sizeof(problem));
}

/* Binds to the interface and starts counting.  Returns 0, or -1 and errno. */
static int
bind_interface(struct packet *p, const struct source_conf *sc)
{
	struct interface *in = &p->p_interface;
	p->p_socket = p->p_sockets;
	if (strcmp(sc->sc_name, INTERFACE_ANY) == 0) {
		p->p_counter.sc_sock = p->p_socket->ps_sock;
		return packet_socket_bind(p->p_socket, 0);
	}
	if (interface_init(in, sc->sc_name, p->p_sockets, p->p_count) == -1)
		return -1;
	p->p_counter.sc_source.s_look_fd = sc->sc_shared->ss_notice;
	if (interface_update(in) == SOURCE_ERROR ||
	    use_socket(p, in->if_socket) == -1)
		return -1;
	p->p_counter.sc_source.s_absent = !in->if_there;
	if (in->if_there || sc->sc_wait)
		return 0;
	errno = ENODEV;
	return -1;
}

/* Returns why bytes or keys, which need the extended filter, do not count. */
static const char *
explain_need(const struct source_conf *sc, int link, int why)
{
	const char *what = sc->sc_nkeys > 0 ? "counts by key" : "counts bytes";
	static struct cbpf classic;
	static char text[SOURCE_TEXT];
	char problem[SOURCE_TEXT];

	if (why != ENOTSUP ||
	    cbpf_build(&classic, sc, link, problem, sizeof(problem)) == -1 ||
	    !cbpf_asks_type(&classic))
		return ebpf_problem(what, why);
	snprintf(text, sizeof(text),
	    "link[8:2]: only the extended filter %s: it cannot load the "
	    "interface's type",
	    what);
	return text;
}

/* Opens and binds all sockets.  Returns 0, or -1 with the reason in err. */
static int
open_sockets(struct packet *p, const struct source_conf *sc, int link,
    char *err, size_t errlen)
{
	const char *name = sc->sc_name;

	if (sc->sc_bytes || sc->sc_nkeys > 0) {
		snprintf(err, errlen, "%s: filter: %s", name,
		    explain_need(sc, link, p->p_why));
		return -1;
	}
	if (add_socket(p, sc, link, err, errlen) == -1)
		return -1;
	if (strcmp(name, INTERFACE_ANY) != 0)
		add_usual(p, sc);
	if (bind_interface(p, sc) == 0)
		return 0;
	snprintf(err, errlen, "%s: cannot count: %s", name, strerror(errno));
	return -1;
}

struct source *
packet_open(
    const struct source_conf *sc, int link, int why, char *err, size_t errlen)
{
	struct packet *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		snprintf(err, errlen, "%s: cannot count: %s", sc->sc_name,
		    strerror(errno));
		return NULL;
	}
	socket_counter_init(&p->p_counter, &packet_ops, packet_read);
	strlcpy(p->p_name, sc->sc_name, sizeof(p->p_name));
	p->p_why = why;
	if (open_sockets(p, sc, link, err, errlen) == 0)
		return &p->p_counter.sc_source;
	packet_close(&p->p_counter.sc_source);
	return NULL;
}

/* Takes over what the message says of sockets and interface. */
static int
take_sockets(
    struct packet *p, const struct source_message *sm, const int *fds, size_t n)
{
	struct interface *in = &p->p_interface;
	size_t i;

	if (n == 0 || n > LINKTYPE_USUAL + 1 || sm->sm_numbers[IN_USE] >= n) {
		errno = EBADMSG;
		return -1;
	}
	for (i = 0; i < n; i++)
		p->p_sockets[i] = (struct packet_socket){ .ps_sock = fds[i],
			.ps_link = (int)sm->sm_numbers[LINKS + i],
			.ps_direction = sm->sm_numbers[DIRECTION] };
	p->p_count = n;
	p->p_socket = &p->p_sockets[sm->sm_numbers[IN_USE]];
	p->p_counter.sc_sock = p->p_socket->ps_sock;
	if ((sm->sm_flags & FOLLOWS) == 0)
		return 0;
	if (interface_init(in, sm->sm_name, p->p_sockets, n) == -1)
		return -1;
	in->if_socket = p->p_socket;
	in->if_there = (sm->sm_flags & THERE) != 0;
	in->if_other = (sm->sm_flags & OTHER) != 0;
	return 0;
}

struct source *
packet_receive(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	struct packet *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	socket_counter_init(&p->p_counter, &packet_ops, packet_read);
	if (take_sockets(p, sm, fds, n) == -1 ||
	    socket_counter_receive(&p->p_counter, sm, ss) == -1) {
		free(p);
		return NULL;
	}
	if ((sm->sm_flags & FOLLOWS) != 0)
		p->p_counter.sc_source.s_look_fd = ss->ss_notice;
	return &p->p_counter.sc_source;
}
