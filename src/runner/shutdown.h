/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The end of the daemon.  States, in this order:
 *
 *   running      ru_stopping is false
 *   ending runs  the runs were sent their signal; SIGKILL follows
 *   dismissing   no run is left: the watcher's sockets are closed once it has
 *                answered a pending query, and it exits
 *   over         the watcher was reaped too, and the last line was printed or
 *                dropped, or the time is up
 *
 * Times are ns.
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdbool.h>
#include <stdint.h>

struct runner;

/*
 * Ends the runs: sends their signal, and SIGKILL grace ns later.  The daemon
 * exits with this status.  Later calls have no effect: the first reason counts.
 */
void shutdown_begin(struct runner *, int status, uint64_t grace);

/* Does the same, and closes the watcher's sockets at once. */
void shutdown_now(struct runner *, int status, uint64_t grace);

/* Does shutdown_now() once all lines are printed, however long that takes. */
void shutdown_after_lines(struct runner *, int status);

/* Logs the object and errno, then shutdown_now() with exit status 1. */
void shutdown_fatal(struct runner *, const char *object);

/*
 * Goes to the next state if its time has come; to be called before each wait.
 * Returns true in the last state, which is logged if processes are left.
 */
bool shutdown_step(struct runner *);

/* Returns the time of the next shutdown_step(); CLOCK_NEVER: none. */
uint64_t shutdown_deadline(const struct runner *);

#endif
