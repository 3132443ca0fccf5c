/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: the lines and columns of replies, see ipc/stats_proto.h. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/reply.h"

/* Columns per line; further ones are ignored. */
#define LINES_COLUMNS 64

/* The first line; lh_version is a part of the text. */
struct lines_head {
	const char *lh_version;
	double lh_uptime; /* s */
	uint64_t lh_wakeups;
};

/* Removes the first line of the text.  Returns its number of columns. */
size_t lines_split(char **text, char *columns[LINES_COLUMNS]);

/* Returns the number of lines, or one more. */
size_t lines_count(const char *text);

/* Parse a number; and seconds, of which "-" is -1.  Return false if wrong. */
bool lines_number(const char *, uint64_t *);
bool lines_seconds(const char *, double *);

/*
 * Parses the first two lines, and stores where the columns with the names are.
 * Returns the number of columns of a row; or 0 if the text is no such reply,
 * with a message in err if the version is unknown.
 */
size_t lines_header(struct lines_head *, char **text, const char *const *names,
    size_t wanted, size_t *where, char err[REPLY_ERROR]);

#endif
