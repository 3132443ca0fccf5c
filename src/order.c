#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>

#include "order.h"

int
order_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

int
order_send(int fd, const struct order *o)
{
	ssize_t n;

	do {
		n = send(fd, o, sizeof(*o), MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

enum order_got
order_recv(int fd, struct order *o)
{
	ssize_t n;

	do {
		n = recv(fd, o, sizeof(*o), MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == sizeof(*o))
		return ORDER_ONE;
	if (n == 0)
		return ORDER_CLOSED;
	if (n > 0) {
		errno = EBADMSG;
		return ORDER_ERROR;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return ORDER_NONE;
	if (errno == ECONNRESET)
		return ORDER_CLOSED;
	return ORDER_ERROR;
}
