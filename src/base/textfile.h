/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Opening files that the user names. */
#ifndef TEXTFILE_H
#define TEXTFILE_H

/*
 * Opens a file for reading; "-" is standard input.  Returns a close-on-exec
 * descriptor, or -1 and errno.
 */
int textfile_open(const char *path);

/*
 * Opens a file without waiting for the writer of a FIFO or for a lease.
 * Returns a close-on-exec descriptor, or -1 and errno.
 */
int textfile_open_now(const char *path);

#endif
