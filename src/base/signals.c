/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/signals.h"

/* Signals with a handler, in the order in which signals_next returns them. */
static const int caught[] = {
	SIGUSR1,
#ifdef SIGINFO
	SIGINFO,
#endif
	SIGCHLD,
	SIGHUP,
	SIGINT,
	SIGTERM,
};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t came[NSIG];

static void
handle(int sig)
{
	came[sig] = 1;
}

static int
set(int sig, void (*handler)(int))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_NOCLDSTOP;
	sigemptyset(&sa.sa_mask);
	return sigaction(sig, &sa, NULL);
}

static bool
ignored(int sig)
{
	struct sigaction sa;

	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

/*
 * Sets the default action.  An error for a number that is not a signal, or
 * whose action cannot change, does not matter: such a signal is not ignored.
 */
static int
set_default(int sig)
{
	return set(sig, SIG_DFL) == -1 && ignored(sig) ? -1 : 0;
}

static int
set_mask(bool block)
{
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; block && i < CAUGHT; i++)
		sigaddset(&blocked, caught[i]);
	/* "stty tostop" stops a background writer unless SIGTTOU is blocked. */
	if (block)
		sigaddset(&blocked, SIGTTOU);
	return sigprocmask(SIG_SETMASK, &blocked, NULL);
}

int
signals_begin(void)
{
	const bool nohup = ignored(SIGHUP);
	sigset_t held;
	size_t i;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (!(sig == SIGHUP && nohup) && set_default(sig) == -1)
			return -1;
	sigemptyset(&held);
	for (i = 0; i < CAUGHT; i++)
		if (caught[i] != SIGINT && caught[i] != SIGTERM)
			sigaddset(&held, caught[i]);
	sigaddset(&held, SIGTTOU);
	return sigprocmask(SIG_SETMASK, &held, NULL);
}

int
signals_open(void)
{
	const bool nohup = ignored(SIGHUP);
	size_t i;

	/* Before the handlers, which must run in signals_wait only. */
	if (set_mask(true) == -1)
		return -1;
	for (i = 0; i < CAUGHT; i++)
		if (!(caught[i] == SIGHUP && nohup) &&
		    set(caught[i], handle) == -1)
			return -1;
	/* Writes fail with EPIPE or EFBIG and do not end the process. */
	if (set(SIGPIPE, SIG_IGN) == -1 || set(SIGXFSZ, SIG_IGN) == -1)
		return -1;
	return 0;
}

int
signals_wait(struct pollfd *pfd, nfds_t n, int ms)
{
	const struct timespec now = { 0, 0 };
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t none;
	nfds_t i;
	int ready;

	sigemptyset(&none);
	ready = ppoll(pfd, n, ms == -1 ? NULL : &ts, &none);
	/* ppoll returns at once for ready descriptors, signals still pending.
	 */
	if (ready > 0 && ppoll(pfd, 0, &now, &none) == -1 && errno != EINTR)
		return -1;
	if (ready == -1) {
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		for (i = 0; i < n; i++)
			pfd[i].revents = 0;
	}
	return 0;
}

bool
signals_take(int sig)
{
	bool result = came[sig] != 0;

	came[sig] = 0;
	return result;
}

int
signals_next(void)
{
	size_t i;

	for (i = 0; i < CAUGHT; i++)
		if (signals_take(caught[i]))
			return caught[i];
	return 0;
}

int
signals_reset(void)
{
	size_t i;

	/* The daemon's handlers must not run in a child. */
	for (i = 0; i < CAUGHT; i++)
		if (set(caught[i], SIG_DFL) == -1)
			return -1;
	if (set(SIGPIPE, SIG_DFL) == -1 || set(SIGXFSZ, SIG_DFL) == -1)
		return -1;
	return set_mask(false);
}

int
signals_block(void)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL);
}
