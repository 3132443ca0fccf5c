/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Descriptors cross sockets of both kinds; a failure leaves none open. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fdpass.h"

static const int kinds[] = { SOCK_SEQPACKET, SOCK_STREAM };

/* Returns the next free descriptor; unchanged if none was left open. */
static int
next_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	close(fd);
	return fd;
}

static void
open_pair(int kind, int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, pair), 0);
}

static void
close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static void
passes(int kind)
{
	struct stat sent, got;
	char text[4] = "";
	int pair[2], pipes[2], fds[FDPASS_MAX], fd;
	size_t n;

	open_pair(kind, pair);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	fd = next_free();
	assert_int_equal(fdpass_send(pair[0], "abc", 4, pipes, 2), 0);
	assert_int_equal(fdpass_recv(pair[1], text, 4, fds, &n), 0);
	assert_string_equal(text, "abc");
	assert_int_equal(n, 2);
	for (n = 0; n < 2; n++) {
		assert_int_equal(fstat(pipes[n], &sent), 0);
		assert_int_equal(fstat(fds[n], &got), 0);
		assert_true(
		    sent.st_dev == got.st_dev && sent.st_ino == got.st_ino);
		assert_int_equal(fcntl(fds[n], F_GETFD), FD_CLOEXEC);
	}
	fdpass_close(fds, n);
	assert_int_equal(next_free(), fd);
	assert_int_equal(fdpass_send(pair[0], "xyz", 4, NULL, 0), 0);
	assert_int_equal(fdpass_recv(pair[1], text, 4, fds, &n), 0);
	assert_string_equal(text, "xyz");
	assert_int_equal(n, 0);
	close_pair(pipes);
	close_pair(pair);
}

static void
refuses(int kind)
{
	const int none = 1 << 20;
	char text[4];
	int pair[2], fds[FDPASS_MAX], first;
	size_t n = 1;

	open_pair(kind, pair);
	first = next_free();
	assert_int_equal(fdpass_recv(pair[1], text, 4, fds, &n), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fdpass_send(pair[0], "a", 1, pair, 2), 0);
	assert_int_equal(fdpass_recv(pair[1], text, 4, fds, &n), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(n, 0);
	assert_int_equal(next_free(), first);
	assert_int_equal(fdpass_send(pair[0], "a", 1, &none, 1), -1);
	assert_int_equal(errno, EBADF);
	close(pair[1]);
	assert_int_equal(fdpass_send(pair[0], "a", 1, NULL, 0), -1);
	assert_int_equal(errno, EPIPE);
	close(pair[0]);
	open_pair(kind, pair);
	close(pair[0]);
	assert_int_equal(fdpass_recv(pair[1], text, 4, fds, &n), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(n, 0);
	close(pair[1]);
}

/* Sends until the socket is full. */
static void
fills(int kind)
{
	int pair[2];

	open_pair(kind, pair);
	while (fdpass_send(pair[0], "a", 1, pair, 1) == 0)
		;
	assert_true(errno == EAGAIN || errno == ETOOMANYREFS);
	close_pair(pair);
}

static void
each_kind(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		passes(kinds[i]);
		refuses(kinds[i]);
		fills(kinds[i]);
	}
}

/* Of too many descriptors in a message those in front stay open. */
static void
too_many(void **state)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(6 * sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg;
	struct cmsghdr *cmsg;
	int pair[2], fds[6], got[FDPASS_MAX], first;
	size_t n;

	(void)state;
	open_pair(SOCK_SEQPACKET, pair);
	first = next_free();
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control.space);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	for (n = 0; n < 6; n++)
		fds[n] = pair[0];
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
	assert_int_equal(fdpass_recv(pair[1], &byte, 1, got, &n), 0);
	assert_int_equal(n, FDPASS_MAX);
	assert_int_equal(got[0], first);
	fdpass_close(got, n);
	assert_int_equal(next_free(), first);
	close_pair(pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
