/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The opener: with a rules file, the process that keeps the right to open
 * sources, so that the file can be read again.  The opener holds the sources
 * and reads no packet.  Each watcher is its child; the opener exits with the
 * watcher's status.
 */
#ifndef OPENER_H
#define OPENER_H

#include "ipc/opener_proto.h"

struct conf;
struct order_ends;
struct priv;
struct source_set;
struct watcher_args;

/*
 * Makes the socket and the memory file, before fork(2).  file is NULL or "-"
 * where the rules cannot be read again: all ends are -1 then.  Exits with a
 * message on failure.
 */
void opener_open(struct opener_ends *, const char *file);

/* Makes the calling process a watcher; does not return. */
typedef void opener_watch(const struct watcher_args *);

/* Becomes the opener, in a child: forks the first watcher and serves. */
void opener_run(const struct conf *, const struct source_set *,
    const struct order_ends *, const struct priv *, struct opener_ends *,
    opener_watch *) __attribute__((noreturn));

#endif
