#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/hint.h"
#include "conf/when.h"
#include "ipc/order.h"
#include "runner/job.h"
#include "runner/run_log.h"

#define HINT_SIZE 256

const char *
task_name(const struct task *ta)
{
	return ta->ta_rule->cr_name == NULL ? ta->ta_rule->cr_interface :
					      ta->ta_rule->cr_name;
}

void
task_init(struct task *ta, struct conf_rules *rules,
    const struct conf_rule *rule, const struct conf_trigger *trigger)
{
	memset(ta, 0, sizeof(*ta));
	ta->ta_rules = rules;
	ta->ta_rule = rule;
	ta->ta_trigger = trigger;
	ta->ta_leash.l_reader = ta->ta_leash.l_writer = -1;
	conf_hold(rules);
}

int
task_open(struct task *ta, int null)
{
	const struct conf_trigger *trigger = ta->ta_trigger;
	char hint[HINT_SIZE];
	int why;

	if (leash_open(&ta->ta_leash) == -1) {
		log_warn("leash");
		return -1;
	}
	if (command_init(&ta->ta_command, trigger->ct_argv, null,
		when_event(trigger->ct_kind), task_name(ta),
		ta->ta_rule->cr_interface) == 0)
		return 0;
	why = errno;
	hint_command(ta->ta_rule, trigger->ct_argv, hint, sizeof(hint));
	log_warnx("%s: cannot execute it: %s%s", trigger->ct_argv[0],
	    strerror(why), hint);
	return -1;
}

void
task_move(struct task *to, struct task *from)
{
	const struct task was = *to;

	*to = *from;
	to->ta_rules = was.ta_rules;
	to->ta_rule = was.ta_rule;
	to->ta_trigger = was.ta_trigger;
	task_init(from, from->ta_rules, from->ta_rule, from->ta_trigger);
	conf_release(from->ta_rules); /* that was for it already */
}

void
task_close(struct task *ta)
{
	command_free(&ta->ta_command);
	leash_close(&ta->ta_leash);
	conf_release(ta->ta_rules);
}

bool
task_may_start(const struct task *ta, const struct order *o)
{
	const struct conf_trigger *ct = ta->ta_trigger;

	if (ta->ta_run.r_state != RUN_NONE || o->o_events == 0)
		return false;
	if (ct->ct_kind == RULE_IDLE)
		return o->o_count == 0;
	return o->o_count / ct->ct_count == o->o_events &&
	    o->o_count % ct->ct_count == 0 &&
	    (ct->ct_bytes || o->o_total >= o->o_count);
}

/*
 * Reports the errno of a failed start.  On the command line, at the first
 * start, an error of the file or of the arguments is fatal; later a file may be
 * incomplete for a moment, and other rules have other commands.
 */
static int
start_failed(struct task *ta, bool *fatal)
{
	const char *name = task_name(ta), *path = ta->ta_command.c_path;

	ta->ta_failures++;
	*fatal = ta->ta_rule->cr_name == NULL && ta->ta_runs == 0 &&
	    (errno == ENOEXEC || errno == E2BIG);
	if (*fatal)
		log_warn("%s: %s: cannot start it", name, path);
	else if (!ta->ta_spawn_failed)
		log_warn("%s: %s: cannot start it, trying again", name, path);
	ta->ta_spawn_failed = true;
	return -1;
}

/* The command was executed: logs this if it could not be before. */
static void
started(struct task *ta)
{
	if (ta->ta_spawn_failed)
		log_info("%s: %s: started again", task_name(ta),
		    ta->ta_command.c_path);
	ta->ta_spawn_failed = false;
}

/* What the log says of a run: when it starts the first, and then all. */
enum {
	FACTS_STARTED = 7,
	FACTS_OVER = 9
};

static void
tell(enum log_level level, const struct task *ta, size_t n, uint64_t now,
    const char *what)
{
	const struct occasion *oc = &ta->ta_for;
	const char *name = task_name(ta);
	char status[REPORT_STATUS], when[WHEN_TEXT];
	const struct log_fact facts[FACTS_OVER] = {
		{ "rule", name, 0, false },
		{ "interface", ta->ta_rule->cr_interface, 0, false },
		{ "event", when_event(ta->ta_trigger->ct_kind), 0, false },
		{ "events", NULL, oc->oc_events, false },
		{ "count", NULL, oc->oc_count, false },
		{ "total", NULL, oc->oc_total, false },
		{ "pid", NULL, (uint64_t)ta->ta_run.r_pid, false },
		report_fact(ta->ta_run.r_status, status, sizeof(status)),
		{ "duration", NULL, now - ta->ta_run.r_started, true },
	};

	if (level == LEVEL_DEBUG)
		log_facts(level, facts, n,
		    "%s: %s: pid %d%s: events %" PRIu64 ", %s %" PRIu64
		    ", total %" PRIu64,
		    name, when_text(ta->ta_trigger, when, sizeof(when)),
		    (int)ta->ta_run.r_pid, what, oc->oc_events,
		    ta->ta_trigger->ct_bytes ? "bytes" : "packets",
		    oc->oc_count, oc->oc_total);
	else
		log_facts(level, facts, n, "%s: %s: %s", name,
		    ta->ta_command.c_path, what);
}

int
task_start(struct task *ta, const struct order *o, uint64_t now, bool *fatal)
{
	const struct occasion oc = { o->o_events, o->o_count, o->o_total };
	pid_t pid;

	if (command_spawn(&ta->ta_command, &oc, &ta->ta_leash, &pid) == -1)
		return start_failed(ta, fatal);
	if (!command_late(&ta->ta_command))
		started(ta);
	ta->ta_for = oc;
	ta->ta_runs++;
	run_begin(&ta->ta_run, pid, now);
	tell(LEVEL_DEBUG, ta, FACTS_STARTED, now, " started");
	return 0;
}

bool
task_failed(struct task *ta)
{
	bool fatal;

	if (!command_failed(&ta->ta_command))
		return false;
	(void)start_failed(ta, &fatal);
	if (leash_release(&ta->ta_leash) == -1)
		log_warn("%s: leash", task_name(ta));
	return true;
}

int
task_over(struct task *ta, uint64_t now, bool quiet)
{
	char text[REPORT_STATUS], what[REPORT_STATUS + 48];
	int status = ta->ta_run.r_status;
	bool news = !ta->ta_ended || status != ta->ta_last;

	started(ta);
	if (status != 0)
		ta->ta_failures++;
	report_status(status, text, sizeof(text));
	snprintf(what, sizeof(what), ": exit %s after %" PRIu64 " us", text,
	    (now - ta->ta_run.r_started) / 1000);
	tell(LEVEL_DEBUG, ta, FACTS_OVER, now, what);
	/* A command that fails over and over is told of once. */
	if (status != 0 && news && !quiet) {
		snprintf(what, sizeof(what), "exit %s", text);
		tell(LEVEL_WARNING, ta, FACTS_OVER, now, what);
	}
	ta->ta_ended = true;
	ta->ta_last = status;
	return leash_release(&ta->ta_leash);
}
