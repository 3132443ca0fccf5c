/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Closes many sources at the same time, by helper processes.  Linux closes the
 * descriptors of a process one after the other, and waits for each packet
 * socket until no processor uses the socket any more, 10 to 20 ms.
 */
#ifndef SOURCE_RELEASE_H
#define SOURCE_RELEASE_H

#include <sys/types.h>

#include <stdbool.h>

struct priv;
struct source_set;

/*
 * Closes the sockets of all sources by child processes, and returns when these
 * have exited.  The caller exits afterwards, and is the last process to hold
 * the sockets: a socket held elsewhere stays open, so the help saves no time.
 */
void source_release(const struct source_set *);

/* Returns true if source_release is faster than exiting. */
bool source_release_helps(const struct source_set *);

/*
 * Waits for its child, the watcher, releases the sources and exits with the
 * status of the watcher.  Gives up the privileges first.
 */
void source_release_after(pid_t watcher, const struct source_set *,
    const struct priv *) __attribute__((noreturn));

/* Ends this process like the process of a waitpid(2) status. */
void source_release_end(int status) __attribute__((noreturn));

#endif
