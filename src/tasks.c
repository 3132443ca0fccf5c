#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "priv.h"
#include "tasks.h"

int
tasks_open(struct tasks *tk, const struct conf_rules *rules, bool dry)
{
	const struct conf_rule *rule;
	size_t i, j;

	tk->tk_n = 0;
	tk->tk_null = -1;
	tk->tk_list = calloc(conf_triggers(rules), sizeof(*tk->tk_list));
	if (tk->tk_list == NULL) {
		log_warn("triggers");
		return -1;
	}
	if (!dry &&
	    (tk->tk_null = open(_PATH_DEVNULL, O_RDONLY | O_CLOEXEC)) == -1) {
		log_warn("%s", _PATH_DEVNULL);
		return -1;
	}
	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		for (j = 0; j < rule->cr_ntriggers; j++)
			if (task_open(&tk->tk_list[tk->tk_n++], rule,
				&rule->cr_triggers[j], tk->tk_null) == -1)
				return -1;
	}
	return 0;
}

void
tasks_close(struct tasks *tk)
{
	size_t i;

	for (i = 0; i < tk->tk_n; i++)
		task_close(&tk->tk_list[i]);
	if (tk->tk_null != -1)
		close(tk->tk_null);
	free(tk->tk_list);
	memset(tk, 0, sizeof(*tk));
	tk->tk_null = -1;
}

void
tasks_confine(const struct tasks *tk, const char *file)
{
	size_t i;

	for (i = 0; i < tk->tk_n; i++)
		if (tk->tk_list[i].ta_command.c_path != NULL)
			priv_command(tk->tk_list[i].ta_command.c_path);
	if (file != NULL)
		priv_remove(file);
	priv_commands();
}

struct task *
tasks_find(const struct tasks *tk, pid_t pid)
{
	struct task *ta;

	for (ta = tk->tk_list; ta < tk->tk_list + tk->tk_n; ta++)
		if (ta->ta_run.r_state != RUN_NONE && ta->ta_run.r_pid == pid)
			return ta;
	return NULL;
}

bool
tasks_running(const struct tasks *tk)
{
	size_t i;

	for (i = 0; i < tk->tk_n; i++)
		if (tk->tk_list[i].ta_run.r_state != RUN_NONE)
			return true;
	return false;
}

bool
tasks_expect(const struct tasks *tk)
{
	enum run_state state;
	size_t i;

	for (i = 0; i < tk->tk_n; i++) {
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

	for (i = 0; i < tk->tk_n; i++)
		run_end(&tk->tk_list[i].ta_run, now, grace);
}

uint64_t
tasks_deadline(const struct tasks *tk)
{
	uint64_t until = CLOCK_NEVER, when;
	size_t i;

	for (i = 0; i < tk->tk_n; i++) {
		when = run_deadline(&tk->tk_list[i].ta_run);
		if (when < until)
			until = when;
	}
	return until;
}
