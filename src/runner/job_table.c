#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "priv/priv.h"
#include "runner/job_table.h"

/* One for each trigger, none of them open, with room for `more`. */
static int
begin(struct tasks *tk, struct conf_rules *rules, int null, size_t more)
{
	const struct conf_rule *rule;
	size_t i, j;

	memset(tk, 0, sizeof(*tk));
	tk->tk_null = null;
	tk->tk_rules = rules;
	conf_hold(rules);
	tk->tk_list = calloc(conf_triggers(rules) + more, sizeof(*tk->tk_list));
	if (tk->tk_list == NULL) {
		log_warn("triggers");
		return -1;
	}
	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		for (j = 0; j < rule->cr_ntriggers; j++)
			task_init(&tk->tk_list[tk->tk_n++], rules, rule,
			    &rule->cr_triggers[j]);
	}
	tk->tk_all = tk->tk_n;
	return 0;
}

void
tasks_forget(struct tasks *tk)
{
	size_t i;

	for (i = 0; i < tk->tk_all; i++)
		task_close(&tk->tk_list[i]);
	free(tk->tk_list);
	conf_release(tk->tk_rules);
	memset(tk, 0, sizeof(*tk));
	tk->tk_null = -1;
}

int
tasks_open(struct tasks *tk, struct conf_rules *rules, bool dry)
{
	size_t i;

	if (begin(tk, rules, -1, 0) == -1)
		return -1;
	if (dry)
		return 0;
	if ((tk->tk_null = open(_PATH_DEVNULL, O_RDONLY | O_CLOEXEC)) == -1) {
		log_warn("%s", _PATH_DEVNULL);
		return -1;
	}
	for (i = 0; i < tk->tk_n; i++)
		if (task_open(&tk->tk_list[i], tk->tk_null) == -1)
			return -1;
	return 0;
}

void
tasks_close(struct tasks *tk)
{
	int null = tk->tk_null;

	tasks_forget(tk);
	if (null != -1)
		close(null);
}

int
tasks_open_next(struct tasks *next, struct conf_rules *rules,
    const struct tasks *before, const struct match *ma)
{
	size_t i;
	bool *stays;
	int result;

	if (begin(next, rules, before->tk_null, before->tk_all) == -1) {
		tasks_forget(next);
		return -1;
	}
	if ((stays = calloc(next->tk_n, sizeof(*stays))) == NULL) {
		log_warn("triggers");
		tasks_forget(next);
		return -1;
	}
	for (i = 0; i < ma->ma_old; i++)
		if (ma->ma_trigger[i] != MATCH_NONE)
			stays[ma->ma_trigger[i]] = true;
	for (i = 0, result = 0; i < next->tk_n && result == 0; i++)
		if (!stays[i])
			result = task_open(&next->tk_list[i], next->tk_null);
	free(stays);
	if (result == -1)
		tasks_forget(next);
	return result;
}

void
tasks_replace(struct tasks *tk, struct tasks *next, const struct match *ma,
    uint64_t now, uint64_t grace)
{
	struct task *ta, *left;
	size_t i;

	for (i = 0; i < tk->tk_all; i++) {
		ta = &tk->tk_list[i];
		if (i < tk->tk_n && ma->ma_trigger[i] != MATCH_NONE) {
			task_move(&next->tk_list[ma->ma_trigger[i]], ta);
		} else if (ta->ta_run.r_state != RUN_NONE) {
			run_end(&ta->ta_run, now, grace);
			left = &next->tk_list[next->tk_all++];
			task_init(
			    left, ta->ta_rules, ta->ta_rule, ta->ta_trigger);
			task_move(left, ta);
		}
	}
	tasks_forget(tk);
	*tk = *next;
}

void
tasks_let_go(struct tasks *tk, struct task *ta)
{
	struct task *last = &tk->tk_list[tk->tk_all - 1];

	task_close(ta);
	if (ta != last)
		*ta = *last;
	tk->tk_all--;
}

bool
tasks_is_left(const struct tasks *tk, const struct task *ta)
{
	return ta >= tk->tk_list + tk->tk_n;
}

void
tasks_confine(const struct tasks *tk, const char *file, bool others)
{
	size_t i;

	for (i = 0; i < tk->tk_n && !others; i++)
		if (tk->tk_list[i].ta_command.c_path != NULL)
			priv_command(tk->tk_list[i].ta_command.c_path);
	if (others)
		priv_any_command();
	if (file != NULL)
		priv_remove(file);
	priv_commands();
}

struct task *
tasks_find(const struct tasks *tk, pid_t pid)
{
	struct task *ta;

	for (ta = tk->tk_list; ta < tk->tk_list + tk->tk_all; ta++)
		if (ta->ta_run.r_state != RUN_NONE && ta->ta_run.r_pid == pid)
			return ta;
	return NULL;
}

bool
tasks_running(const struct tasks *tk)
{
	size_t i;

	for (i = 0; i < tk->tk_all; i++)
		if (tk->tk_list[i].ta_run.r_state != RUN_NONE)
			return true;
	return false;
}

bool
tasks_expect(const struct tasks *tk)
{
	enum run_state state;
	size_t i;

	for (i = 0; i < tk->tk_all; i++) {
		state = tk->tk_list[i].ta_run.r_state;
		if (state != RUN_NONE && state != RUN_LINGERING)
			return true;
	}
	return false;
}

void
tasks_end(struct tasks *tk, uint64_t now, uint64_t grace)
{
	size_t i;

	for (i = 0; i < tk->tk_all; i++)
		run_end(&tk->tk_list[i].ta_run, now, grace);
}

uint64_t
tasks_deadline(const struct tasks *tk)
{
	uint64_t until = CLOCK_NEVER, when;
	size_t i;

	for (i = 0; i < tk->tk_all; i++) {
		when = run_deadline(&tk->tk_list[i].ta_run);
		if (when < until)
			until = when;
		when = news_deadline(&tk->tk_list[i].ta_news);
		if (when < until)
			until = when;
	}
	return until;
}
