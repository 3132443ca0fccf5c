/*
 * Standard error of a process of the daemon.  A terminal or a pipe that takes
 * no more output must not stop the process.  O_NONBLOCK belongs to the open
 * file description, which the caller and the commands share, so the process
 * writes to a description of its own where the system can open one.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes standard error safe to write to; until then writes may block.  Opens
 * with the rights that the process has now.  commands: keeps the inherited
 * descriptor for output_restore.
 */
void output_open(bool commands);

/*
 * Puts the inherited standard error back, in a child that executes a command.
 * Safe after vfork(2).  0, or -1 and errno.
 */
int output_restore(void);

/*
 * Queues a line and writes what standard error takes now.  False: the queue
 * is full, the line is dropped.
 */
bool output_line(const char *line, size_t len);

/* Writes what standard error takes now.  True: nothing is left. */
bool output_flush(void);

/* Time of the next output_flush on clock_now's clock; CLOCK_NEVER: none. */
uint64_t output_deadline(void);

#endif
