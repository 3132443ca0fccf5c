/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The tables of keys, for the runner: the keys with the most packets, found in
 * small steps between events, and tables that are full.
 */
#ifndef WATCHER_KEYS_H
#define WATCHER_KEYS_H

struct watched_rule;
struct watcher;

/*
 * Begins the answer to ORDER_KEYS, or begins it anew.  Returns 0, or -1 and
 * errno.
 */
int watcher_keys_begin(struct watcher *);

/*
 * Does a step of the answer, while w_keys is not NULL.  Returns 0, or -1 and
 * errno.
 */
int watcher_keys_step(struct watcher *);

/*
 * Looks if the tables of a rule that was served have refused packets, and sends
 * ORDER_FULL.  Returns 0, or -1 and errno.
 */
int watcher_keys_look(const struct watcher *, struct watched_rule *);

#endif
