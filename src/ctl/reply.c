/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/reply.h"
#include "ipc/stats_proto.h"

/* Columns per line; further ones are ignored. */
#define COLUMNS_MAX 64

/* Removes the first line of the text.  Returns its number of columns. */
static size_t
split_line(char **text, char *columns[COLUMNS_MAX])
{
	char *line, *column;
	size_t n = 0;

	if ((line = strsep(text, "\n")) == NULL)
		return 0;
	while (n < COLUMNS_MAX && (column = strsep(&line, "\t")) != NULL)
		columns[n++] = column;
	return n;
}

static bool
parse_number(const char *s, uint64_t *v)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(s, &end, 10);
	*v = n;
	return isdigit((unsigned char)s[0]) && *end == '\0' && errno == 0;
}

/* Parses seconds; "-" is -1. */
static bool
parse_seconds(const char *s, double *v)
{
	char *end;

	*v = -1;
	if (strcmp(s, "-") == 0)
		return true;
	if (strspn(s, "0123456789.") != strlen(s) || strlen(s) > 32)
		return false;
	*v = strtod(s, &end);
	return end != s && *end == '\0';
}

/* Parses the columns of a table of keys, all of which are "-" without one. */
static bool
parse_keys(struct row *rw, char *const columns[COLUMNS_MAX],
    const size_t where[STATS_COLUMNS])
{
	const char *keys = columns[where[STATS_KEYS]];

	rw->rw_has_keys = strcmp(keys, "-") != 0;
	return !rw->rw_has_keys ||
	    (parse_number(keys, &rw->rw_keys) &&
		parse_number(
		    columns[where[STATS_UNTRACKED]], &rw->rw_untracked) &&
		parse_number(columns[where[STATS_KEYLESS]], &rw->rw_keyless));
}

static bool
parse_row(struct row *rw, char *const columns[COLUMNS_MAX],
    const size_t where[STATS_COLUMNS])
{
	const char *status = columns[where[STATS_STATUS]];
	const char *bytes = columns[where[STATS_BYTES]];

	memset(rw, 0, sizeof(*rw));
	rw->rw_rule = columns[where[STATS_RULE]];
	rw->rw_interface = columns[where[STATS_INTERFACE]];
	rw->rw_trigger = columns[where[STATS_TRIGGER]];
	rw->rw_event = columns[where[STATS_EVENT]];
	rw->rw_status = strcmp(status, "-") == 0 ? NULL : status;
	rw->rw_absent = strcmp(columns[where[STATS_STATE]], "absent") == 0;
	rw->rw_has_bytes = strcmp(bytes, "-") != 0;
	return parse_number(columns[where[STATS_PACKETS]], &rw->rw_packets) &&
	    parse_number(columns[where[STATS_EVENTS]], &rw->rw_events) &&
	    parse_number(columns[where[STATS_RUNS]], &rw->rw_runs) &&
	    parse_number(columns[where[STATS_FAILURES]], &rw->rw_failures) &&
	    parse_number(columns[where[STATS_WAKEUPS]], &rw->rw_wakeups) &&
	    parse_number(columns[where[STATS_WAITING]], &rw->rw_waiting) &&
	    parse_seconds(columns[where[STATS_RUNNING]], &rw->rw_running) &&
	    parse_seconds(columns[where[STATS_LAST]], &rw->rw_last) &&
	    (!rw->rw_has_bytes || parse_number(bytes, &rw->rw_bytes)) &&
	    parse_keys(rw, columns, where);
}

/*
 * Parses the first two lines, and stores where the columns are.  Returns the
 * number of columns of a row, or 0 if the text is no reply of a daemon.
 */
static size_t
parse_header(struct reply *re, char **text, size_t where[STATS_COLUMNS],
    char err[REPLY_ERROR])
{
	char *columns[COLUMNS_MAX];
	size_t i, k, n = split_line(text, columns);

	if (n < 2 || strcmp(columns[0], "bpfstatsd") != 0)
		return 0;
	if (strcmp(columns[1], "1") != 0) {
		snprintf(err, REPLY_ERROR,
		    "unknown version of the reply; update bpfstatsctl");
		return 0;
	}
	if (n < 5 || !parse_seconds(columns[3], &re->re_uptime) ||
	    !parse_number(columns[4], &re->re_wakeups))
		return 0;
	re->re_version = columns[2];
	n = split_line(text, columns);
	for (i = 0; i < STATS_COLUMNS; i++) {
		k = 0;
		while (k < n && strcmp(columns[k], stats_proto_columns[i]) != 0)
			k++;
		if (k == n)
			return 0;
		where[i] = k;
	}
	return n;
}

static size_t
count_lines(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

int
reply_parse(struct reply *re, char *text, char err[REPLY_ERROR])
{
	char *columns[COLUMNS_MAX], *rest = text;
	size_t n, wanted, where[STATS_COLUMNS];

	memset(re, 0, sizeof(*re));
	re->re_text = text;
	snprintf(err, REPLY_ERROR, "not a socket of bpfstatsd");
	re->re_rows = calloc(count_lines(text), sizeof(*re->re_rows));
	if (re->re_rows == NULL) {
		snprintf(err, REPLY_ERROR, "%s", strerror(ENOMEM));
	} else if ((wanted = parse_header(re, &rest, where, err)) != 0) {
		while ((n = split_line(&rest, columns)) == wanted &&
		    parse_row(&re->re_rows[re->re_n], columns, where))
			re->re_n++;
		if (n == 1 && strcmp(columns[0], "end") == 0)
			return 0;
		snprintf(err, REPLY_ERROR, "truncated reply");
	}
	reply_free(re);
	return -1;
}

void
reply_free(struct reply *re)
{
	free(re->re_rows);
	free(re->re_text);
	memset(re, 0, sizeof(*re));
}
