/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: redraws the table, or the keys, in regular intervals. */
#ifndef WATCH_H
#define WATCH_H

/*
 * Prints the table, or with a rule its keys, at this interval, on a terminal in
 * place, until a signal ends the program.  Exits with a message if the first
 * reply fails; later failures are shown, and the program goes on.
 */
void watch_run(const char *path, const char *rule, unsigned int seconds);

#endif
