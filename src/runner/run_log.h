/* What the runner tells the user about runs and about the watcher. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

struct order;
struct task;

/* Room for report_status. */
#define REPORT_STATUS 48

/* "3", or "signal 9 (Killed)"; returns buf. */
const char *report_status(int status, char *buf, size_t len);

/* "status" for the log: 3, or the text "signal 9", which is in buf. */
struct log_fact report_fact(int status, char *buf, size_t len);

/* What a trigger waits for; `how` its source counts. */
void report_ready(const struct task *, const char *how);

/*
 * The line of statistics for a rule, by its first trigger; the others follow
 * it in the array, up to `end`.
 */
void report_stats(const struct task *, const struct task *end, uint64_t now);

/* Why the watcher ends, for ORDER_FATAL. */
void report_fatal(const char *name, const struct order *);

#endif
