/*
 * The end of the daemon: the runs end first, by SIGTERM and then SIGKILL, then
 * the watcher and the runner.
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdbool.h>
#include <stdint.h>

struct runner;

/*
 * Sends SIGTERM to the runs, and SIGKILL grace ns later; the daemon ends with
 * this exit status.  Later calls do nothing: the first reason counts.
 */
void shutdown_begin(struct runner *, int status, uint64_t grace);

/* Does the same, and closes the sockets of the watcher. */
void shutdown_now(struct runner *, int status, uint64_t grace);

/* Logs the object and errno, then shutdown_now with exit status 1. */
void shutdown_fatal(struct runner *, const char *object);

/* Ends the watcher, once no run is left. */
void shutdown_dismiss(struct runner *);

/* Returns true when all have ended, or the time for that is over. */
bool shutdown_over(const struct runner *);

#endif
