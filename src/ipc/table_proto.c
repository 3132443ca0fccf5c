/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>

#include "ipc/table_proto.h"

int
table_proto_send(int sock, const struct table_message *tm, const int *fds)
{
	if (fdpass_send(sock, tm, sizeof(*tm), fds, tm->tm_fds) == 0)
		return 0;
	/* Too many descriptors on their way, or no memory for them now. */
	if (errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS)
		errno = EAGAIN;
	/* The receiver exited without reading all. */
	if (errno == ECONNRESET)
		errno = EPIPE;
	return -1;
}

int
table_proto_recv(
    int sock, struct table_message *tm, int fds[FDPASS_MAX], size_t *n)
{
	int result = fdpass_recv(sock, tm, sizeof(*tm), fds, n);

	/* Linux reports this once, then the last messages of the sender. */
	if (result == -1 && errno == ECONNRESET)
		result = fdpass_recv(sock, tm, sizeof(*tm), fds, n);
	return result;
}
