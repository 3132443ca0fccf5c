/* The forms of a line of the log other than the plain one. */
#ifndef LOG_INTERNAL_H
#define LOG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/log.h"

/*
 * An object of JSON and the end of the line; how long it is.  Texts that are
 * too long are cut, the message first.  size is 512 or more, and there are 12
 * facts or fewer.
 */
size_t log_json(char *line, size_t size, const struct timespec *,
    enum log_level, const struct log_fact *, size_t n, const char *message);

/* Sends to the system's log without waiting; false when it takes nothing. */
bool log_syslog(enum log_level, const char *message);

#endif
