/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Log lines in JSON and to syslog; used by log.c only. */
#ifndef LOG_INTERNAL_H
#define LOG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/log.h"

/*
 * Writes a JSON object and a newline; returns the length.  Long texts are
 * truncated, the message first.  size: at least 512; n: at most 14.
 */
size_t log_json(char *line, size_t size, const struct timespec *,
    enum log_level, const struct log_fact *, size_t n, const char *message);

/* Sends a line to syslogd without waiting.  False: the line is lost. */
bool log_syslog(enum log_level, const char *message);

#endif
