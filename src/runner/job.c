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
#include "engine/key_text.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "runner/exit_status.h"
#include "runner/job.h"
#include "runner/run_key.h"
#include "runner/run_log.h"

const char *
job_name(const struct job *jb)
{
	return conf_rule_name(jb->jb_rule);
}

void
job_init(struct job *jb, struct conf_rules *rules, const struct conf_rule *rule,
    const struct conf_trigger *trigger, uint32_t number, uint32_t run)
{
	memset(jb, 0, sizeof(*jb));
	jb->jb_rules = rules;
	jb->jb_rule = rule;
	jb->jb_trigger = trigger;
	jb->jb_number = number;
	jb->jb_run = run;
	jb->jb_first = jb - run;
	conf_hold(rules);
}

void
job_init_removed(struct job *jb, const struct job *from)
{
	job_init(jb, from->jb_rules, from->jb_rule, from->jb_trigger, 0, 0);
}

const struct job *
job_longest(const struct job *first)
{
	const struct job *jb, *longest = NULL;

	for (jb = first; jb < first + first->jb_trigger->ct_runs; jb++)
		if (jb->jb_process.pc_state != PROCESS_NONE &&
		    (longest == NULL ||
			jb->jb_process.pc_started <
			    longest->jb_process.pc_started))
			longest = jb;
	return longest;
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
		&jb->jb_trigger->ct_by,
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
	to->jb_number = was.jb_number;
	to->jb_run = was.jb_run;
	to->jb_first = was.jb_first;
	job_init(from, from->jb_rules, from->jb_rule, from->jb_trigger,
	    from->jb_number, from->jb_run);
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

/* The total of a key begins anew when the table has forgotten the key. */
static bool
total_fits(const struct conf_trigger *ct, const struct order_start *os)
{
	return ct->ct_by.ks_n != 0 ||
	    (ct->ct_bytes ? os->os_bytes : os->os_total) >= os->os_count;
}

bool
job_may_start(const struct job *jb, const struct order_start *os)
{
	const struct conf_trigger *ct = jb->jb_trigger;

	return jb->jb_process.pc_state == PROCESS_NONE && !jb->jb_lasts &&
	    !jb->jb_held && os->os_repeats <= (ct->ct_retry != 0) &&
	    condition_fits(
		ct->ct_kind, ct->ct_count, os->os_events, os->os_count) &&
	    run_key_fits(&ct->ct_by, os) && total_fits(ct, os);
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
	struct job_sums *js = &jb->jb_first->jb_sums;
	char reason[EXECUTABLE_REASON];
	int error = errno;

	js->js_failures++;
	*fatal = jb->jb_rule->cr_name == NULL && js->js_runs == 0 &&
	    (error == ENOEXEC || error == E2BIG);
	if (*fatal || !js->js_spawn_failed)
		explain_failure(jb, error, reason, sizeof(reason));
	if (*fatal)
		log_warnx("%s: %s: cannot start: %s", name, path, reason);
	else if (!js->js_spawn_failed)
		log_warnx("%s: %s: cannot start: %s; trying again", name, path,
		    reason);
	js->js_spawn_failed = true;
	return -1;
}

/* The command was executed: logs this if it could not be before. */
static void
started(struct job *jb)
{
	struct job_sums *js = &jb->jb_first->jb_sums;

	if (js->js_spawn_failed)
		log_info("%s: %s: started again", job_name(jb),
		    jb->jb_command.c_path);
	js->js_spawn_failed = false;
}

/* Facts in the log line of a run, at most. */
#define FACTS 10

/* Fills in the facts of a run; over: also those of its end. */
static size_t
list_facts(const struct job *jb, const char *key, bool over, uint64_t now,
    char status[EXIT_STATUS_TEXT], struct log_fact facts[FACTS])
{
	const struct order_start *os = &jb->jb_start;
	const struct process *pc = &jb->jb_process;
	const struct log_fact started[] = {
		{ "rule", job_name(jb), 0, false },
		{ "interface", jb->jb_rule->cr_interface, 0, false },
		{ "event", when_event(jb->jb_trigger->ct_kind), 0, false },
		{ "events", NULL, os->os_events, false },
		{ "count", NULL, os->os_count, false },
		{ "total", NULL, os->os_total, false },
		{ "pid", NULL, (uint64_t)pc->pc_pid, false },
	};
	size_t n = sizeof(started) / sizeof(started[0]);

	memcpy(facts, started, sizeof(started));
	if (key != NULL)
		facts[n++] = (struct log_fact){ "key", key, 0, false };
	if (!over)
		return n;
	facts[n++] = exit_status_fact(pc->pc_status, status, EXIT_STATUS_TEXT);
	facts[n++] =
	    (struct log_fact){ "duration", NULL, now - pc->pc_started, true };
	return n;
}

static void
log_run(enum log_level level, const struct job *jb, bool over, uint64_t now,
    const char *what)
{
	const struct order_start *os = &jb->jb_start;
	const char *name = job_name(jb), *key;
	char status[EXIT_STATUS_TEXT], when[WHEN_TEXT], text[KEY_TEXT];
	struct log_fact facts[FACTS];
	size_t n;

	key = run_key_text(&jb->jb_trigger->ct_by, os, text);
	n = list_facts(jb, key, over, now, status, facts);
	if (level == LEVEL_DEBUG)
		log_facts(level, facts, n,
		    "%s: %s: pid %d%s: events %" PRIu64 ", %s %" PRIu64
		    ", total %" PRIu64 "%s%s",
		    name, when_text(jb->jb_trigger, when, sizeof(when)),
		    (int)jb->jb_process.pc_pid, what, os->os_events,
		    jb->jb_trigger->ct_bytes ? "bytes" : "packets",
		    os->os_count, os->os_total, key == NULL ? "" : ", key ",
		    key == NULL ? "" : key);
	else
		log_facts(level, facts, n, "%s: %s: %s%s%s", name,
		    jb->jb_command.c_path, what, key == NULL ? "" : ", key ",
		    key == NULL ? "" : key);
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
	jb->jb_first->jb_sums.js_runs++;
	process_begin(&jb->jb_process, pid, jb->jb_trigger->ct_signal, now);
	log_run(LEVEL_DEBUG, jb, false, now, " started");
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
	struct job_sums *js = &jb->jb_first->jb_sums;
	int status = jb->jb_process.pc_status;
	bool news = !js->js_ended || status != js->js_last;

	started(jb);
	if (status != 0)
		js->js_failures++;
	exit_status_text(status, text, sizeof(text));
	snprintf(what, sizeof(what), ": exit %s after %" PRIu64 " us", text,
	    (now - jb->jb_process.pc_started) / 1000);
	log_run(LEVEL_DEBUG, jb, true, now, what);
	/* Repeated failures with the same status are logged once. */
	if (status != 0 && news && !quiet) {
		snprintf(what, sizeof(what), "exit %s", text);
		log_run(LEVEL_WARNING, jb, true, now, what);
	}
	js->js_ended = true;
	js->js_last = status;
	return command_end(&jb->jb_command);
}

void
job_full(struct job *jb, const struct order_full *ou, uint64_t now)
{
	struct job_sums *js = &jb->jb_first->jb_sums;
	const struct conf_trigger *ct = jb->jb_trigger;
	const struct log_fact facts[] = {
		{ "rule", job_name(jb), 0, false },
		{ "interface", jb->jb_rule->cr_interface, 0, false },
		{ "untracked", NULL, ou->ou_refused, false },
	};
	const char *what = conf_has_table(ct) ? "packets" : "events";
	/* The command line has no number of keys. */
	const char *where =
	    jb->jb_rule->cr_name == NULL ? " in a rules file" : "";
	char when[WHEN_TEXT];

	if (js->js_full != 0 &&
	    now - js->js_full < ORDER_FULL_PACE * CLOCK_S / 2)
		return;
	js->js_full = now;
	log_facts(LEVEL_WARNING, facts, sizeof(facts) / sizeof(facts[0]),
	    "%s: %s: table of keys is full: untracked %s so far: %" PRIu64
	    "; raise keys (%" PRIu32 ")%s",
	    job_name(jb), when_text(ct, when, sizeof(when)), what,
	    ou->ou_refused, ct->ct_keys, where);
}
