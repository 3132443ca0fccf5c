/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The watcher of a savefile: turns packets into events, by the times of their
 * capture.  Time stands still while a command runs.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdint.h>

struct conf;
struct order_ends;

/*
 * Replays the savefile `fd` to its end, or until the runner exits.  The seed is
 * secret, against chosen collisions of keys.  Returns the exit status of the
 * process.  Makes only system calls that priv_watcher allows.
 */
int replay_run(const struct conf *, int fd, const struct order_ends *,
    const uint64_t seed[2]);

#endif
