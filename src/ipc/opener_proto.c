/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>

#include "ipc/opener_proto.h"

/* Returns true for an error that says that the other side has ended. */
static bool
ended(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

int
opener_proto_send(int sock, char what)
{
	ssize_t n;

	do {
		n = send(sock, &what, 1, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 && !ended(errno) ? -1 : 0;
}

int
opener_proto_recv(int sock)
{
	char what;
	ssize_t n;

	do {
		n = recv(sock, &what, 1, MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && !ended(errno))
		return -1;
	return n == 1 ? what : 0;
}
