/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Turns a process into a watcher. */
#ifndef WATCHER_START_H
#define WATCHER_START_H

#include "ipc/watcher_args.h"

/*
 * Confines the process, then watches or replays, and exits.  Prints the reason
 * if it cannot start.
 */
void watcher_start(const struct watcher_args *) __attribute__((noreturn));

#endif
