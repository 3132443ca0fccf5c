/* What the runner tells the user about runs and about the watcher. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stddef.h>
#include <stdint.h>

struct order_fatal;
struct job;

/* What a trigger waits for; `how` its source counts. */
void run_log_ready(const struct job *, const char *how);

/*
 * The line of statistics for a rule, by its first trigger; the others follow
 * it in the array, up to `end`.
 */
void run_log_stats(const struct job *, const struct job *end, uint64_t now);

/* Why the watcher ends, for ORDER_FATAL. */
void run_log_fatal(const char *name, const struct order_fatal *);

#endif
