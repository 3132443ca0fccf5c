/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The log.  No function waits for a reader or fails: a daemon that waits for
 * its log no longer counts.  Lines that cannot be written now are queued; a
 * full queue drops further lines, and a later line gives their number.  errno
 * is preserved.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_mode {
	LOG_TO_STDERR, /* lines that begin with "bpfstatsd: " */
	LOG_TO_JSON,   /* a JSON object a line, on stderr */
	LOG_TO_SYSLOG  /* syslog(3), facility daemon */
};

enum log_level {
	LEVEL_DEBUG, /* with -v only */
	LEVEL_INFO,
	LEVEL_WARNING
};

/* A name and a value for programs; printed in JSON only. */
struct log_fact {
	const char *lf_name;
	const char *lf_text; /* NULL: the value is lf_number */
	uint64_t lf_number;
	bool lf_time; /* lf_number is ns, printed as seconds */
};

/*
 * Sets the form of the log, which is LOG_TO_STDERR before the call.  verbose:
 * LEVEL_DEBUG is logged.
 */
void log_init(enum log_mode, bool verbose);

/* Logs a line with n facts, at most 14. */
void log_facts(enum log_level, const struct log_fact *, size_t n, const char *,
    ...) __attribute__((format(printf, 4, 5)));

void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Logs a warning; log_warn appends ": " and the text of errno. */
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Returns the time of the next log_flush; CLOCK_NEVER: nothing is queued. */
uint64_t log_deadline(void);

/* Writes as many queued lines as stderr takes now. */
void log_flush(void);

#endif
