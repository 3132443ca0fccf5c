/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Compiles the filters of a savefile at the watcher's request. */
#ifndef SAVEFILE_FILTER_H
#define SAVEFILE_FILTER_H

struct conf;
struct partner;
struct priv;

/*
 * Closes the runner's descriptor of the savefile and, if a rule has a filter,
 * waits for the watcher's request and sends the programs.  To be called before
 * privileges are dropped.  Exits with a message if the filter is wrong, and
 * silently on a signal that ends the daemon.
 */
void savefile_filter_answer(
    const struct conf *, const struct priv *, const struct partner *, int fd);

#endif
