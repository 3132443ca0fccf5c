/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/lines.h"
#include "ctl/reply.h"

size_t
lines_split(char **text, char *columns[LINES_COLUMNS])
{
	char *line, *column;
	size_t n = 0;

	if ((line = strsep(text, "\n")) == NULL)
		return 0;
	while (n < LINES_COLUMNS && (column = strsep(&line, "\t")) != NULL)
		columns[n++] = column;
	return n;
}

size_t
lines_count(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

bool
lines_number(const char *s, uint64_t *v)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(s, &end, 10);
	*v = n;
	return isdigit((unsigned char)s[0]) && *end == '\0' && errno == 0;
}

bool
lines_seconds(const char *s, double *v)
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

/* Finds the columns with these names.  Returns false if one is missing. */
static bool
find_columns(char *const columns[LINES_COLUMNS], size_t n,
    const char *const *names, size_t wanted, size_t *where)
{
	size_t i, k;

	for (i = 0; i < wanted; i++) {
		k = 0;
		while (k < n && strcmp(columns[k], names[i]) != 0)
			k++;
		if (k == n)
			return false;
		where[i] = k;
	}
	return true;
}

size_t
lines_header(struct lines_head *lh, char **text, const char *const *names,
    size_t wanted, size_t *where, char err[REPLY_ERROR])
{
	char *columns[LINES_COLUMNS];
	size_t n = lines_split(text, columns);

	if (n < 2 || strcmp(columns[0], "bpfstatsd") != 0)
		return 0;
	if (strcmp(columns[1], "1") != 0) {
		snprintf(err, REPLY_ERROR,
		    "unknown version of the reply; update bpfstatsctl");
		return 0;
	}
	if (n < 5 || !lines_seconds(columns[3], &lh->lh_uptime) ||
	    !lines_number(columns[4], &lh->lh_wakeups))
		return 0;
	lh->lh_version = columns[2];
	n = lines_split(text, columns);
	return find_columns(columns, n, names, wanted, where) ? n : 0;
}
