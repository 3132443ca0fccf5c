/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/executable.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_check.h"
#include "conf/when.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "runner/exit_status.h"
#include "runner/job.h"
#include "runner/run_log.h"

const char *
job_name(const struct job *jb)
{
	return conf_rule_name(jb->jb_rule);
}

void
job_init(struct job *jb, struct conf_rules *rules, const struct conf_rule *rule,
    const struct conf_trigger *trigger)
{
	memset(jb, 0, sizeof(*jb));
	jb->jb_rules = rules;
	jb->jb_rule = rule;
	jb->jb_trigger = trigger;
	conf_hold(rules);
}

const char *
job_find(const struct job *jb, name_set *found, char *why, size_t len)
{
	return conf_check_find(found, jb->jb_rules, jb->jb_rule,
	    jb->jb_trigger->ct_argv, why, len);
}

bool
job_is_new(const struct job *jb)
{
	return !jb->jb_stays && jb->jb_trigger->ct_argv != NULL;
}

struct command_cause
job_cause(const struct job *jb)
{
	const struct command_cause cc = {
		when_event(jb->jb_trigger->ct_kind),
		job_name(jb),
		jb->jb_rule->cr_interface,
		conf_rule_bytes(jb->jb_rule),
	};

	return cc;
}

int
job_open(struct job *jb, const char *path, int null)
{
	char **argv = jb->jb_trigger->ct_argv;
	const struct command_cause cc = job_cause(jb);

	if (command_init(&jb->jb_command, path, argv, null, &cc) == 0)
		return 0;
	log_warn("%s: cannot execute", argv[0]);
	return -1;
}

void
job_move(struct job *to, struct job *from)
{
	const struct job was = *to;

	*to = *from;
	to->jb_rules = was.jb_rules;
	to->jb_rule = was.jb_rule;
	to->jb_trigger = was.jb_trigger;
	job_init(from, from->jb_rules, from->jb_rule, from->jb_trigger);
	conf_release(from->jb_rules); /* held twice now, by two job_init() */
}

void
job_close(struct job *jb)
{
	if (jb->jb_rules == NULL)
		return;
	command_free(&jb->jb_command);
	conf_release(jb->jb_rules);
	memset(jb, 0, sizeof(*jb));
}

uint64_t
job_deadline(const struct job *jb)
{
	uint64_t process = process_deadline(&jb->jb_process);
	uint64_t log = interface_log_deadline(&jb->jb_interface_log);

	return process < log ? process : log;
}

bool
job_waits(const struct job *jb)
{
	return jb->jb_unsent != 0 || jb->jb_line.os_events != 0 ||
	    job_deadline(jb) != CLOCK_NEVER;
}

bool
job_may_start(const struct job *jb, const struct order_start *os)
{
	const struct conf_trigger *ct = jb->jb_trigger;

	return jb->jb_process.pc_state == PROCESS_NONE && !jb->jb_lasts &&
	    os->os_repeats <= (ct->ct_retry != 0) &&
	    condition_fits(
		ct->ct_kind, ct->ct_count, os->os_events, os->os_count) &&
	    (ct->ct_bytes ? os->os_bytes : os->os_total) >= os->os_count;
}

/* Writes why an execve(2) of the command failed with this errno. */
static void
explain_failure(const struct job *jb, int error, char *reason, size_t len)
{
	if (priv_exec_reads())
		executable_explain(jb->jb_command.c_path, error, reason, len);
	else
		snprintf(reason, len, "%s%s", strerror(error),
		    error == ENOENT ?
			": the program, or the interpreter of a script" :
			"");
}

/*
 * Reports the errno of a failed start.  On the command line, at the first
 * start, an error of the file or of the arguments is fatal; later a file may be
 * incomplete for a moment, and other rules have other commands.
 */
static int
start_failed(struct job *jb, bool *fatal)
{
	const char *name = job_name(jb), *path = jb->jb_command.c_path;
	char reason[EXECUTABLE_REASON];
	int error = errno;

	jb->jb_failures++;
	*fatal = jb->jb_rule->cr_name == NULL && jb->jb_runs == 0 &&
	    (error == ENOEXEC || error == E2BIG);
	if (*fatal || !jb->jb_spawn_failed)
		explain_failure(jb, error, reason, sizeof(reason));
	if (*fatal)
		log_warnx("%s: %s: cannot start: %s", name, path, reason);
	else if (!jb->jb_spawn_failed)
		log_warnx("%s: %s: cannot start: %s; trying again", name, path,
		    reason);
	jb->jb_spawn_failed = true;
	return -1;
}

/* The command was executed: logs this if it could not be before. */
static void
started(struct job *jb)
{
	if (jb->jb_spawn_failed)
		log_info("%s: %s: started again", job_name(jb),
		    jb->jb_command.c_path);
	jb->jb_spawn_failed = false;
}

/* Number of facts in the log line of a run: at its start, at its end. */
enum {
	FACTS_STARTED = 7,
	FACTS_OVER = 9
};

static void
log_run(enum log_level level, const struct job *jb, size_t n, uint64_t now,
    const char *what)
{
	const struct order_start *os = &jb->jb_start;
	const char *name = job_name(jb);
	char status[EXIT_STATUS_TEXT], when[WHEN_TEXT];
	const struct log_fact facts[FACTS_OVER] = {
		{ "rule", name, 0, false },
		{ "interface", jb->jb_rule->cr_interface, 0, false },
		{ "event", when_event(jb->jb_trigger->ct_kind), 0, false },
		{ "events", NULL, os->os_events, false },
		{ "count", NULL, os->os_count, false },
		{ "total", NULL, os->os_total, false },
		{ "pid", NULL, (uint64_t)jb->jb_process.pc_pid, false },
		exit_status_fact(
		    jb->jb_process.pc_status, status, sizeof(status)),
		{ "duration", NULL, now - jb->jb_process.pc_started, true },
	};

	if (level == LEVEL_DEBUG)
		log_facts(level, facts, n,
		    "%s: %s: pid %d%s: events %" PRIu64 ", %s %" PRIu64
		    ", total %" PRIu64,
		    name, when_text(jb->jb_trigger, when, sizeof(when)),
		    (int)jb->jb_process.pc_pid, what, os->os_events,
		    jb->jb_trigger->ct_bytes ? "bytes" : "packets",
		    os->os_count, os->os_total);
	else
		log_facts(level, facts, n, "%s: %s: %s", name,
		    jb->jb_command.c_path, what);
}

int
job_start(
    struct job *jb, const struct order_start *os, uint64_t now, bool *fatal)
{
	pid_t pid;

	if (command_spawn(&jb->jb_command, os, &pid) == -1)
		return start_failed(jb, fatal);
	if (!job_late(jb))
		started(jb);
	jb->jb_start = *os;
	jb->jb_runs++;
	process_begin(&jb->jb_process, pid, jb->jb_trigger->ct_signal, now);
	log_run(LEVEL_DEBUG, jb, FACTS_STARTED, now, " started");
	return 0;
}

bool
job_late(const struct job *jb)
{
	return command_late(&jb->jb_command);
}

bool
job_failed(struct job *jb)
{
	bool fatal;

	if (!command_failed(&jb->jb_command))
		return false;
	(void)start_failed(jb, &fatal);
	if (command_end(&jb->jb_command) == -1)
		log_warn("%s: parent-death signal", job_name(jb));
	return true;
}

int
job_over(struct job *jb, uint64_t now, bool quiet)
{
	char text[EXIT_STATUS_TEXT], what[EXIT_STATUS_TEXT + 48];
	int status = jb->jb_process.pc_status;
	bool news = !jb->jb_ended || status != jb->jb_last;

	started(jb);
	if (status != 0)
		jb->jb_failures++;
	exit_status_text(status, text, sizeof(text));
	snprintf(what, sizeof(what), ": exit %s after %" PRIu64 " us", text,
	    (now - jb->jb_process.pc_started) / 1000);
	log_run(LEVEL_DEBUG, jb, FACTS_OVER, now, what);
	/* Repeated failures with the same status are logged once. */
	if (status != 0 && news && !quiet) {
		snprintf(what, sizeof(what), "exit %s", text);
		log_run(LEVEL_WARNING, jb, FACTS_OVER, now, what);
	}
	jb->jb_ended = true;
	jb->jb_last = status;
	return command_end(&jb->jb_command);
}
