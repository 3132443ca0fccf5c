/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/when.h"
#include "ipc/order.h"
#include "runner/exit_status.h"
#include "runner/job.h"
#include "runner/run_log.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

void
run_log_ready(const struct job *jb, const char *how)
{
	char when[WHEN_TEXT];

	const struct log_fact facts[] = {
		{ "rule", job_name(jb), 0, false },
		{ "interface", jb->jb_rule->cr_interface, 0, false },
	};

	log_facts(LEVEL_DEBUG, facts, LEN(facts), "%s: counting, %s, %s",
	    job_name(jb), when_text(jb->jb_trigger, when, sizeof(when)), how);
}

/* Sums of a rule's triggers. */
struct sums {
	uint64_t su_events;
	uint64_t su_runs;
	uint64_t su_failures;
	uint64_t su_waiting;
	uint64_t su_keys;
	uint64_t su_untracked;
	uint64_t su_keyless;
	const struct job *su_last;    /* first job with an ended run; NULL */
	const struct job *su_running; /* job with the longest run; NULL */
	bool su_bytes;		      /* the source counts bytes */
	bool su_by;		      /* there is a table of keys */
};

static void
sum_up(struct sums *su, const struct job *jb, const struct job *end)
{
	const struct conf_rule *rule = jb->jb_rule;
	const struct order_stats *ot;

	memset(su, 0, sizeof(*su));
	for (; jb < end && jb->jb_rule == rule; jb++) {
		/* Of a trigger, the first job has all. */
		ot = &jb->jb_sums.js_stats;
		su->su_runs += jb->jb_sums.js_runs;
		su->su_failures += jb->jb_sums.js_failures;
		su->su_events += ot->ot_events;
		su->su_waiting += ot->ot_waiting;
		su->su_keys += ot->ot_keys;
		su->su_untracked += ot->ot_untracked;
		su->su_keyless += ot->ot_keyless;
		su->su_bytes |= jb->jb_trigger->ct_bytes;
		su->su_by |= jb->jb_trigger->ct_by.ks_n != 0;
		if (su->su_last == NULL && jb->jb_sums.js_ended)
			su->su_last = jb;
		if (jb->jb_process.pc_state != PROCESS_NONE &&
		    (su->su_running == NULL ||
			jb->jb_process.pc_started <
			    su->su_running->jb_process.pc_started))
			su->su_running = jb;
	}
}

/* Logs the line; the last facts only if they have a value. */
static void
log_stats(
    const struct job *jb, const struct sums *su, uint64_t now, const char *text)
{
	const struct order_stats *ot = &jb->jb_sums.js_stats;
	char status[EXIT_STATUS_TEXT];
	struct log_fact facts[14] = {
		{ "rule", job_name(jb), 0, false },
		{ "interface", jb->jb_rule->cr_interface, 0, false },
		{ "packets", NULL, ot->ot_packets, false },
		{ "events", NULL, su->su_events, false },
		{ "runs", NULL, su->su_runs, false },
		{ "failures", NULL, su->su_failures, false },
		{ "wakeups", NULL, ot->ot_wakeups, false },
		{ "waiting", NULL, su->su_waiting, false },
	};
	size_t n = 8;

	if (su->su_bytes)
		facts[n++] =
		    (struct log_fact){ "bytes", NULL, ot->ot_bytes, false };
	if (su->su_by) {
		facts[n++] =
		    (struct log_fact){ "keys", NULL, su->su_keys, false };
		facts[n++] = (struct log_fact){ "untracked", NULL,
			su->su_untracked, false };
		facts[n++] =
		    (struct log_fact){ "keyless", NULL, su->su_keyless, false };
	}
	if (su->su_last != NULL)
		facts[n++] = exit_status_fact(
		    su->su_last->jb_sums.js_last, status, sizeof(status));
	if (su->su_running != NULL)
		facts[n++] = (struct log_fact){ "duration", NULL,
			now - su->su_running->jb_process.pc_started, true };
	log_facts(LEVEL_INFO, facts, n, "%s: %s", job_name(jb), text);
}

void
run_log_stats(const struct job *jb, const struct job *end, uint64_t now)
{
	const struct order_stats *ot = &jb->jb_sums.js_stats;
	char last[EXIT_STATUS_TEXT] = "none", running[48] = "";
	char bytes[32] = "", keys[96] = "", text[512];
	struct sums su;

	sum_up(&su, jb, end);
	if (su.su_last != NULL)
		exit_status_text(
		    su.su_last->jb_sums.js_last, last, sizeof(last));
	if (su.su_running != NULL)
		snprintf(running, sizeof(running),
		    ", running for %" PRIu64 " s",
		    (now - su.su_running->jb_process.pc_started) / CLOCK_S);
	if (su.su_bytes)
		snprintf(
		    bytes, sizeof(bytes), ", bytes %" PRIu64, ot->ot_bytes);
	if (su.su_by)
		snprintf(keys, sizeof(keys),
		    ", keys %" PRIu64 ", untracked %" PRIu64
		    ", keyless %" PRIu64,
		    su.su_keys, su.su_untracked, su.su_keyless);
	snprintf(text, sizeof(text),
	    "packets %" PRIu64 "%s%s, events %" PRIu64 ", runs %" PRIu64
	    ", failures %" PRIu64 ", waiting %" PRIu64
	    ", last exit %s, wake-ups %" PRIu64 "%s",
	    ot->ot_packets, bytes, keys, su.su_events, su.su_runs,
	    su.su_failures, su.su_waiting, last, ot->ot_wakeups, running);
	log_stats(jb, &su, now, text);
}

void
run_log_fatal(const char *name, const struct order_fatal *of)
{
	static const char *const places[PLACE_COUNT] = {
		[PLACE_POLL] = "poll",
		[PLACE_SOURCE] = "cannot read the count",
		[PLACE_ORDER] = "message",
		[PLACE_CLOCK] = "clock",
		[PLACE_LOOK] = "cannot look up the interface",
		[PLACE_OPENER] = "the opener ended; exiting",
		[PLACE_GONE] = ("the interface is gone; only a bpfstatsd "
				"started by root waits; exiting"),
		[PLACE_READ] = "cannot read the file",
		[PLACE_EMPTY] = "empty, not a capture file",
		[PLACE_FORMAT] = "not a capture file that libpcap can read",
		[PLACE_CUT] = "truncated: the file ends within a packet",
		[PLACE_DAMAGED] = "damaged, or of several link types",
		[PLACE_FILTER] = "libpcap rejects the filter",
	};

	if (of->of_place < PLACE_COUNT && of->of_error == 0)
		log_warnx("%s: %s", name, places[of->of_place]);
	else if (of->of_place < PLACE_COUNT)
		log_warnx("%s: watcher: %s: %s", name, places[of->of_place],
		    strerror(of->of_error));
}
