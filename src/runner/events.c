/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "runner/event_line.h"
#include "runner/events.h"
#include "runner/run_key.h"
#include "runner/runner_internal.h"
#include "runner/shutdown.h"
#include "runner/stream.h"
#include "runner/watcher_link.h"

static bool
prints(const struct runner *r)
{
	return r->ru_conf->c_dry || r->ru_conf->c_print != CONF_PRINT_NONE;
}

void
events_open(const struct runner *r)
{
	if (prints(r))
		stream_open();
}

void
events_stamp(const struct runner *r, struct order_start *os)
{
	struct timespec ts;

	if (prints(r) && r->ru_conf->c_savefile == NULL &&
	    clock_gettime(CLOCK_REALTIME, &ts) == 0)
		os->os_time =
		    (uint64_t)ts.tv_sec * CLOCK_S + (uint64_t)ts.tv_nsec;
}

/* Ends a run without a command. */
static void
end_run(struct runner *r, struct job *jb)
{
	jb->jb_lasts = false;
	watcher_link_report(r, ORDER_ENDED, jb);
	if (r->ru_conf->c_single)
		shutdown_begin(r, 0, 0);
}

/* Prints the line of a job, for which there is room. */
static void
print(struct runner *r, struct job *jb)
{
	const struct command_cause cc = job_cause(jb);
	enum conf_print form = r->ru_conf->c_print;
	char line[EVENT_LINE_SIZE];

	if (form == CONF_PRINT_NONE && r->ru_conf->c_file != NULL)
		form = CONF_PRINT_TEXT;
	stream_add(line, event_line(line, form, &cc, &jb->jb_line));
	memset(&jb->jb_line, 0, sizeof(jb->jb_line));
	if (job_table_is_removed(&r->ru_jobs, jb))
		job_table_leave(&r->ru_jobs, jb);
	else if (jb->jb_lasts && jb->jb_trigger->ct_kind != CONDITION_WHILE)
		end_run(r, jb);
}

void
events_print(struct runner *r, struct job *jb, const struct order_start *os)
{
	struct order_start *line = &jb->jb_line;
	const struct order_start kept = *line;

	/* The events of a repeated run have been printed. */
	if (!prints(r) || os->os_repeats != 0)
		return;
	*line = *os;
	line->os_events += kept.os_events;
	line->os_count += kept.os_count;
	if (kept.os_events != 0)
		run_key_merge(line, &kept);
	if (stream_room(1))
		print(r, jb);
	else
		job_table_wait(&r->ru_jobs, jb);
}

void
events_run(struct runner *r, struct job *jb, const struct order_start *os)
{
	if (!r->ru_conf->c_dry) {
		jb->jb_lasts = true;
		jb->jb_first->jb_sums.js_runs++;
	}
	events_print(r, jb, os);
}

void
events_end(struct runner *r, struct job *jb)
{
	/* Other runs end with their lines, which are not taken back. */
	if (jb->jb_lasts && jb->jb_trigger->ct_kind == CONDITION_WHILE)
		end_run(r, jb);
}

bool
events_room(const struct runner *r)
{
	return !r->ru_conf->c_dry || stream_room(ORDER_BATCH);
}

/* Prints lines that jobs keep, while there is room.  Returns their number. */
static size_t
print_kept(struct runner *r)
{
	struct job_table *jt = &r->ru_jobs;
	size_t i, n = 0;

	for (i = 0; i < jt->jt_ntimed && stream_room(1); i++)
		if (jt->jt_timed[i]->jb_line.os_events != 0) {
			print(r, jt->jt_timed[i]);
			n++;
		}
	return n;
}

/* Returns true if lines are left. */
static bool
are_left(const struct runner *r)
{
	const struct job_table *jt = &r->ru_jobs;
	size_t i;

	for (i = 0; i < jt->jt_ntimed; i++)
		if (jt->jt_timed[i]->jb_line.os_events != 0)
			return true;
	return !stream_empty();
}

/* Drops all lines, and those to come.  Returns how many are lost now. */
static size_t
drop(struct runner *r)
{
	size_t n = stream_close();

	return n + print_kept(r);
}

static void
drop_late(struct runner *r)
{
	size_t n = drop(r);

	log_warnx("standard output: not read; lines lost: %zu", n);
}

void
events_flush(struct runner *r)
{
	do {
		if (stream_flush(r->ru_now) == 0)
			continue;
		if (errno == EPIPE)
			shutdown_begin(r, 0, GRACE);
		else
			shutdown_fatal(r, "standard output");
		(void)drop(r);
	} while (print_kept(r) != 0);
	if (r->ru_stopping && r->ru_now >= r->ru_drop && are_left(r))
		drop_late(r);
	r->ru_lines = are_left(r);
}

void
events_polled(struct runner *r, short revents)
{
	if (stream_polled(revents))
		return;
	shutdown_begin(r, 0, GRACE);
	(void)drop(r);
}
