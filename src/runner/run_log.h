/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Log lines about triggers, statistics and the watcher. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stddef.h>
#include <stdint.h>

struct order_fatal;
struct job;

/* Logs the condition of a trigger; how: how its source counts. */
void run_log_ready(const struct job *, const char *how);

/*
 * Logs the statistics of a rule.  The job is that of its first trigger; the
 * others follow in the array, which ends at end.  now is clock_now().
 */
void run_log_stats(const struct job *, const struct job *end, uint64_t now);

/* Logs why the watcher ends; name: rule or interface. */
void run_log_fatal(const char *name, const struct order_fatal *);

#endif
