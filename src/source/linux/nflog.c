/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: counts packets of a firewall log group.  Firewall rules send a message
 * to the group for each packet that they log.  Messages contain no part of the
 * packet unless bytes or keys count, and come one at a time: batches are late.
 *
 * The extended filter counts if the kernel allows one: attached to the netlink
 * socket, it sees each message and rejects all.  Otherwise the socket buffer
 * has the smallest size, and received and lost messages together are the count.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/sock_diag.h>

#include <libmnl/libmnl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/source_message.h"
#include "priv/priv.h"
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_nflog.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/keyed_source.h"
#include "source/linux/socket_counter.h"
#include "source/linux/source_linux.h"
#include "source/listener.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

#define PREFIX "nflog:"

/* Messages received at once; the smallest buffer holds about 3. */
#define TAKE_MAX 64

/* Number of a message: n_lost. */
#define LOST SOCKET_COUNTER_NUMBERS

struct nflog {
	struct socket_counter n_counter; /* first member: cast from source */
	struct mnl_socket *n_sock; /* NULL in a watcher that received it */
	char n_name[SOURCE_MESSAGE_NAME];
	uint32_t
	    n_lost; /* kernel's counter of lost messages at the last read */
};

static int
socket_of(const struct nflog *n)
{
	return n->n_counter.sc_sock;
}

/* Reads the counter of lost messages.  Returns 0, or -1 and errno. */
static int
read_lost(const struct nflog *n, uint32_t *lost)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	memset(info, 0, sizeof(info));
	if (getsockopt(socket_of(n), SOL_SOCKET, SO_MEMINFO, info, &len) == -1)
		return -1;
	*lost = info[SK_MEMINFO_DROPS];
	return 0;
}

/* Implements sc_read. */
static int
nflog_read(struct socket_counter *counter)
{
	struct nflog *n = (struct nflog *)counter;
	uint64_t before = counter->sc_seen;
	uint32_t lost;
	char byte;
	int i;

	/* A short buffer discards the rest of the message. */
	for (i = 0; i < TAKE_MAX; i++) {
		if (recv(socket_of(n), &byte, sizeof(byte), MSG_DONTWAIT) == -1)
			break;
		counter->sc_seen++;
	}
	if (read_lost(n, &lost) == -1)
		return -1;
	counter->sc_seen += (uint32_t)(lost - n->n_lost);
	n->n_lost = lost;
	if (counter->sc_seen != before)
		listener_found(&counter->sc_listener);
	return 0;
}

static size_t
nflog_sockets(const struct source *s, int *socks)
{
	socks[0] = socket_of((const struct nflog *)s);
	return 1;
}

static size_t
nflog_send(const struct source *s, struct source_message *sm, int *fds)
{
	const struct nflog *n = (const struct nflog *)s;

	strlcpy(sm->sm_name, n->n_name, sizeof(sm->sm_name));
	socket_counter_send(&n->n_counter, sm);
	sm->sm_numbers[LOST] = n->n_lost;
	return nflog_sockets(s, fds);
}

static void
nflog_close(struct source *s)
{
	struct nflog *n = (struct nflog *)s;

	socket_counter_reduce(&n->n_counter);
	if (n->n_sock != NULL)
		mnl_socket_close(n->n_sock);
	else if (socket_of(n) != -1)
		close(socket_of(n));
	free(n);
}

static const struct source_ops nflog_ops = {
	.so_sample = socket_counter_sample,
	.so_wake_at = socket_counter_wake_at,
	.so_silence = socket_counter_silence,
	.so_sockets = nflog_sockets,
	.so_send = nflog_send,
	.so_close = nflog_close,
};

/*
 * Reads the answer to a request.  Netlink answers before sendto(2) returns; the
 * first messages of the group may be queued before the answer.  Returns 0 or an
 * errno.
 */
static int
read_answer(const struct nflog *n)
{
	union {
		struct nlmsghdr a_header;
		char a_bytes[4096];
	} a;
	const struct nlmsgerr *e;
	ssize_t len;

	for (;;) {
		len = recv(socket_of(n), &a, sizeof(a), MSG_DONTWAIT);
		if (len == -1)
			return errno;
		if (mnl_nlmsg_ok(&a.a_header, (int)len) &&
		    a.a_header.nlmsg_type == NLMSG_ERROR)
			break;
	}
	e = mnl_nlmsg_get_payload(&a.a_header);
	return -e->error;
}

/* Starts a request of a type about the group. */
static struct nlmsghdr *
start_request(void *bytes, int type, uint16_t group)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_ULOG << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(group);
	return h;
}

/* Returns 0 or an errno. */
static int
send_request(const struct nflog *n, const struct nlmsghdr *h)
{
	if (mnl_socket_sendto(n->n_sock, h, h->nlmsg_len) == -1)
		return errno;
	return read_answer(n);
}

/*
 * Binds the socket to the group, in one request: a separate bind would let
 * messages with whole packets in before the mode is set.  Returns 0 or an
 * errno.
 */
static int
take_group(const struct nflog *n, uint16_t group, bool packet)
{
	const struct nfulnl_msg_config_cmd bind = {
		.command = NFULNL_CFG_CMD_BIND,
	};
	const struct nfulnl_msg_config_mode mode = {
		.copy_range = packet ? htonl(EBPF_NFLOG_RANGE) : 0,
		.copy_mode = packet ? NFULNL_COPY_PACKET : NFULNL_COPY_NONE,
	};
	union {
		struct nlmsghdr b_header;
		char b_bytes[256];
	} b;
	struct nlmsghdr *h = start_request(&b, NFULNL_MSG_CONFIG, group);

	mnl_attr_put(h, NFULA_CFG_CMD, sizeof(bind), &bind);
	mnl_attr_put(h, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(h, NFULA_CFG_QTHRESH, htonl(1));
	return send_request(n, h);
}

/*
 * Returns true if CAP_NET_ADMIN is missing.  A missing capability and a group
 * in use both give EPERM.  A request that the kernel does not support gives
 * EPERM only without the capability, which is checked first.
 */
static bool
lacks_right(const struct nflog *n)
{
	union {
		struct nlmsghdr b_header;
		char b_bytes[64];
	} b;

	return send_request(n, start_request(&b, NFULNL_MSG_PACKET, 0)) ==
	    EPERM;
}

/* Describes an errno of open_group. */
static const char *
describe(const struct nflog *n, int error, const char *what)
{
	if (error == EPERM && lacks_right(n))
		return "CAP_NET_ADMIN is missing: run as root, or give the "
		       "program the right with \"setcap cap_net_admin,"
		       "cap_bpf+ep\", or add it to its unit file";
	if (error == EPERM || error == EBUSY)
		return "another program has this log group: choose another "
		       "number here and in the firewall's rule";
	if (error == EINVAL)
		return "the kernel has no firewall log groups: load its "
		       "module nfnetlink_log";
	if (error == ENOTSUP)
		return ebpf_problem(what, EPERM);
	if (error == ENOSPC)
		return "no room for another filter; restart bpfstatsd";
	return strerror(error);
}

/* Returns true if messages are to have the beginning of the packet. */
static bool
needs_packet(const struct source_conf *sc)
{
	return sc->sc_bytes || sc->sc_nkeys > 0;
}

/* Attaches the extended filter.  Returns 0, or -1 and errno. */
static int
attach(const struct nflog *n, const struct source_conf *sc)
{
	const struct slot *sl = &n->n_counter.sc_slot;
	struct ebpf_counted counted = { .ec_slots = sl->sl_slots,
		.ec_unit = sl->sl_unit,
		.ec_bytes = sc->sc_bytes,
		.ec_time = sc->sc_time,
		.ec_ntables = sc->sc_nkeys };
	struct ebpf_keyed **tables =
	    keyed_source_code(sc->sc_keys, sc->sc_nkeys);
	struct ebpf_code *c = ebpf_insn_begin();
	int result, saved;

	if (tables == NULL)
		return -1;
	counted.ec_tables = (const struct ebpf_keyed *const *)tables;
	ebpf_program_nflog(c, &counted);
	result = ebpf_attach(c, n->n_counter.sc_sock);
	saved = errno;
	free((void *)tables);
	errno = saved;
	return result;
}

/* Sets up the best way to count that the kernel allows.  Returns 0 or an errno.
 */
static int
choose_counter(struct nflog *n, const struct source_conf *sc)
{
	struct socket_counter *counter = &n->n_counter;
	struct source *s = &counter->sc_source;
	int smallest = 1;

	if (socket_counter_extend(counter, sc->sc_shared, sc->sc_time) == -1) {
		if (errno == ENOSPC)
			return ENOSPC;
	} else if (attach(n, sc) == 0) {
		snprintf(s->s_how, sizeof(s->s_how), "extended filter (eBPF)");
		return 0;
	}
	socket_counter_reduce(counter);
	if (needs_packet(sc))
		return ENOTSUP;
	snprintf(s->s_how, sizeof(s->s_how), "message counter");
	if (sc->sc_time)
		strlcat(s->s_caveat, SOCKET_COUNTER_SHORT_SILENCES,
		    sizeof(s->s_caveat));
	if (read_lost(n, &n->n_lost) == -1 ||
	    setsockopt(socket_of(n), SOL_SOCKET, SO_RCVBUF, &smallest,
		sizeof(smallest)) == -1)
		return errno;
	return 0;
}

/* Opens the socket, binds the group and starts to count.  0 or an errno. */
static int
open_group(struct nflog *n, const struct source_conf *sc, uint16_t group)
{
	int error, one = 1;

	n->n_sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (n->n_sock == NULL)
		return errno;
	n->n_counter.sc_sock = mnl_socket_get_fd(n->n_sock);
	if (mnl_socket_bind(n->n_sock, 0, MNL_SOCKET_AUTOPID) == -1 ||
	    /* A full socket reports no error and accepts later messages. */
	    mnl_socket_setsockopt(
		n->n_sock, NETLINK_NO_ENOBUFS, &one, sizeof(one)) == -1)
		return errno;
	if ((error = take_group(n, group, needs_packet(sc))) != 0)
		return error;
	return choose_counter(n, sc);
}

/*
 * Rejects options that a log group does not support: the firewall's rule alone
 * selects packets.  Returns 0, or -1 with the reason in err.
 */
static int
check_options(
    const struct source_conf *sc, const char *group, char *err, size_t errlen)
{
	/* A group has one owner: an ordinary user could block others. */
	if (sc->sc_priv->p_setuid) {
		snprintf(err, errlen,
		    "%s: a set-user-ID program opens no log group: "
		    "name an interface with -i, or run as root",
		    sc->sc_name);
		return -1;
	}
	if (sc->sc_filter != NULL && sc->sc_filter[0] != '\0') {
		snprintf(err, errlen,
		    "%s: a log group takes no -e or -F: write the condition "
		    "into the firewall's rule, as in \"nft add rule inet "
		    "filter input tcp dport 9000 log group %s\"",
		    sc->sc_name, group);
		return -1;
	}
	if (sc->sc_direction != DIRECTION_INOUT) {
		snprintf(err, errlen,
		    "%s: a log group takes no -Q: the chain of the firewall's "
		    "rule is its direction, as in \"nft add rule inet filter "
		    "output log group %s\"",
		    sc->sc_name, group);
		return -1;
	}
	return 0;
}

/* Sets the caveat of all log groups. */
static void
set_caveat(struct source *s, bool bytes)
{
	int len;

	len = snprintf(s->s_caveat, sizeof(s->s_caveat),
	    "packets that the kernel has merged (GRO, GSO) count as one, "
	    "as in the counters of the firewall");
	if (bytes)
		snprintf(s->s_caveat + len, sizeof(s->s_caveat) - (size_t)len,
		    "; a packet that is not IP counts as at most %d bytes",
		    EBPF_NFLOG_RANGE);
}

struct source *
nflog_open(const struct source_conf *sc, char *err, size_t errlen)
{
	const char *name = sc->sc_name, *digits = name + strlen(PREFIX);
	const char *problem;
	struct source *s;
	struct nflog *n;
	long long group = strtonum(digits, 0, UINT16_MAX, &problem);
	int error;

	/* strtonum(3) accepts leading blanks and signs. */
	if (problem != NULL || digits[0] < '0' || digits[0] > '9') {
		snprintf(err, errlen,
		    "%s: no such log group; use nflog:0 to nflog:65535", name);
		return NULL;
	}
	if (check_options(sc, digits, err, errlen) == -1)
		return NULL;
	if ((n = calloc(1, sizeof(*n))) == NULL) {
		snprintf(err, errlen, "%s: %s", name, strerror(errno));
		return NULL;
	}
	socket_counter_init(&n->n_counter, &nflog_ops, nflog_read);
	strlcpy(n->n_name, name, sizeof(n->n_name));
	s = &n->n_counter.sc_source;
	s->s_sole = true;
	set_caveat(s, sc->sc_bytes);
	if ((error = open_group(n, sc, (uint16_t)group)) == 0)
		return s;
	snprintf(err, errlen, "%s: %s", name,
	    describe(
		n, error, sc->sc_nkeys > 0 ? "counts by key" : "counts bytes"));
	nflog_close(s);
	return NULL;
}

struct source *
nflog_receive(const struct source_message *sm, const int *fds, size_t nfds,
    const struct source_shared *ss)
{
	struct nflog *n;

	if (nfds != 1) {
		errno = EBADMSG;
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	socket_counter_init(&n->n_counter, &nflog_ops, nflog_read);
	n->n_counter.sc_sock = fds[0];
	n->n_lost = sm->sm_numbers[LOST];
	if (socket_counter_receive(&n->n_counter, sm, ss) == -1) {
		free(n);
		return NULL;
	}
	return &n->n_counter.sc_source;
}
