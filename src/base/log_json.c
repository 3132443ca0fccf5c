/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log_internal.h"

/* Size of a fact's text, as printed; the longest is a key. */
#define TEXT_SIZE 208

/* End of a line. */
#define TAIL "\"}\n"

static const char *const levels[] = {
	[LEVEL_DEBUG] = "debug",
	[LEVEL_INFO] = "info",
	[LEVEL_WARNING] = "warning",
};

/* Writes the text, escaped and truncated to size; returns the length. */
static size_t
quote(char *buf, size_t size, const char *text)
{
	char piece[JSON_PIECE];
	size_t len = 0, n;

	while (
	    (n = json_char(text, piece)) != 0 && len + strlen(piece) < size) {
		memcpy(buf + len, piece, strlen(piece));
		len += strlen(piece);
		text += n;
	}
	buf[len] = '\0';
	return len;
}

/* Appends a fact; nothing if it does not fit. */
static void
append(char *buf, size_t size, size_t *len, const struct log_fact *lf)
{
	char text[TEXT_SIZE], part[2 * TEXT_SIZE];
	int n;

	if (lf->lf_text != NULL) {
		quote(text, sizeof(text), lf->lf_text);
		n = snprintf(
		    part, sizeof(part), ",\"%s\":\"%s\"", lf->lf_name, text);
	} else if (lf->lf_time) {
		n = snprintf(part, sizeof(part),
		    ",\"%s\":%" PRIu64 ".%06" PRIu64, lf->lf_name,
		    lf->lf_number / CLOCK_S, lf->lf_number % CLOCK_S / 1000);
	} else {
		n = snprintf(part, sizeof(part), ",\"%s\":%" PRIu64,
		    lf->lf_name, lf->lf_number);
	}
	if (n <= 0 || (size_t)n >= sizeof(part) || (size_t)n >= size - *len)
		return;
	memcpy(buf + *len, part, (size_t)n);
	*len += (size_t)n;
}

size_t
log_json(char *line, size_t size, const struct timespec *ts,
    enum log_level level, const struct log_fact *lf, size_t n,
    const char *message)
{
	char when[32] = "";
	struct tm tm;
	size_t i, len, room;
	int k;

	if (gmtime_r(&ts->tv_sec, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	k = snprintf(line, size, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\"",
	    when, (int)(ts->tv_nsec / 1000000), levels[level]);
	len = k > 0 ? (size_t)k : 0;
	/* Facts come before the message, which keeps at least a few bytes. */
	room = size - sizeof(",\"message\":\"" TAIL);
	for (i = 0; i < n; i++)
		append(line, room, &len, &lf[i]);
	k = snprintf(line + len, size - len, ",\"message\":\"");
	len += k > 0 ? (size_t)k : 0;
	len += quote(line + len, size - len - sizeof(TAIL), message);
	k = snprintf(line + len, size - len, TAIL);
	return len + (k > 0 ? (size_t)k : 0);
}
