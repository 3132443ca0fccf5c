/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/unix_listen.h"
#include "conf/conf.h"
#include "conf/conf_check.h"
#include "conf/conf_diff.h"
#include "priv/priv.h"
#include "runner/job_table.h"

/* Makes empty lists for n jobs of the triggers.  Returns 0, or -1 and errno. */
static int
make_lists(struct job_table *jt, size_t triggers, size_t n)
{
	jt->jt_list = calloc(n, sizeof(*jt->jt_list));
	jt->jt_first = (struct job **)calloc(triggers, sizeof(struct job *));
	jt->jt_timed = (struct job **)calloc(n, sizeof(struct job *));
	if (jt->jt_list == NULL || jt->jt_first == NULL || jt->jt_timed == NULL)
		return -1;
	return hash_reserve(&jt->jt_running, n);
}

/* Makes the jobs of a trigger. */
static void
make_trigger(struct job_table *jt, struct conf_rules *rules,
    const struct conf_rule *rule, const struct conf_trigger *trigger)
{
	const uint32_t number = (uint32_t)jt->jt_triggers;
	uint32_t run;

	jt->jt_first[jt->jt_triggers++] = &jt->jt_list[jt->jt_n];
	for (run = 0; run < trigger->ct_runs; run++)
		job_init(&jt->jt_list[jt->jt_n++], rules, rule, trigger, number,
		    run);
}

/* Makes the jobs of all triggers, none of them open, with space for more. */
static int
make_jobs(struct job_table *jt, struct conf_rules *rules, int null, size_t more)
{
	const struct conf_rule *rule;
	size_t i, j, n = conf_jobs(rules, NULL) + more;

	memset(jt, 0, sizeof(*jt));
	jt->jt_null = null;
	jt->jt_rules = rules;
	conf_hold(rules);
	if (make_lists(jt, conf_triggers(rules), n) == -1) {
		log_warn("triggers");
		return -1;
	}
	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		for (j = 0; j < rule->cr_ntriggers; j++)
			make_trigger(jt, rules, rule, &rule->cr_triggers[j]);
	}
	jt->jt_all = jt->jt_n;
	return 0;
}

void
job_table_forget(struct job_table *jt)
{
	size_t i;

	for (i = 0; i < jt->jt_all; i++)
		job_close(&jt->jt_list[i]);
	free(jt->jt_list);
	hash_clear(&jt->jt_running);
	free((void *)jt->jt_first);
	free((void *)jt->jt_timed);
	conf_release(jt->jt_rules);
	memset(jt, 0, sizeof(*jt));
	jt->jt_null = -1;
}

/* Prepares the jobs of a trigger.  Returns 0; or -1, having logged why. */
static int
open_trigger(const struct job_table *jt, struct job *first, const char *path)
{
	struct job *jb;

	for (jb = first; jb < first + first->jb_trigger->ct_runs; jb++)
		if (job_open(jb, path, jt->jt_null) == -1)
			return -1;
	return 0;
}

/* Prepares the commands of all jobs.  Returns 0; or -1, having logged why. */
static int
find_and_open(struct job_table *jt)
{
	name_set found = { .ha_count = 0 };
	char why[CONF_CHECK_WHY];
	const char *path;
	struct job *jb;
	int result = 0;
	size_t i;

	for (i = 0; i < jt->jt_triggers; i++) {
		jb = jt->jt_first[i];
		if (!job_is_new(jb))
			continue;
		path = job_find(jb, &found, why, sizeof(why));
		if (path == NULL)
			log_warnx("%s", why);
		if (path == NULL || open_trigger(jt, jb, path) == -1) {
			result = -1;
			break;
		}
	}
	symtab_clear(&found);
	return result;
}

int
job_table_open(struct job_table *jt, struct conf_rules *rules, bool dry)
{
	if (make_jobs(jt, rules, -1, 0) == -1)
		return -1;
	if (dry)
		return 0;
	if ((jt->jt_null = open(_PATH_DEVNULL, O_RDONLY | O_CLOEXEC)) == -1) {
		log_warn("%s", _PATH_DEVNULL);
		return -1;
	}
	return find_and_open(jt);
}

void
job_table_close(struct job_table *jt)
{
	int null = jt->jt_null;

	job_table_forget(jt);
	if (null != -1)
		close(null);
}

int
job_table_next(struct job_table *next, struct conf_rules *rules,
    const struct job_table *before, const struct conf_diff *ma)
{
	size_t i;

	if (make_jobs(next, rules, before->jt_null, before->jt_all) == -1) {
		job_table_forget(next);
		return -1;
	}
	for (i = 0; i < ma->cd_old; i++)
		if (ma->cd_trigger[i] != CONF_DIFF_NONE)
			next->jt_first[ma->cd_trigger[i]]->jb_stays = true;
	return 0;
}

bool
job_table_look_up(FILE *fp, const void *next)
{
	const struct job_table *jt = next;
	name_set found = { .ha_count = 0 };
	char why[CONF_CHECK_WHY];
	const struct job *jb;
	const char *path;
	size_t i;

	for (i = 0; i < jt->jt_triggers; i++) {
		jb = jt->jt_first[i];
		if (!job_is_new(jb))
			continue;
		path = job_find(jb, &found, why, sizeof(why));
		if (path == NULL) {
			fputs(why, fp);
			return false;
		}
		fprintf(fp, "%s%c", path, '\0');
		/* The next one may never be found. */
		if (fflush(fp) == EOF)
			return false;
	}
	return true;
}

const struct job *
job_table_missing(const struct job_table *next, const char *text, size_t len,
    const char **why)
{
	const char *zero, *end = text + len;
	size_t i;

	for (i = 0; i < next->jt_triggers; i++) {
		if (!job_is_new(next->jt_first[i]))
			continue;
		if ((zero = memchr(text, '\0', (size_t)(end - text))) == NULL)
			break;
		text = zero + 1;
	}
	*why = text;
	return i < next->jt_triggers ? next->jt_first[i] : NULL;
}

int
job_table_open_next(struct job_table *next, const char *paths)
{
	struct job *jb;
	size_t i;

	for (i = 0; i < next->jt_triggers; i++) {
		jb = next->jt_first[i];
		if (!job_is_new(jb))
			continue;
		if (open_trigger(next, jb, paths) == -1)
			return -1;
		paths += strlen(paths) + 1;
	}
	return 0;
}

/* Returns true if a job is needed even if its rule is removed. */
static bool
is_busy(const struct job *jb)
{
	return jb->jb_process.pc_state != PROCESS_NONE ||
	    jb->jb_line.os_events != 0;
}

/* Moves a job that is needed to those of removed rules. */
static void
move_removed(struct job_table *next, struct job *jb)
{
	const struct job_sums sums = jb->jb_first->jb_sums;
	struct job *left = &next->jt_list[next->jt_all++];

	job_init_removed(left, jb);
	job_move(left, jb);
	left->jb_sums = sums;
	left->jb_unsent = 0;
}

void
job_table_replace(struct job_table *jt, struct job_table *next,
    const struct conf_diff *ma, uint64_t now, uint64_t grace)
{
	struct job *jb;
	size_t i, to;

	/* The first job of a trigger is the last to be moved. */
	for (i = jt->jt_all; i-- > 0;) {
		jb = &jt->jt_list[i];
		jb->jb_listed = false;
		to = i < jt->jt_n ? ma->cd_trigger[jb->jb_number] :
				    CONF_DIFF_NONE;
		if (to != CONF_DIFF_NONE) {
			job_move(next->jt_first[to] + jb->jb_run, jb);
		} else if (is_busy(jb)) {
			process_end(&jb->jb_process, now, grace);
			move_removed(next, jb);
		}
	}
	job_table_forget(jt);
	*jt = *next;
	for (jb = jt->jt_list; jb < jt->jt_list + jt->jt_all; jb++) {
		if (jb->jb_process.pc_state != PROCESS_NONE)
			job_table_started(jt, jb);
		if (job_waits(jb))
			job_table_wait(jt, jb);
	}
}

void
job_table_started(struct job_table *jt, struct job *jb)
{
	/* There is room for all jobs. */
	(void)hash_add(
	    &jt->jt_running, &jb->jb_link, (uint64_t)jb->jb_process.pc_pid);
}

void
job_table_ended(struct job_table *jt, struct job *jb)
{
	hash_remove(&jt->jt_running, &jb->jb_link);
}

void
job_table_wait(struct job_table *jt, struct job *jb)
{
	if (jb->jb_listed)
		return;
	jb->jb_listed = true;
	jt->jt_timed[jt->jt_ntimed++] = jb;
}

void
job_table_tidy(struct job_table *jt)
{
	size_t i, n = 0;

	for (i = 0; i < jt->jt_ntimed; i++) {
		jt->jt_timed[i]->jb_listed = job_waits(jt->jt_timed[i]);
		if (jt->jt_timed[i]->jb_listed)
			jt->jt_timed[n++] = jt->jt_timed[i];
	}
	jt->jt_ntimed = n;
}

bool
job_table_is_removed(const struct job_table *jt, const struct job *jb)
{
	return jb >= jt->jt_list + jt->jt_n;
}

bool
job_table_holds(const struct job_table *jt, const struct job *jb)
{
	const struct job *old = jt->jt_list + jt->jt_n;

	for (; old < jt->jt_list + jt->jt_all; old++)
		if (old->jb_process.pc_state != PROCESS_NONE &&
		    strcmp(job_name(old), job_name(jb)) == 0)
			return true;
	return false;
}

void
job_table_leave(struct job_table *jt, struct job *jb)
{
	if (job_table_is_removed(jt, jb) && !is_busy(jb))
		job_close(jb);
}

void
job_table_confine(const struct job_table *jt, const struct unix_listen *files,
    size_t n, bool others)
{
	size_t i;

	for (i = 0; i < jt->jt_triggers && !others; i++)
		if (jt->jt_first[i]->jb_command.c_path != NULL)
			priv_exec_allow(jt->jt_first[i]->jb_command.c_path);
	if (others)
		priv_exec_allow_any();
	for (i = 0; i < n; i++)
		if (files[i].ul_path != NULL)
			priv_exec_remove(files[i].ul_path);
	priv_exec_confine();
}

struct job *
job_table_find(const struct job_table *jt, pid_t pid)
{
	return (struct job *)hash_first(&jt->jt_running, (uint64_t)pid);
}

bool
job_table_running(const struct job_table *jt)
{
	return jt->jt_running.ha_count != 0;
}

bool
job_table_expect(const struct job_table *jt)
{
	enum process_state state;
	size_t i;

	for (i = 0; i < jt->jt_all; i++) {
		state = jt->jt_list[i].jb_process.pc_state;
		if (state != PROCESS_NONE && state != PROCESS_LINGERING)
			return true;
	}
	return false;
}

void
job_table_end_run(
    struct job_table *jt, struct job *jb, uint64_t now, uint64_t grace)
{
	process_end(&jb->jb_process, now, grace);
	if (job_waits(jb))
		job_table_wait(jt, jb);
}

void
job_table_end(struct job_table *jt, uint64_t now, uint64_t grace)
{
	size_t i;

	for (i = 0; i < jt->jt_all; i++)
		job_table_end_run(jt, &jt->jt_list[i], now, grace);
}

uint64_t
job_table_deadline(const struct job_table *jt)
{
	uint64_t until = CLOCK_NEVER, when;
	size_t i;

	for (i = 0; i < jt->jt_ntimed; i++) {
		when = job_deadline(jt->jt_timed[i]);
		if (when < until)
			until = when;
	}
	return until;
}
