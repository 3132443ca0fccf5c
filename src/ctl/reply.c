/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/lines.h"
#include "ctl/reply.h"
#include "ipc/stats_proto.h"

/* Parses the columns of a table of keys, all of which are "-" without one. */
static bool
parse_keys(struct row *rw, char *const columns[LINES_COLUMNS],
    const size_t where[STATS_COLUMNS])
{
	const char *keys = columns[where[STATS_KEY_COUNT]];

	rw->rw_has_keys = strcmp(keys, "-") != 0;
	return !rw->rw_has_keys ||
	    (lines_number(keys, &rw->rw_keys) &&
		lines_number(
		    columns[where[STATS_UNTRACKED]], &rw->rw_untracked) &&
		lines_number(columns[where[STATS_KEYLESS]], &rw->rw_keyless));
}

static bool
parse_row(struct row *rw, char *const columns[LINES_COLUMNS],
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
	return lines_number(columns[where[STATS_PACKETS]], &rw->rw_packets) &&
	    lines_number(columns[where[STATS_EVENTS]], &rw->rw_events) &&
	    lines_number(columns[where[STATS_RUNS]], &rw->rw_runs) &&
	    lines_number(columns[where[STATS_FAILURES]], &rw->rw_failures) &&
	    lines_number(columns[where[STATS_WAKEUPS]], &rw->rw_wakeups) &&
	    lines_number(columns[where[STATS_WAITING]], &rw->rw_waiting) &&
	    lines_seconds(columns[where[STATS_RUNNING]], &rw->rw_running) &&
	    lines_seconds(columns[where[STATS_LAST]], &rw->rw_last) &&
	    (!rw->rw_has_bytes || lines_number(bytes, &rw->rw_bytes)) &&
	    parse_keys(rw, columns, where);
}

int
reply_parse(struct reply *re, char *text, char err[REPLY_ERROR])
{
	char *columns[LINES_COLUMNS], *rest = text;
	size_t n, wanted, where[STATS_COLUMNS];
	struct lines_head lh;

	memset(re, 0, sizeof(*re));
	re->re_text = text;
	snprintf(err, REPLY_ERROR, "not a socket of bpfstatsd");
	re->re_rows = calloc(lines_count(text), sizeof(*re->re_rows));
	if (re->re_rows == NULL) {
		snprintf(err, REPLY_ERROR, "%s", strerror(ENOMEM));
	} else if ((wanted = lines_header(&lh, &rest, stats_proto_columns,
			STATS_COLUMNS, where, err)) != 0) {
		re->re_version = lh.lh_version;
		re->re_uptime = lh.lh_uptime;
		re->re_wakeups = lh.lh_wakeups;
		while ((n = lines_split(&rest, columns)) == wanted &&
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
