/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/log_internal.h"
#include "base/output.h"

#define NAME "bpfstatsd: "

/* At most PIPE_BUF (512 on the BSDs): a pipe takes a line whole. */
#define LINE_SIZE (PIPE_BUF < 1024 ? PIPE_BUF : 1024)

static enum log_mode log_mode;
static bool log_verbose;

/* Lines dropped since the last line that was written. */
static uint64_t lost;

void
log_init(enum log_mode mode, bool verbose)
{
	log_mode = mode;
	log_verbose = verbose;
}

/* Formats a line, with the text of errno unless error is 0; truncates. */
static void
format(char *buf, size_t size, int error, const char *fmt, va_list ap)
{
	const char *why = error != 0 ? strerror(error) : "";
	size_t len;
	int n;

	n = vsnprintf(buf, size, fmt, ap);
	len = n > 0 ? (size_t)n : 0;
	if (error != 0 && len < size)
		snprintf(buf + len, size - len, ": %s", why);
}

/* Writes a line; false when it is dropped. */
static bool
put(enum log_level level, const struct log_fact *lf, size_t n, const char *text)
{
	char line[LINE_SIZE];
	struct timespec now = { 0, 0 };
	size_t len;

	switch (log_mode) {
	case LOG_TO_JSON:
		clock_gettime(CLOCK_REALTIME, &now);
		len = log_json(line, sizeof(line), &now, level, lf, n, text);
		return output_line(line, len);
	case LOG_TO_SYSLOG:
		return log_syslog(level, text);
	default:
		snprintf(line, sizeof(line), NAME "%s\n", text);
		return output_line(line, strlen(line));
	}
}

/* Logs the number of dropped lines as soon as a line can be written. */
static void
report_lost(void)
{
	const struct log_fact fact = { "lost", NULL, lost, false };
	char text[64];

	if (lost == 0)
		return;
	snprintf(text, sizeof(text), "log: lost %" PRIu64 " line%s", lost,
	    lost == 1 ? "" : "s");
	if (put(LEVEL_WARNING, &fact, 1, text))
		lost = 0;
}

/* Writes a line, or counts it as dropped. */
static void
put_or_count(
    enum log_level level, const struct log_fact *lf, size_t n, const char *text)
{
	report_lost();
	if (lost != 0 || !put(level, lf, n, text))
		lost++;
}

static void
vlog(enum log_level level, int error, const struct log_fact *lf, size_t n,
    const char *fmt, va_list ap)
{
	char text[LINE_SIZE - sizeof(NAME)];
	int saved = errno;

	if (level == LEVEL_DEBUG && !log_verbose)
		return;
	format(text, sizeof(text), error, fmt, ap);
	put_or_count(level, lf, n, text);
	errno = saved;
}

void
log_facts(enum log_level level, const struct log_fact *lf, size_t n,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(level, 0, lf, n, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_INFO, 0, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_DEBUG, 0, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_WARNING, error, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_WARNING, 0, NULL, 0, fmt, ap);
	va_end(ap);
}

uint64_t
log_deadline(void)
{
	return output_deadline();
}

void
log_flush(void)
{
	if (output_flush())
		report_lost();
}
