/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The statistics of the triggers, for the runner. */
#ifndef WATCHER_STATS_H
#define WATCHER_STATS_H

struct watcher;

/*
 * Answers ORDER_QUERY: sends the statistics of each trigger, in ascending
 * order, as of the last samples.  Returns 0, or -1 and errno.
 */
int watcher_stats_send(const struct watcher *);

#endif
