/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Standard error and standard output of a process of the daemon.  A terminal or
 * a pipe that takes no more output must not stop the process.  O_NONBLOCK
 * belongs to the open file description, which the caller and the commands
 * share, so the process writes to a second description where the system can
 * open one.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes standard error safe to write to; before the call writes may block.
 * Opens with the current rights of the process.  commands: keeps the inherited
 * descriptor for output_restore.
 */
void output_open(bool commands);

/* Does the same for standard output, for output_write. */
void output_open_stdout(bool commands);

/*
 * Restores the inherited descriptors in a child that executes a command.  Safe
 * after vfork(2).  Returns 0, or -1 and errno.
 */
int output_restore(void);

/*
 * Writes to standard output as write(2), but fails with EAGAIN instead of
 * waiting.
 */
ssize_t output_write(const char *, size_t);

/*
 * Queues a line and writes as much as standard error takes now.  False: the
 * queue is full, the line is dropped.
 */
bool output_line(const char *line, size_t len);

/* Writes as much as standard error takes now.  True: the queue is empty. */
bool output_flush(void);

/* Returns the time (clock_now) of the next output_flush; CLOCK_NEVER: none. */
uint64_t output_deadline(void);

#endif
