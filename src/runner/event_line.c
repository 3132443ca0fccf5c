/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ipc/order.h"
#include "runner/command.h"
#include "runner/event_line.h"
#include "runner/run_key.h"

/* Bytes of a name, at most; longer names are truncated. */
#define NAME_LEN 128

/* Buffer for a name in which each byte is escaped. */
#define NAME_SIZE (6 * NAME_LEN + 1)

/*
 * Writes a name as a column of text: blanks, control characters and backslashes
 * in octal, as in fstab(5).
 */
static void
escape(char buf[NAME_SIZE], const char *name)
{
	size_t i, len = 0;

	for (i = 0; i < NAME_LEN && name[i] != '\0'; i++) {
		if ((unsigned char)name[i] > ' ' && name[i] != '\\' &&
		    name[i] != 127)
			buf[len++] = name[i];
		else
			len += (size_t)snprintf(buf + len, NAME_SIZE - len,
			    "\\%03o", (unsigned int)name[i]);
	}
	buf[len] = '\0';
}

/* Writes a name for a JSON string. */
static void
quote(char buf[NAME_SIZE], const char *name)
{
	char piece[JSON_PIECE];
	size_t i = 0, len = 0, n;

	while ((n = json_char(name + i, piece)) != 0 && i + n <= NAME_LEN) {
		len +=
		    (size_t)snprintf(buf + len, NAME_SIZE - len, "%s", piece);
		i += n;
	}
	buf[len] = '\0';
}

/* Writes the first five columns.  Returns the length. */
static int
short_line(
    char *buf, const struct command_cause *cc, const struct order_start *os)
{
	return snprintf(buf, EVENT_LINE_SIZE,
	    "%" PRIu64 ".%06" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64,
	    os->os_time / CLOCK_S, os->os_time % CLOCK_S / 1000, cc->cc_event,
	    os->os_events, os->os_count, os->os_total);
}

static int
text_line(
    char *buf, const struct command_cause *cc, const struct order_start *os)
{
	char rule[NAME_SIZE], interface[NAME_SIZE], text[KEY_TEXT];
	const char *key = run_key_text(cc->cc_by, os, text);
	int n = short_line(buf, cc, os);

	escape(rule, cc->cc_rule);
	escape(interface, cc->cc_interface);
	return n +
	    snprintf(buf + n, EVENT_LINE_SIZE - (size_t)n, " %s %s %s", rule,
		interface, key == NULL ? "-" : key);
}

static int
json_line(
    char *buf, const struct command_cause *cc, const struct order_start *os)
{
	char rule[NAME_SIZE], interface[NAME_SIZE], bytes[24] = "null";
	char text[KEY_TEXT];
	const char *key = run_key_text(cc->cc_by, os, text);
	const char *quotes = key == NULL ? "" : "\"";

	quote(rule, cc->cc_rule);
	quote(interface, cc->cc_interface);
	if (cc->cc_bytes)
		snprintf(bytes, sizeof(bytes), "%" PRIu64, os->os_bytes);
	return snprintf(buf, EVENT_LINE_SIZE,
	    "{\"time\":%" PRIu64 ".%06" PRIu64 ",\"event\":\"%s\""
	    ",\"events\":%" PRIu64 ",\"count\":%" PRIu64 ",\"total\":%" PRIu64
	    ",\"bytes\":%s,\"rule\":\"%s\",\"interface\":\"%s\""
	    ",\"key\":%s%s%s}",
	    os->os_time / CLOCK_S, os->os_time % CLOCK_S / 1000, cc->cc_event,
	    os->os_events, os->os_count, os->os_total, bytes, rule, interface,
	    quotes, key == NULL ? "null" : key, quotes);
}

size_t
event_line(char buf[EVENT_LINE_SIZE], enum conf_print form,
    const struct command_cause *cc, const struct order_start *os)
{
	int n;

	switch (form) {
	case CONF_PRINT_TEXT:
		n = text_line(buf, cc, os);
		break;
	case CONF_PRINT_JSON:
		n = json_line(buf, cc, os);
		break;
	default:
		n = short_line(buf, cc, os);
	}
	buf[n++] = '\n';
	return (size_t)n;
}
