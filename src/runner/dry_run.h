/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Prints the runs that -n does not start. */
#ifndef DRY_RUN_H
#define DRY_RUN_H

struct order_start;

/*
 * Adds the line of a start to a buffer, and flushes it when full.  A slow
 * reader of standard output delays the replay, as with any Unix filter; SIGINT
 * and SIGTERM have their default action while we wait for the reader.
 */
void dry_run_print(const struct order_start *, const char *event);

/* Writes the buffer.  Returns 0, or -1 and errno if any line was lost. */
int dry_run_flush(void);

#endif
