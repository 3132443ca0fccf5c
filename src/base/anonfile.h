/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A file without a name, shared by two processes of the daemon. */
#ifndef ANONFILE_H
#define ANONFILE_H

/*
 * Returns the descriptor of an empty file, read-write and close-on-exec.
 * Exits with a message on failure.
 */
int anonfile_open(void);

#endif
