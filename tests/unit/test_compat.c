/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* compat/: the replacements behave like the functions of this system. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../compat/compat.h"

static volatile sig_atomic_t came;

static void
handle(int sig)
{
	came = sig;
}

static void
flags_of(int fd, int descriptor, int status)
{
	assert_int_equal(fcntl(fd, F_GETFD), descriptor);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, status);
	assert_int_equal(close(fd), 0);
}

static void
flags(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK), 0);
	flags_of(pair[0], FD_CLOEXEC, O_NONBLOCK);
	flags_of(pair[1], FD_CLOEXEC, O_NONBLOCK);
	assert_int_equal(pipe2(pair, 0), 0);
	flags_of(pair[0], 0, 0);
	flags_of(pair[1], 0, 0);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	flags_of(pair[0], FD_CLOEXEC, 0);
	flags_of(pair[1], FD_CLOEXEC, 0);
	flags_of(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), 0, O_NONBLOCK);
	assert_int_equal(socket(-1, SOCK_DGRAM | SOCK_NONBLOCK, 0), -1);
	assert_int_equal(
	    socketpair(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), -1);
}

static void
ready(void **state)
{
	struct pollfd pfd[3];
	int pair[2];

	(void)state;
	assert_int_equal(pipe2(pair, 0), 0);
	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = pair[0];
	pfd[0].events = POLLIN;
	pfd[1].fd = -1;
	pfd[1].events = POLLIN;
	pfd[1].revents = POLLIN;
	pfd[2].fd = pair[1];
	assert_int_equal(poll(pfd, 2, 0), 0);
	assert_int_equal(poll(pfd, 2, 1), 0);
	assert_int_equal(pfd[1].revents, 0);
	pfd[2].events = POLLOUT;
	assert_int_equal(poll(pfd, 3, -1), 1);
	assert_int_equal(pfd[0].revents, 0);
	assert_int_equal(pfd[2].revents, POLLOUT);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(poll(pfd, 3, -1), 2);
	assert_int_equal(pfd[0].revents, POLLIN);
	assert_int_equal(read(pair[0], pfd, 0), 0);
	close(pair[1]);
	pfd[0].events = 0; /* the end of the peer needs no event */
	assert_int_equal(poll(pfd, 1, -1), 1);
	close(pair[0]);
}

static void
bad_descriptors(void **state)
{
	struct pollfd pfd = { .fd = (int)FD_SETSIZE, .events = POLLIN };

	(void)state;
	assert_int_equal(poll(&pfd, 1, 0), -1);
	assert_int_equal(errno, EINVAL);
	pfd.fd = dup(0);
	close(pfd.fd);
	assert_int_equal(poll(&pfd, 1, 0), -1);
	assert_int_equal(errno, EBADF);
}

/* ppoll(2) delivers a blocked signal while it waits, and only then. */
static void
signals(void **state)
{
	struct sigaction sa;
	sigset_t blocked, none;

	(void)state;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handle;
	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &blocked, NULL), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(came, 0);
	assert_int_equal(ppoll(NULL, 0, NULL, &none), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(came, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &none, NULL), 0);
}

/* Child: returns true if all three ids can be set to the real id. */
static bool
given_up(uid_t real, uid_t effective, uid_t saved)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (syscall(SYS_setresgid, real, effective, saved) == -1 ||
	    syscall(SYS_setresuid, real, effective, saved) == -1)
		return false;
	if (setresgid(real, real, real) == -1 ||
	    setresuid(real, real, real) == -1)
		return false;
	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return false;
	return r == real && e == real && s == real && rg == real &&
	    eg == real && sg == real;
}

static void
ids(void **state)
{
	static const uid_t tries[][3] = {
		{ 0, 0, 0 },
		{ 1000, 1000, 1000 },
		{ 1000, 0, 0 },
		{ 1000, 1000, 0 },
		{ 1000, 1001, 1001 },
		{ 1000, 1000, 1001 },
	};
	size_t i;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(setresuid(0, 0, 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(setresgid(0, 1, 0), -1);
	assert_int_equal(errno, EINVAL);
	if (getuid() != 0)
		skip();
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if ((pid = fork()) == 0)
			_exit(!given_up(tries[i][0], tries[i][1], tries[i][2]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags),
		cmocka_unit_test(ready),
		cmocka_unit_test(bad_descriptors),
		cmocka_unit_test(signals),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
