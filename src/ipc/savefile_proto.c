/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ipc/order.h"
#include "ipc/savefile_proto.h"

/* Bytes that every system sends in one message. */
#define PIECE ((size_t)4096)

int
savefile_proto_ask(const struct order_ends *ends, int linktype, bool swapped)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_LINK;
	o.o_link.ol_type = linktype;
	o.o_link.ol_swapped = swapped ? 1 : 0;
	return order_send(ends->oe_orders, &o);
}

int
savefile_proto_receive(
    const struct order_ends *ends, void *program, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		do {
			n = recv(ends->oe_orders, (char *)program + done,
			    size - done, 0);
		} while (n == -1 && errno == EINTR);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

bool
savefile_proto_asked(
    const struct order_ends *ends, int *linktype, bool *swapped)
{
	int fd = ends->oe_orders;
	struct order o;

	if (recv(fd, &o, sizeof(o), MSG_PEEK | MSG_DONTWAIT) != sizeof(o) ||
	    o.o_type != ORDER_LINK || o.o_link.ol_type < 0 ||
	    o.o_link.ol_swapped > 1 || order_recv(fd, &o) != ORDER_ONE)
		return false;
	*linktype = o.o_link.ol_type;
	*swapped = o.o_link.ol_swapped == 1;
	return true;
}

int
savefile_proto_answer(
    const struct order_ends *ends, const void *program, size_t size)
{
	size_t done, len;
	ssize_t n;

	for (done = 0; done < size; done += len) {
		len = size - done < PIECE ? size - done : PIECE;
		do {
			n = send(ends->oe_orders, (const char *)program + done,
			    len, MSG_NOSIGNAL);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			return -1;
	}
	return 0;
}
