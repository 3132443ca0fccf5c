/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The opener: the process that keeps the right to open sources, so that the
 * rules file can be read again, and devices can be opened for interfaces that
 * come back.  The opener reads no packet.  The watcher is its child; the opener
 * exits with the watcher's status.
 */
#ifndef OPENER_H
#define OPENER_H

#include <stdbool.h>

#include "ipc/opener_proto.h"

struct order_ends;
struct watcher_args;

/*
 * Makes the sockets and the memory file, before fork(2).  Makes nothing if
 * there will be no opener: file is NULL or "-", so that the rules cannot be
 * read again, and no source needs one (reopens is false).  Exits with a message
 * on failure.
 */
void opener_open(struct opener_ends *, struct order_ends *watcher,
    const char *file, bool reopens);

/* Makes the calling process the watcher; does not return. */
typedef void opener_watch(const struct watcher_args *);

/* Becomes the opener, in a child: forks the watcher and serves. */
void opener_run(const struct watcher_args *, struct opener_ends *,
    opener_watch *) __attribute__((noreturn));

#endif
