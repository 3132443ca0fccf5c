/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The watcher: turns counts into events and orders runs.  Uses only the sources
 * and its ends of the sockets.
 */
#ifndef WATCHER_H
#define WATCHER_H

struct conf_rules;
struct handover;
struct order_ends;
struct source_set;
struct watcher;

/*
 * Allocates all memory of a watcher, never to be freed.  The arguments are
 * borrowed.  The handover is NULL in the first watcher.  Returns NULL and errno
 * on failure.
 */
struct watcher *watcher_new(const struct conf_rules *,
    const struct source_set *, const struct order_ends *,
    const struct handover *);

/*
 * Watches until the runner exits or another watcher takes over.  Returns the
 * exit status of the process.
 */
int watcher_run(struct watcher *);

#endif
