/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/when.h"
#include "engine/key_text.h"
#include "ipc/order.h"
#include "ipc/stats_proto.h"
#include "runner/job.h"
#include "runner/stats_text.h"

/* Buffer for a name; longer names are truncated. */
#define NAME_SIZE 128
/* Buffer for a number or a time. */
#define NUMBER_SIZE 32

/* Replaces control characters, so that a name stays in its column. */
static const char *
replace_controls(const char *name, char *buf)
{
	size_t i;

	for (i = 0; i < NAME_SIZE - 1 && name[i] != '\0'; i++)
		buf[i] = (unsigned char)name[i] < ' ' || name[i] == 127 ?
		    '?' :
		    name[i];
	buf[i] = '\0';
	return buf;
}

static const char *
format_number(bool there, uint64_t v, char *buf)
{
	snprintf(buf, NUMBER_SIZE, "-");
	if (there)
		snprintf(buf, NUMBER_SIZE, "%" PRIu64, v);
	return buf;
}

static const char *
format_seconds(bool there, uint64_t ns, char *buf)
{
	snprintf(buf, NUMBER_SIZE, "-");
	if (there)
		snprintf(buf, NUMBER_SIZE, "%" PRIu64 ".%03" PRIu64,
		    ns / CLOCK_S, ns % CLOCK_S / CLOCK_MS);
	return buf;
}

/* Formats how the last run ended; "-": none has ended. */
static const char *
format_status(const struct job_sums *js, char *buf)
{
	int status = js->js_last;

	if (!js->js_ended)
		snprintf(buf, NUMBER_SIZE, "-");
	else if (WIFSIGNALED(status))
		snprintf(buf, NUMBER_SIZE, "signal %d", WTERMSIG(status));
	else
		snprintf(buf, NUMBER_SIZE, "%d", WEXITSTATUS(status));
	return buf;
}

size_t
stats_text_head(char *buf, uint64_t uptime, uint64_t wakeups,
    const char *const *columns, size_t columns_n)
{
	char time[NUMBER_SIZE];
	size_t i;
	int n;

	n = snprintf(buf, STATS_TEXT_PART,
	    "bpfstatsd\t1\t%s\t%s\t%" PRIu64 "\n", VERSION,
	    format_seconds(true, uptime, time), wakeups);
	for (i = 0; i < columns_n; i++)
		n += snprintf(buf + n, STATS_TEXT_PART - (size_t)n, "%s%c",
		    columns[i], i == columns_n - 1 ? '\n' : '\t');
	return (size_t)n;
}

/* Writes the columns of a table of keys, which are the last. */
static size_t
add_keys(char *buf, const struct conf_trigger *ct, const struct order_stats *ot)
{
	const uint64_t values[] = { ot->ot_keys, ot->ot_untracked,
		ot->ot_keyless };
	char number[NUMBER_SIZE];
	size_t i;
	int n = 0;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		n += snprintf(buf + n, NUMBER_SIZE, "\t%s",
		    format_number(ct->ct_by.ks_n != 0, values[i], number));
	buf[n++] = '\n';
	buf[n] = '\0';
	return (size_t)n;
}

size_t
stats_text_row(char *buf, const struct job *jb, uint64_t now)
{
	const struct job_sums *js = &jb->jb_sums;
	const struct order_stats *ot = &js->js_stats;
	const struct conf_trigger *ct = jb->jb_trigger;
	char name[NAME_SIZE], interface[NAME_SIZE], when[WHEN_TEXT];
	char bytes[NUMBER_SIZE], status[NUMBER_SIZE], running[NUMBER_SIZE];
	char last[NUMBER_SIZE];
	const struct job *longest = job_longest(jb);
	int n;

	n = snprintf(buf, STATS_TEXT_PART,
	    "%s\t%s\t%s\t%s\t%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64
	    "\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64,
	    replace_controls(job_name(jb), name),
	    replace_controls(jb->jb_rule->cr_interface, interface),
	    when_text(ct, when, sizeof(when)), when_event(ct->ct_kind),
	    ot->ot_packets, format_number(ct->ct_bytes, ot->ot_bytes, bytes),
	    ot->ot_events, js->js_runs, js->js_failures,
	    format_status(js, status),
	    format_seconds(longest != NULL,
		longest == NULL ? 0 : now - longest->jb_process.pc_started,
		running),
	    format_seconds(ot->ot_events != 0 && now >= ot->ot_last,
		now - ot->ot_last, last),
	    ot->ot_absent != 0 ? "absent" : "present", ot->ot_woken,
	    ot->ot_waiting);
	return (size_t)n + add_keys(buf + n, ct, ot);
}

/* Writes the columns that name a trigger. */
static int
name_trigger(char *buf, const struct job *jb)
{
	char name[NAME_SIZE], interface[NAME_SIZE], when[WHEN_TEXT];

	return snprintf(buf, STATS_TEXT_PART, "%s\t%s\t%s",
	    replace_controls(job_name(jb), name),
	    replace_controls(jb->jb_rule->cr_interface, interface),
	    when_text(jb->jb_trigger, when, sizeof(when)));
}

size_t
stats_text_keys(char *buf, const struct job *jb)
{
	int n = name_trigger(buf, jb);

	n +=
	    snprintf(buf + n, STATS_TEXT_PART - (size_t)n, "\t-\t-\t-\t-\t-\n");
	return (size_t)n;
}

size_t
stats_text_key(
    char *buf, const struct job *jb, const struct order_key *ok, uint64_t now)
{
	const struct conf_trigger *ct = jb->jb_trigger;
	char bytes[NUMBER_SIZE], last[NUMBER_SIZE], text[KEY_TEXT];
	struct key key;
	int n = name_trigger(buf, jb);

	memcpy(key.k_bytes, ok->ok_key, sizeof(key.k_bytes));
	key_text(&ct->ct_by, &key, text, sizeof(text));
	n += snprintf(buf + n, STATS_TEXT_PART - (size_t)n,
	    "\t%s\t%" PRIu64 "\t%s\t%" PRIu64 "\t%s\n", text, ok->ok_packets,
	    format_number(ct->ct_bytes, ok->ok_bytes, bytes), ok->ok_events,
	    format_seconds(now >= ok->ok_last, now - ok->ok_last, last));
	return (size_t)n;
}
