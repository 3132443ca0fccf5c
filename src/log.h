/*
 * Lines on stderr, "bpfstatsd: object: problem".  None of these ever waits
 * for a reader and none fails: a line that cannot be written now is lost,
 * because a daemon that waits for its log no longer counts.  errno survives.
 */
#ifndef LOG_H
#define LOG_H

#include <stdarg.h>

/* verbose: whether log_debug writes. */
void log_init(int verbose);

void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

/* With ": " and what errno means behind it. */
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
