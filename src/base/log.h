/*
 * The log.  No function here waits for a reader or fails: a daemon that waits
 * for its log no longer counts.  Lines that cannot be written now are queued,
 * further ones are dropped, and the log says later how many.  errno survives.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_mode {
	LOG_TO_STDERR, /* lines, "bpfstatsd: " and what is said */
	LOG_TO_JSON,   /* an object a line, there, too */
	LOG_TO_SYSLOG  /* syslog(3) */
};

enum log_level {
	LEVEL_DEBUG, /* for who asked for it, with -v */
	LEVEL_INFO,
	LEVEL_WARNING
};

/* What a line says, for programs: a text, or a number, or ns. */
struct log_fact {
	const char *lf_name;
	const char *lf_text; /* NULL: it is a number */
	uint64_t lf_number;
	bool lf_time; /* of nanoseconds, told in seconds */
};

/* Until then it is lines on stderr.  verbose: whether to tell LEVEL_DEBUG. */
void log_init(enum log_mode, bool verbose);

/* A line with these facts, which JSON alone has; with room for their names. */
void log_facts(enum log_level, const struct log_fact *, size_t n, const char *,
    ...) __attribute__((format(printf, 4, 5)));

void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

/* With ": " and what errno means behind it. */
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Time at which queued lines are tried again; CLOCK_NEVER: none are queued. */
uint64_t log_deadline(void);

/* Writes queued lines as far as they are taken. */
void log_flush(void);

#endif
