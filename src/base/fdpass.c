/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/fdpass.h"

union control {
	struct cmsghdr co_align;
	char co_space[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
};

int
fdpass_send(int sock, const void *what, size_t size, const int *fds, size_t n)
{
	/* sendmsg(2) does not change the message. */
	struct iovec iov = { (void *)what, size };
	union control control;
	struct msghdr msg;
	struct cmsghdr *cmsg;
	ssize_t sent;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (n > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(*fds));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(*fds));
		memcpy(CMSG_DATA(cmsg), fds, n * sizeof(*fds));
	}
	/* The watcher may send no descriptors: sendmsg(2) is forbidden. */
	do {
		sent = n > 0 ?
		    sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) :
		    send(sock, what, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent == -1 && errno == EINTR);
	return sent == -1 ? -1 : 0;
}

/*
 * Returns the number of a message's descriptors.  Padding leaves room for more
 * than FDPASS_MAX of them, which are closed.
 */
static size_t
descriptors(struct msghdr *msg, int fds[FDPASS_MAX])
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	const size_t each = sizeof(int);
	size_t at, n = 0;
	int fd;

	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	for (at = 0; CMSG_LEN(at + each) <= cmsg->cmsg_len; at += each) {
		memcpy(&fd, CMSG_DATA(cmsg) + at, each);
		if (n < FDPASS_MAX)
			fds[n++] = fd;
		else
			close(fd);
	}
	return n;
}

void
fdpass_close(const int *fds, size_t n)
{
	int saved = errno;

	while (n > 0)
		close(fds[--n]);
	errno = saved;
}

static int
close_on_exec(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) == -1)
			return -1;
	return 0;
}

int
fdpass_recv(int sock, void *what, size_t size, int fds[FDPASS_MAX], size_t *n)
{
	struct iovec iov = { what, size };
	union control control;
	struct msghdr msg;
	ssize_t got;

	*n = 0;
	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.co_space);
		got = recvmsg(sock, &msg, MSG_DONTWAIT);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return -1;
	*n = descriptors(&msg, fds);
	if (got == (ssize_t)size && close_on_exec(fds, *n) == 0)
		return 0;
	if (got != (ssize_t)size)
		errno = got == 0 ? EPIPE : EBADMSG;
	fdpass_close(fds, *n);
	*n = 0;
	return -1;
}
