/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fdpass.h"

union control {
	struct cmsghdr co_align;
	char co_space[CMSG_SPACE(sizeof(int))];
};

int
fdpass_send(int sock, void *what, size_t size, int fd)
{
	struct iovec iov = { what, size };
	union control control;
	struct msghdr msg;
	struct cmsghdr *cmsg;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.co_space);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/*
 * Returns the descriptor of a message, or -1.  Padding leaves room for a second
 * one, which is closed.
 */
static int
descriptor(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	const size_t each = sizeof(int);
	int fd = -1, more;
	size_t at;

	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	for (at = 0; CMSG_LEN(at + each) <= cmsg->cmsg_len; at += each) {
		memcpy(&more, CMSG_DATA(cmsg) + at, each);
		if (at == 0)
			fd = more;
		else
			close(more);
	}
	return fd;
}

int
fdpass_recv(int sock, void *what, size_t size, int *fd, int flags)
{
	struct iovec iov = { what, size };
	union control control;
	struct msghdr msg;
	ssize_t n;

	*fd = -1;
	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.co_space);
		n = recvmsg(sock, &msg, flags);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	*fd = descriptor(&msg);
	if (n == (ssize_t)size &&
	    (*fd == -1 || fcntl(*fd, F_SETFD, FD_CLOEXEC) != -1))
		return 0;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	if (n != (ssize_t)size)
		errno = n == 0 ? EPIPE : EBADMSG;
	return -1;
}
