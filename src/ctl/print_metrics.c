/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/print.h"
#include "ctl/reply.h"

/* A metric family: its metadata, and how to get the sample of a row. */
struct family {
	const char *fa_name;
	const char *fa_type;
	const char *fa_unit; /* NULL: none */
	const char *fa_help;
	/* Stores the value; false: the row has no sample.  NULL: all have. */
	bool (*fa_get)(const struct row *, double *v);
	/* Exact value, printed in place of *v; NULL: print *v. */
	uint64_t (*fa_count)(const struct row *);
};

static uint64_t
packets(const struct row *rw)
{
	return rw->rw_packets;
}

static uint64_t
events(const struct row *rw)
{
	return rw->rw_events;
}

static uint64_t
runs(const struct row *rw)
{
	return rw->rw_runs;
}

static uint64_t
failures(const struct row *rw)
{
	return rw->rw_failures;
}

static uint64_t
wakeups(const struct row *rw)
{
	return rw->rw_wakeups;
}

static uint64_t
waiting(const struct row *rw)
{
	return rw->rw_waiting;
}

static uint64_t
bytes(const struct row *rw)
{
	return rw->rw_bytes;
}

static uint64_t
keys(const struct row *rw)
{
	return rw->rw_keys;
}

static uint64_t
untracked(const struct row *rw)
{
	return rw->rw_untracked;
}

static uint64_t
keyless(const struct row *rw)
{
	return rw->rw_keyless;
}

static bool
has_keys(const struct row *rw, double *v)
{
	*v = 0;
	return rw->rw_has_keys;
}

static bool
has_bytes(const struct row *rw, double *v)
{
	*v = 0;
	return rw->rw_has_bytes;
}

static bool
present(const struct row *rw, double *v)
{
	*v = rw->rw_absent ? 0 : 1;
	return true;
}

static bool
running(const struct row *rw, double *v)
{
	*v = rw->rw_running < 0 ? 0 : rw->rw_running;
	return true;
}

static bool
last(const struct row *rw, double *v)
{
	*v = rw->rw_last;
	return rw->rw_last >= 0;
}

/* Stores the exit status as a shell shows it. */
static bool
status(const struct row *rw, double *v)
{
	const char *s = rw->rw_status;

	if (s == NULL)
		return false;
	if (strncmp(s, "signal ", 7) == 0)
		*v = 128 + (double)strtol(s + 7, NULL, 10);
	else
		*v = (double)strtol(s, NULL, 10);
	return true;
}

static const struct family families[] = {
	{ "bpfstatsd_packets_total", "counter", NULL, "Packets of the rule.",
	    NULL, packets },
	{ "bpfstatsd_bytes_total", "counter", "bytes",
	    "Bytes of the rule on the wire.", has_bytes, bytes },
	{ "bpfstatsd_events_total", "counter", NULL, "Events of the trigger.",
	    NULL, events },
	{ "bpfstatsd_runs_total", "counter", NULL,
	    "Runs of the trigger's command.", NULL, runs },
	{ "bpfstatsd_failures_total", "counter", NULL,
	    "Failed runs and starts.", NULL, failures },
	{ "bpfstatsd_last_status", "gauge", NULL,
	    "Exit status of the last run, or 128 and the signal.", status,
	    NULL },
	{ "bpfstatsd_running_seconds", "gauge", "seconds",
	    "Time since the start of the current run; 0: no run.", running,
	    NULL },
	{ "bpfstatsd_last_event_age_seconds", "gauge", "seconds",
	    "Time since the last event.", last, NULL },
	{ "bpfstatsd_interface_present", "gauge", NULL,
	    "Whether the interface is there.", present, NULL },
	{ "bpfstatsd_rule_wakeups_total", "counter", NULL,
	    "Wake-ups by packets, deadlines and runs of the rule.", NULL,
	    wakeups },
	{ "bpfstatsd_waiting_events", "gauge", NULL,
	    "Events without a run yet.", NULL, waiting },
	{ "bpfstatsd_keys", "gauge", NULL, "Keys in the trigger's table.",
	    has_keys, keys },
	{ "bpfstatsd_untracked_packets_total", "counter", NULL,
	    "Packets for whose key the table had no place.", has_keys,
	    untracked },
	{ "bpfstatsd_keyless_packets_total", "counter", NULL,
	    "Packets without the key.", has_keys, keyless },
};

static void
print_header(const struct family *fa, FILE *f)
{
	fprintf(f, "# HELP %s %s\n", fa->fa_name, fa->fa_help);
	fprintf(f, "# TYPE %s %s\n", fa->fa_name, fa->fa_type);
	if (fa->fa_unit != NULL)
		fprintf(f, "# UNIT %s %s\n", fa->fa_name, fa->fa_unit);
}

/*
 * Prints a label without its final quote.  OpenMetrics quotes as JSON does, but
 * has no \u escape: control characters and invalid UTF-8 become U+FFFD.
 */
static void
print_label(const char *name, const char *value, FILE *f)
{
	char piece[JSON_PIECE];
	size_t n;

	fprintf(f, "%s=\"", name);
	while ((n = json_char(value, piece)) != 0) {
		fputs(
		    strncmp(piece, "\\u", 2) == 0 ? "\xef\xbf\xbd" : piece, f);
		value += n;
	}
}

/* Counts the earlier rows with the same labels as row i. */
static size_t
count_equal(const struct reply *re, size_t i)
{
	const struct row *rw = &re->re_rows[i];
	size_t k, n = 0;

	for (k = i; k-- > 0;) {
		if (strcmp(re->re_rows[k].rw_rule, rw->rw_rule) != 0 ||
		    strcmp(re->re_rows[k].rw_interface, rw->rw_interface) != 0)
			break;
		if (strcmp(re->re_rows[k].rw_trigger, rw->rw_trigger) == 0)
			n++;
	}
	return n;
}

static void
print_sample(const struct family *fa, const struct reply *re, size_t i,
    double v, FILE *f)
{
	const struct row *rw = &re->re_rows[i];
	size_t n = count_equal(re, i);

	fprintf(f, "%s{", fa->fa_name);
	print_label("rule", rw->rw_rule, f);
	print_label("\",interface", rw->rw_interface, f);
	print_label("\",trigger", rw->rw_trigger, f);
	if (n != 0)
		fprintf(f, " (%zu)", n + 1);
	if (fa->fa_count != NULL)
		fprintf(f, "\"} %" PRIu64 "\n", fa->fa_count(rw));
	else
		fprintf(f, "\"} %.15g\n", v);
}

static void
print_family(const struct family *fa, const struct reply *re, FILE *f)
{
	bool printed = false;
	double v = 0;
	size_t i;

	for (i = 0; i < re->re_n; i++) {
		if (fa->fa_get != NULL && !fa->fa_get(&re->re_rows[i], &v))
			continue;
		if (!printed)
			print_header(fa, f);
		printed = true;
		print_sample(fa, re, i, v, f);
	}
}

void
print_metrics(const struct reply *re, FILE *f)
{
	static const struct family of_all[] = {
		{ "bpfstatsd_info", "gauge", NULL, "The daemon.", NULL, NULL },
		{ "bpfstatsd_uptime_seconds", "gauge", "seconds",
		    "How long the daemon has been running.", NULL, NULL },
		{ "bpfstatsd_wakeups_total", "counter", NULL,
		    "How often the daemon looked at the counts.", NULL, NULL },
	};
	size_t i;

	print_header(&of_all[0], f);
	fputs("bpfstatsd_info{", f);
	print_label("version", re->re_version, f);
	fputs("\"} 1\n", f);
	print_header(&of_all[1], f);
	fprintf(f, "bpfstatsd_uptime_seconds %.3f\n", re->re_uptime);
	print_header(&of_all[2], f);
	fprintf(f, "bpfstatsd_wakeups_total %" PRIu64 "\n", re->re_wakeups);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		print_family(&families[i], re, f);
	fputs("# EOF\n", f);
}
