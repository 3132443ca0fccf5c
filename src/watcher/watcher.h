/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The watcher: turns counts into events and orders runs.  Uses only the sources
 * and its ends of the sockets.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include <stdint.h>

struct conf_rules;
struct order_ends;
struct source_set;
struct watcher;

/*
 * Makes a watcher, never to be freed, which takes the sources over; borrows the
 * other arguments during the call.  The seed is secret, against chosen
 * collisions of keys.  Returns NULL and errno on failure.
 */
struct watcher *watcher_new(const struct conf_rules *,
    const struct source_set *, const struct order_ends *,
    const uint64_t seed[2]);

/* Watches until the runner exits.  Returns the exit status of the process. */
int watcher_run(struct watcher *);

#endif
