/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/print_table.h"
#include "ctl/reply.h"

/* Minimum width of a text column, in characters. */
#define NARROW 4

/* Bytes for the text of a cell. */
#define CELL 160

enum column {
	T_RULE,
	T_INTERFACE,
	T_TRIGGER,
	T_PACKETS,
	T_BYTES,
	T_RATE,
	T_EVENTS,
	T_WAITING,
	T_RUNS,
	T_FAILURES,
	T_STATUS,
	T_LAST,
	T_BAR,
	T_N
};

#define TEXTS (T_TRIGGER + 1)

static const char *const heads[T_N] = {
	[T_RULE] = "RULE",
	[T_INTERFACE] = "ON",
	[T_TRIGGER] = "TRIGGER",
	[T_PACKETS] = "PKTS",
	[T_BYTES] = "BYTES",
	[T_RATE] = "RATE/S",
	[T_EVENTS] = "EVENT",
	[T_WAITING] = "WAIT",
	[T_RUNS] = "RUNS",
	[T_FAILURES] = "FAIL",
	[T_STATUS] = "EXIT",
	[T_LAST] = "LAST",
	[T_BAR] = "LAST MIN",
};

/*
 * Abbreviates a trigger: "rate 500 packets / 10s" becomes "500/10s", "every
 * 64K bytes by source" becomes "every 64KB by source".
 */
static void
format_trigger(const struct row *rw, char *buf)
{
	char count[CELL], unit[CELL], time[CELL];
	const char *b, *by = strstr(rw->rw_trigger, " by ");

	if (by == NULL)
		by = "";

	if (sscanf(rw->rw_trigger, "rate %31s %31s / %31s", count, unit,
		time) == 3) {
		b = unit[0] == 'b' ? "B" : "";
		snprintf(buf, CELL, "%.31s%s/%.31s%s", count, b, time, by);
	} else if (sscanf(rw->rw_trigger, "every %31s %31s", count, unit) ==
	    2) {
		b = unit[0] == 'b' ? "B" : "";
		snprintf(buf, CELL, "every %.31s%s%s", count, b, by);
	} else {
		snprintf(buf, CELL, "%s", rw->rw_trigger);
	}
}

static void
format_rate(const struct row *rw, double v, char *buf)
{
	char text[SHORT_TEXT];

	if (rw->rw_absent)
		snprintf(buf, CELL, "absent");
	else if (rw->rw_has_bytes)
		snprintf(buf, CELL, "%sB", format_number(v, 1024, text));
	else
		snprintf(buf, CELL, "%s", format_number(v, 1000, text));
}

static void
format_bar(const unsigned char *steps, bool utf8, char *buf)
{
	static const char plain[] = " .:-=+*%#";
	size_t i, len = 0;

	for (i = 0; i < BAR_CELLS; i++) {
		/* U+2581 to U+2588: blocks of one to eight eighths. */
		if (utf8 && steps[i] != 0)
			len += (size_t)snprintf(buf + len, CELL - len,
			    "\xe2\x96%c", 0x80 + steps[i]);
		else
			buf[len++] = plain[steps[i]];
	}
	buf[len] = '\0';
}

static void
format_status(const char *text, char *buf)
{
	if (text == NULL)
		snprintf(buf, CELL, "-");
	else if (strncmp(text, "signal ", 7) == 0)
		snprintf(buf, CELL, "sig%s", text + 7);
	else
		snprintf(buf, CELL, "%s", text);
}

static double
average_rate(const struct reply *re, const struct row *rw)
{
	uint64_t n = rw->rw_has_bytes ? rw->rw_bytes : rw->rw_packets;

	return re->re_uptime > 0 ? (double)n / re->re_uptime : 0;
}

static void
format_cell(const struct table *ta, const struct reply *re, size_t i,
    enum column c, char buf[CELL])
{
	const struct row *rw = &re->re_rows[i];
	const struct rate *rt = ta->ta_rates == NULL ? NULL : &ta->ta_rates[i];
	char text[SHORT_TEXT];

	buf[0] = '\0';
	switch (c) {
	case T_RULE:
		snprintf(buf, CELL, "%s", rw->rw_rule);
		break;
	case T_INTERFACE:
		snprintf(buf, CELL, "%s", rw->rw_interface);
		break;
	case T_TRIGGER:
		format_trigger(rw, buf);
		break;
	case T_PACKETS:
		format_number((double)rw->rw_packets, 1000, text);
		snprintf(buf, CELL, "%s", text);
		break;
	case T_BYTES:
		snprintf(buf, CELL, "%s",
		    rw->rw_has_bytes ?
			format_number((double)rw->rw_bytes, 1024, text) :
			"-");
		break;
	case T_RATE:
		format_rate(
		    rw, rt == NULL ? average_rate(re, rw) : rt->rt_rate, buf);
		break;
	case T_EVENTS:
		snprintf(buf, CELL, "%s",
		    format_number((double)rw->rw_events, 1000, text));
		break;
	case T_WAITING:
		snprintf(buf, CELL, "%s",
		    format_number((double)rw->rw_waiting, 1000, text));
		break;
	case T_RUNS:
		snprintf(buf, CELL, "%s",
		    format_number((double)rw->rw_runs, 1000, text));
		break;
	case T_FAILURES:
		snprintf(buf, CELL, "%s",
		    format_number((double)rw->rw_failures, 1000, text));
		break;
	case T_STATUS:
		format_status(rw->rw_status, buf);
		break;
	case T_LAST:
		snprintf(buf, CELL, "%s", format_age(rw->rw_last, text));
		break;
	case T_BAR:
		if (rt != NULL)
			format_bar(rt->rt_bar, ta->ta_utf8, buf);
		break;
	case T_N:
		break;
	}
	if (c < TEXTS || c == T_STATUS)
		format_safe(buf);
}

/* Computes the width of each column, in characters; 0: hidden. */
static void
measure_columns(
    const struct table *ta, const struct reply *re, size_t widths[T_N])
{
	static const size_t numbers[T_N] = {
		[T_PACKETS] = 5,
		[T_BYTES] = 5,
		[T_RATE] = 6,
		[T_EVENTS] = 5,
		[T_WAITING] = 5,
		[T_RUNS] = 5,
		[T_FAILURES] = 5,
		[T_STATUS] = 5,
		[T_LAST] = 5,
	};
	char buf[CELL];
	bool bytes = false;
	size_t c, i, total = 0, widest;

	for (c = 0; c < T_N; c++)
		widths[c] = c < TEXTS ? strlen(heads[c]) : numbers[c];
	for (i = 0; i < re->re_n; i++) {
		bytes = bytes || re->re_rows[i].rw_has_bytes;
		for (c = 0; c < TEXTS; c++) {
			format_cell(ta, re, i, (enum column)c, buf);
			if (strlen(buf) > widths[c])
				widths[c] = strlen(buf);
		}
	}
	if (!bytes)
		widths[T_BYTES] = 0;
	if (ta->ta_rates != NULL) {
		widths[T_BAR] = BAR_CELLS;
		/* A narrow table has no room for both the bar and these. */
		if (ta->ta_width < 100)
			widths[T_PACKETS] = widths[T_BYTES] = 0;
	}
	for (c = 0; c < T_N; c++)
		total += widths[c] == 0 ? 0 : widths[c] + (c == 0 ? 0 : 1);
	for (; total > ta->ta_width; total--) {
		widest = T_RULE;
		for (c = 0; c < TEXTS; c++)
			if (widths[c] > widths[widest])
				widest = c;
		if (widths[widest] <= NARROW)
			break;
		widths[widest]--;
	}
}

/* Prints a cell; the last column gets no trailing blanks. */
static void
print_cell(enum column c, const char *text, size_t width, FILE *f)
{
	if (c == T_RULE && strlen(text) <= width)
		fprintf(f, "%-*s", (int)width, text);
	else if (c < TEXTS && strlen(text) > width)
		fprintf(
		    f, "%s%.*s~", c == T_RULE ? "" : " ", (int)width - 1, text);
	else if (c < TEXTS)
		fprintf(f, " %-*s", (int)width, text);
	else if (c == T_BAR)
		fprintf(f, " %s", text);
	else
		fprintf(f, " %*s", (int)width, text);
}

/* Returns the number of rows for which there are lines. */
static size_t
count_rows(const struct table *ta, const struct reply *re)
{
	size_t i, fit = 0, lines = 1;

	if (ta->ta_lines == 0)
		return re->re_n;
	for (i = 0; i < re->re_n; i++) {
		lines += re->re_rows[i].rw_has_keys ? 2 : 1;
		/* The last line tells how many rows are left. */
		if (lines < ta->ta_lines)
			fit = i + 1;
	}
	return lines <= ta->ta_lines ? re->re_n : fit;
}

/* Prints the line of a table of keys, below that of the trigger. */
static void
print_keys(const struct table *ta, const struct row *rw, FILE *f)
{
	char keys[SHORT_TEXT], untracked[SHORT_TEXT], keyless[SHORT_TEXT];

	format_number((double)rw->rw_keys, 1000, keys);
	format_number((double)rw->rw_untracked, 1000, untracked);
	format_number((double)rw->rw_keyless, 1000, keyless);
	fprintf(f, "  keys %s, untracked %s, keyless %s%s", keys, untracked,
	    keyless, ta->ta_eol);
}

void
print_table(const struct table *ta, const struct reply *re, FILE *f)
{
	size_t c, i, n = count_rows(ta, re), widths[T_N];
	char buf[CELL];

	measure_columns(ta, re, widths);
	for (c = 0; c < T_N; c++)
		if (widths[c] != 0)
			print_cell((enum column)c, heads[c], widths[c], f);
	fputs(ta->ta_eol, f);
	for (i = 0; i < n; i++) {
		for (c = 0; c < T_N; c++) {
			if (widths[c] == 0)
				continue;
			format_cell(ta, re, i, (enum column)c, buf);
			print_cell((enum column)c, buf, widths[c], f);
		}
		fputs(ta->ta_eol, f);
		if (re->re_rows[i].rw_has_keys)
			print_keys(ta, &re->re_rows[i], f);
	}
	if (n < re->re_n)
		fprintf(f, "... and %zu more%s", re->re_n - n, ta->ta_eol);
}
