/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "ipc/order.h"

static bool streams;

/*
 * macOS has no SOCK_SEQPACKET for AF_UNIX.  Its stream sockets take a short
 * send(2) whole or not at all, so whole orders cross.  A stream has no message
 * boundaries, so no message can be too long.
 */
int
order_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0)
		return 0;
	if (errno != EPROTONOSUPPORT && errno != EPROTOTYPE)
		return -1;
	streams = true;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}

int
order_open(struct order_ends *watcher, struct order_ends *runner)
{
	int fds[2];

	if (order_pair(fds) == -1)
		return -1;
	watcher->oe_opener = runner->oe_opener = -1;
	watcher->oe_orders = fds[0];
	runner->oe_orders = fds[1];
	if (order_pair(fds) == -1)
		return -1;
	watcher->oe_reports = fds[0];
	runner->oe_reports = fds[1];
	return 0;
}

void
order_close(struct order_ends *oe)
{
	if (oe->oe_orders != -1)
		close(oe->oe_orders);
	if (oe->oe_reports != -1)
		close(oe->oe_reports);
	if (oe->oe_opener != -1)
		close(oe->oe_opener);
	oe->oe_orders = oe->oe_reports = oe->oe_opener = -1;
}

static int
send_orders(int fd, const struct order *o, size_t len, int flags)
{
	ssize_t n;

	do {
		n = send(fd, o, len * sizeof(*o), MSG_NOSIGNAL | flags);
	} while (n == -1 && errno == EINTR);
	/* The receiver exited without reading all. */
	if (n == -1 && errno == ECONNRESET)
		errno = EPIPE;
	return n == -1 ? -1 : 0;
}

int
order_send(int fd, const struct order *o)
{
	return send_orders(fd, o, 1, 0);
}

int
order_try(int fd, const struct order *o)
{
	int result = send_orders(fd, o, 1, MSG_DONTWAIT);

	/* Systems without a send buffer for such sockets. */
	if (result == -1 && errno == ENOBUFS)
		errno = EAGAIN;
	return result;
}

int
order_send_batch(int fd, struct order_batch *ob)
{
	size_t len = ob->ob_len;

	ob->ob_len = 0;
	return send_orders(fd, ob->ob_orders, len, 0);
}

/* One byte more than valid messages have, to find those that are too long. */
struct message {
	struct order m_order;
	char m_more;
};
struct messages {
	struct order m_orders[ORDER_BATCH];
	char m_more;
};

static ssize_t
recv_once(int fd, void *m, size_t size)
{
	ssize_t n;

	if (streams)
		size -= size % sizeof(struct order);
	do {
		n = recv(fd, m, size, MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Receives whole orders of fewer than `size` bytes; *len is their number. */
static enum order_got
recv_orders(int fd, void *m, size_t size, size_t *len)
{
	ssize_t n = recv_once(fd, m, size);

	/*
	 * The sender exited without reading all: Linux reports that once, then
	 * delivers the sender's last messages.
	 */
	if (n == -1 && errno == ECONNRESET)
		n = recv_once(fd, m, size);
	if (n == -1)
		return errno == EAGAIN ? ORDER_NONE : ORDER_ERROR;
	if (n == 0)
		return ORDER_CLOSED;
	if ((size_t)n >= size || (size_t)n % sizeof(struct order) != 0) {
		errno = EBADMSG;
		return ORDER_ERROR;
	}
	*len = (size_t)n / sizeof(struct order);
	return ORDER_ONE;
}

enum order_got
order_recv(int fd, struct order *o)
{
	struct message m;
	enum order_got got;
	size_t len;

	if ((got = recv_orders(fd, &m, sizeof(m), &len)) == ORDER_ONE)
		*o = m.m_order;
	return got;
}

enum order_got
order_recv_batch(int fd, struct order_batch *ob)
{
	struct messages m;
	enum order_got got;

	if ((got = recv_orders(fd, &m, sizeof(m), &ob->ob_len)) == ORDER_ONE)
		memcpy(ob->ob_orders, m.m_orders,
		    ob->ob_len * sizeof(m.m_orders[0]));
	return got;
}
