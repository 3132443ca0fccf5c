/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The watcher of a savefile: turns packets into events, by the times of their
 * capture.  Time stands still while a command runs.
 */
#ifndef REPLAY_H
#define REPLAY_H

struct conf;
struct order_ends;

/*
 * Replays the savefile `fd` to its end, or until the runner exits.  Returns the
 * exit status of the process.  Makes only system calls that priv_watcher
 * allows.
 */
int replay_run(const struct conf *, int fd, const struct order_ends *);

#endif
