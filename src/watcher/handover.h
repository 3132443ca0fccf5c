/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * On a reload a new watcher, already confined, takes over from the old watcher,
 * which counts until then.  The old watcher sends its state over a socket:
 * numbers, no text, nothing to execute; and the bpf(4) devices received since
 * its start, for interfaces that came back.  The kernel keeps counting.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

struct order_ends;
struct watcher;

/*
 * Reports that a new watcher is confined; does nothing in the first watcher.
 * Returns 0, or -1 and errno.
 */
int handover_ready(const struct order_ends *);

/*
 * Sends all state from the old watcher, which has read all reports of ended
 * runs.  Returns 0, or -1 and errno.
 */
int handover_give(struct watcher *);

/*
 * Waits for the state and loads it into the new watcher.  Returns 0, or -1 and
 * errno: EPIPE if the old watcher has exited, EBADMSG if the state is cut off.
 */
int handover_take(struct watcher *);

#endif
