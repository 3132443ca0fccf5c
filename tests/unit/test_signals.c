/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Signals that the test sends to itself arrive in signals_wait only. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/signals.h"

static void
set(int sig, void (*handler)(int))
{
	const struct sigaction sa = { .sa_handler = handler };

	assert_int_equal(sigaction(sig, &sa, NULL), 0);
}

static void
assert_action(int sig, void (*handler)(int))
{
	struct sigaction sa;

	assert_int_equal(sigaction(sig, NULL, &sa), 0);
	assert_ptr_equal(sa.sa_handler, handler);
}

static int
setup(void **state)
{
	(void)state;
	set(SIGHUP, SIG_DFL);
	return signals_open();
}

static void
nothing_came(void **state)
{
	(void)state;
	assert_int_equal(signals_wait(NULL, 0, 0), 0);
	assert_int_equal(signals_next(), 0);
}

/* A pending signal ends an unlimited wait; SIGTERM is returned last. */
static void
come_while_waiting(void **state)
{
	struct pollfd pfd = { .fd = -1, .revents = POLLIN };

	(void)state;
	raise(SIGTERM);
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGCHLD);
	assert_int_equal(signals_next(), 0);
	assert_int_equal(signals_wait(&pfd, 1, -1), 0);
	assert_int_equal(pfd.revents, 0);
	/* Some kernels deliver one at a time. */
	signals_wait(NULL, 0, 0);
	signals_wait(NULL, 0, 0);
	assert_int_equal(signals_next(), SIGUSR1);
	assert_int_equal(signals_next(), SIGCHLD);
	assert_int_equal(signals_next(), SIGTERM);
	assert_int_equal(signals_next(), 0);
}

/* Signals arrive even if a descriptor is always ready. */
static void
come_when_ready(void **state)
{
	int pair[2];
	struct pollfd pfd = { .events = POLLIN };

	(void)state;
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(write(pair[1], "", 1), 1);
	pfd.fd = pair[0];
	raise(SIGTERM);
	assert_int_equal(signals_wait(&pfd, 1, -1), 0);
	assert_int_equal(pfd.revents, POLLIN);
	assert_int_equal(signals_next(), SIGTERM);
	close(pair[0]);
	close(pair[1]);
}

static void
taken_by_number(void **state)
{
	(void)state;
	raise(SIGCHLD);
	signals_wait(NULL, 0, -1);
	assert_false(signals_take(SIGTERM));
	assert_true(signals_take(SIGCHLD));
	assert_false(signals_take(SIGCHLD));
}

static void
wait_fails(void **state)
{
	(void)state;
	assert_int_equal(signals_wait(NULL, (nfds_t)-1, 0), -1);
	assert_int_not_equal(errno, 0);
}

static void
begin_resets_inherited(void **state)
{
	sigset_t all, now;

	(void)state;
	sigfillset(&all);
	assert_int_equal(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	set(SIGQUIT, SIG_IGN);
	set(SIGCHLD, SIG_IGN);
	set(SIGHUP, SIG_IGN);
	assert_int_equal(signals_begin(), 0);
	assert_action(SIGQUIT, SIG_DFL);
	assert_action(SIGCHLD, SIG_DFL);
	assert_action(SIGHUP, SIG_IGN);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGQUIT), 0);
	assert_int_equal(sigismember(&now, SIGTERM), 0);
	assert_int_equal(sigismember(&now, SIGHUP), 1);
	assert_int_equal(signals_open(), 0);
	assert_action(SIGQUIT, SIG_DFL);
	assert_action(SIGHUP, SIG_IGN);
	assert_action(SIGPIPE, SIG_IGN);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGQUIT), 0);
	assert_int_equal(sigismember(&now, SIGTERM), 1);
}

static void
reset_for_a_command(void **state)
{
	sigset_t now;
	int sig;

	(void)state;
	set(SIGHUP, SIG_IGN);
	assert_int_equal(signals_begin(), 0);
	assert_int_equal(signals_open(), 0);
	assert_int_equal(signals_reset(), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	/* The C library may use 32 and higher. */
	for (sig = 1; sig < 32; sig++) {
		assert_action(sig, SIG_DFL);
		assert_int_equal(sigismember(&now, sig), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_came),
		TEST(come_while_waiting),
		TEST(come_when_ready),
		TEST(taken_by_number),
		TEST(wait_fails),
		TEST(begin_resets_inherited),
		TEST(reset_for_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
