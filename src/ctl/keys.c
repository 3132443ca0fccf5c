/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/keys.h"
#include "ctl/lines.h"
#include "ipc/stats_proto.h"

static bool
parse_row(struct keys_row *kr, char *const columns[LINES_COLUMNS],
    const size_t where[STATS_KEYS_COLUMNS])
{
	const char *bytes = columns[where[STATS_KEYS_BYTES]];

	memset(kr, 0, sizeof(*kr));
	kr->kr_interface = columns[where[STATS_KEYS_INTERFACE]];
	kr->kr_trigger = columns[where[STATS_KEYS_TRIGGER]];
	kr->kr_rate = -1;
	if (strcmp(columns[where[STATS_KEYS_KEY]], "-") == 0)
		return true;
	kr->kr_key = columns[where[STATS_KEYS_KEY]];
	kr->kr_has_bytes = strcmp(bytes, "-") != 0;
	return lines_number(
		   columns[where[STATS_KEYS_PACKETS]], &kr->kr_packets) &&
	    lines_number(columns[where[STATS_KEYS_EVENTS]], &kr->kr_events) &&
	    lines_seconds(columns[where[STATS_KEYS_LAST]], &kr->kr_last) &&
	    (!kr->kr_has_bytes || lines_number(bytes, &kr->kr_bytes));
}

/* Sorts keys by their packets, and equal ones by name. */
static int
compare_packets(const void *a, const void *b)
{
	const struct keys_row *x = a, *y = b;

	if (x->kr_packets != y->kr_packets)
		return x->kr_packets < y->kr_packets ? 1 : -1;
	return strcmp(x->kr_key, y->kr_key);
}

/* Sorts the keys of each table. */
static void
sort_tables(struct keys *ks)
{
	size_t i, first = 0;

	for (i = 0; i <= ks->ks_n; i++) {
		if (i < ks->ks_n && ks->ks_rows[i].kr_key != NULL)
			continue;
		qsort(ks->ks_rows + first, i - first, sizeof(*ks->ks_rows),
		    compare_packets);
		first = i + 1;
	}
}

/* Parses the rows.  Returns false if the text is truncated. */
static bool
parse_rows(struct keys *ks, char *text, size_t wanted,
    const size_t where[STATS_KEYS_COLUMNS], const char *rule)
{
	char *columns[LINES_COLUMNS];
	struct keys_row row;
	size_t n;

	while ((n = lines_split(&text, columns)) == wanted &&
	    parse_row(&row, columns, where)) {
		if (strcmp(columns[where[STATS_KEYS_RULE]], rule) != 0)
			continue;
		/* A table is before its keys. */
		if (ks->ks_n == 0 && row.kr_key != NULL)
			return false;
		ks->ks_rows[ks->ks_n++] = row;
	}
	return n == 1 && strcmp(columns[0], "end") == 0;
}

int
keys_parse(struct keys *ks, char *text, const char *rule, char err[REPLY_ERROR])
{
	size_t wanted, where[STATS_KEYS_COLUMNS];
	char *rest = text;

	memset(ks, 0, sizeof(*ks));
	ks->ks_text = text;
	snprintf(err, REPLY_ERROR, "not a socket of bpfstatsd");
	ks->ks_rows = calloc(lines_count(text), sizeof(*ks->ks_rows));
	if (ks->ks_rows == NULL) {
		snprintf(err, REPLY_ERROR, "%s", strerror(ENOMEM));
	} else if ((wanted = lines_header(&ks->ks_head, &rest, stats_proto_keys,
			STATS_KEYS_COLUMNS, where, err)) != 0) {
		if (!parse_rows(ks, rest, wanted, where, rule))
			snprintf(err, REPLY_ERROR, "truncated reply");
		else if (ks->ks_n == 0)
			snprintf(err, REPLY_ERROR,
			    "rule \"%.64s\": does not exist, or has no \"by\"",
			    rule);
		else {
			sort_tables(ks);
			return 0;
		}
	}
	keys_free(ks);
	return -1;
}

/* Sorts rows by all that names a key. */
static int
compare_names(const void *a, const void *b)
{
	const struct keys_row *x = *(const struct keys_row *const *)a;
	const struct keys_row *y = *(const struct keys_row *const *)b;
	int result = strcmp(x->kr_interface, y->kr_interface);

	if (result == 0)
		result = strcmp(x->kr_trigger, y->kr_trigger);
	if (result != 0 || x->kr_key == NULL || y->kr_key == NULL)
		return result != 0 ? result :
				     (x->kr_key != NULL) - (y->kr_key != NULL);
	return strcmp(x->kr_key, y->kr_key);
}

int
keys_rates(struct keys *ks, const struct keys *before, double seconds)
{
	const struct keys_row **sorted, *row, **found;
	struct keys_row *kr;
	size_t i;

	sorted = (const struct keys_row **)calloc(
	    before->ks_n + 1, sizeof(const struct keys_row *));
	if (sorted == NULL)
		return -1;
	for (i = 0; i < before->ks_n; i++)
		sorted[i] = &before->ks_rows[i];
	qsort((void *)sorted, before->ks_n, sizeof(const struct keys_row *),
	    compare_names);
	for (kr = ks->ks_rows; kr < ks->ks_rows + ks->ks_n; kr++) {
		row = kr;
		found = (const struct keys_row **)bsearch((const void *)&row,
		    (const void *)sorted, before->ks_n,
		    sizeof(const struct keys_row *), compare_names);
		if (kr->kr_key == NULL || found == NULL)
			continue;
		/* A count that is lower has begun at 0 again. */
		kr->kr_rate = (double)kr->kr_packets / seconds;
		if (kr->kr_packets >= (*found)->kr_packets)
			kr->kr_rate -= (double)(*found)->kr_packets / seconds;
	}
	free((void *)sorted);
	return 0;
}

void
keys_free(struct keys *ks)
{
	free(ks->ks_rows);
	free(ks->ks_text);
	memset(ks, 0, sizeof(*ks));
}
