#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "order.h"

int
order_open(struct order_ends *watcher, struct order_ends *runner)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	watcher->oe_orders = fds[0];
	runner->oe_orders = fds[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
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
	oe->oe_orders = -1;
	oe->oe_reports = -1;
}

int
order_send(int fd, const struct order *o)
{
	ssize_t n;

	do {
		n = send(fd, o, sizeof(*o), MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	/* It ended without having read all. */
	if (n == -1 && errno == ECONNRESET)
		errno = EPIPE;
	return n == -1 ? -1 : 0;
}

/* Room for more than an order: else one too long would be cut, and fit. */
struct message {
	struct order m_order;
	char m_more;
};

static ssize_t
take(int fd, struct message *m)
{
	ssize_t n;

	do {
		n = recv(fd, m, sizeof(*m), MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n;
}

enum order_got
order_recv(int fd, struct order *o)
{
	struct message m;
	ssize_t n = take(fd, &m);

	/* It ended without having read all; its last words follow. */
	if (n == -1 && errno == ECONNRESET)
		n = take(fd, &m);
	if (n == -1)
		return errno == EAGAIN ? ORDER_NONE : ORDER_ERROR;
	if (n == 0)
		return ORDER_CLOSED;
	if (n != sizeof(*o)) {
		errno = EBADMSG;
		return ORDER_ERROR;
	}
	*o = m.m_order;
	return ORDER_ONE;
}
