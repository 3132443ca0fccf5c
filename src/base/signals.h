/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Signals as flags.  Signals are blocked except in signals_wait, so no other
 * system call is interrupted and no signal is lost.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <poll.h>
#include <stdbool.h>

/*
 * Resets the ignored and blocked signals that the process inherited; call
 * first, before any fork.  With SIGCHLD ignored a child is reaped by the
 * system, and waitpid(2) may name another process.  An ignored SIGHUP stays
 * ignored, as nohup(1) wants.  Signals other than SIGINT and SIGTERM that
 * signals_open takes over stay blocked until then.  Returns 0, or -1 and errno.
 */
int signals_begin(void);

/*
 * Takes over SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1 and SIGINFO, and
 * ignores SIGPIPE and SIGXFSZ.  Returns 0, or -1 and errno.
 */
int signals_open(void);

/*
 * poll(2) that also returns when a signal arrives, but not for a signal that
 * arrived earlier and was not taken.  Sets revents.  Returns 0, or -1 and
 * errno.
 */
int signals_wait(struct pollfd *, nfds_t, int ms);

/* Takes and returns a signal, SIGINT and SIGTERM last; 0: none. */
int signals_next(void);

/* Takes one signal; true if it arrived.  Others stay for signals_next. */
bool signals_take(int sig);

/*
 * In a child before exec(2): sets the default actions and unblocks all signals.
 * Async-signal-safe.  Returns 0, or -1 and errno.
 */
int signals_reset(void);

/* Blocks all signals.  Returns 0, or -1 and errno. */
int signals_block(void);

#endif
