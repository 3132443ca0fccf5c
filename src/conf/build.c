/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/build.h"
#include "conf/build_list.h"
#include "conf/value.h"
#include "filter/filter.h"

enum option {
	INTERVAL,
	POLICY,
	TIMEOUT,
	RETRY,
	SIGNAL,
	RUNS
};

void
build_problem(struct build *b, const struct token *t, const char *what)
{
	if (!t->t_bad)
		conf_error_add(b->b_errors, &t->t_pos, "\"%s\": %s",
		    conf_error_quote(t->t_text), what);
}

void
build_check(struct build *b, const struct token *t, const char *wanted)
{
	if (wanted != NULL && !t->t_bad)
		conf_error_add(b->b_errors, &t->t_pos, "\"%s\": not %s",
		    conf_error_quote(t->t_text), wanted);
}

/*
 * True for a name of printable ASCII characters, from `first` (blank or !) on,
 * that fits in CONF_NAME.
 */
static bool
printable(const char *text, char first)
{
	size_t len = strlen(text), i;

	for (i = 0; i < len; i++)
		if (text[i] < first || text[i] > '~')
			return false;
	return len >= 1 && len < CONF_NAME;
}

/* Adds a name to the set; returns its earlier position if it was there. */
static const struct conf_pos *
add_name(struct build *b, name_set *set, const struct token *t)
{
	struct symtab *nm = conf_alloc(b->b_rules, sizeof(*nm));
	const struct symtab *old = NULL;

	if (nm != NULL) {
		nm->nm_text = t->t_text;
		nm->nm_pos = t->t_pos;
		old = symtab_add(set, nm);
	}
	if (old == NULL)
		conf_error_memory(b->b_errors);
	return old == NULL || old == nm ? NULL : &old->nm_pos;
}

void
build_user(struct build *b, const struct token *t)
{
	if (b->b_user.pl_line != 0) {
		conf_error_add(b->b_errors, &t->t_pos,
		    "user: named in %s:%u already", b->b_user.pl_file,
		    b->b_user.pl_line);
		return;
	}
	b->b_user = t->t_pos;
	if (!printable(t->t_text, '!'))
		build_problem(b, t, "not a user, a name or a number");
	if ((b->b_rules->cs_user =
		    conf_alloc(b->b_rules, strlen(t->t_text) + 1)) == NULL)
		conf_error_memory(b->b_errors);
	else
		memcpy(b->b_rules->cs_user, t->t_text, strlen(t->t_text));
}

void
build_socket(struct build *b, const struct token *t)
{
	struct conf_socket *cx = &b->b_rules->cs_socket;

	if (b->b_socket.pl_line != 0)
		conf_error_add(b->b_errors, &t->t_pos,
		    "socket: named in %s:%u already", b->b_socket.pl_file,
		    b->b_socket.pl_line);
	else if (t->t_text[0] == '\0')
		build_problem(b, t, "not the path of a socket");
	b->b_socket = t->t_pos;
	b->b_mode = false;
	cx->cx_path = t->t_text;
	cx->cx_mode = CONF_SOCKET_MODE;
	cx->cx_group = NULL;
}

void
build_mode(struct build *b, const struct token *t)
{
	if (b->b_mode)
		conf_error_add(b->b_errors, &t->t_pos, "mode: given twice");
	b->b_mode = true;
	build_check(
	    b, t, value_mode(t->t_text, &b->b_rules->cs_socket.cx_mode));
}

void
build_group(struct build *b, const struct token *t)
{
	if (b->b_rules->cs_socket.cx_group != NULL)
		conf_error_add(b->b_errors, &t->t_pos, "group: given twice");
	if (!printable(t->t_text, '!'))
		build_problem(b, t, "not a group, a name or a number");
	b->b_rules->cs_socket.cx_group = t->t_text;
}

void
build_rule(struct build *b, const struct token *name)
{
	const struct conf_pos *old;

	memset(&b->b_rule, 0, sizeof(b->b_rule));
	b->b_rule.cr_name = name->t_text;
	b->b_name = *name;
	b->b_before = b->b_errors->ps_count;
	b->b_together = false;
	b->b_runs_sum = 0;
	build_list_free(&b->b_places);
	build_list_free(&b->b_when);
	symtab_clear(&b->b_interfaces);
	if (!printable(name->t_text, ' ')) {
		build_problem(
		    b, name, "not a name, 1 to 63 printable ASCII characters");
	} else if (!name->t_bad &&
	    (old = add_name(b, &b->b_names, name)) != NULL) {
		conf_error_add(b->b_errors, &name->t_pos,
		    "\"%s\": a rule in %s:%u has the same name",
		    conf_error_quote(name->t_text), old->pl_file, old->pl_line);
	}
}

void
build_interface(struct build *b, const struct token *t)
{
	if (!printable(t->t_text, '!') || strchr(t->t_text, '/') != NULL)
		build_problem(b, t,
		    "not an interface, 1 to 63 printable ASCII characters "
		    "without blanks and slashes");
	else if (add_name(b, &b->b_interfaces, t) != NULL)
		build_problem(b, t, "interface given twice");
	else
		build_list_append(b->b_errors, &b->b_places, t, sizeof(*t));
}

/* Returns the names of the rule's interfaces; NULL: no memory. */
static const char **
list_names(struct build *b)
{
	const struct token *t = b->b_places.bl_items;
	size_t i, n = b->b_places.bl_count;
	const char **names = conf_alloc(b->b_rules, (n + 1) * sizeof(*names));

	if (names == NULL)
		conf_error_memory(b->b_errors);
	else
		for (i = 0; i < n; i++)
			names[i] = t[i].t_text;
	return names;
}

void
build_together(struct build *b, const struct token *word)
{
	const struct token *t = b->b_places.bl_items;
	size_t i, n = b->b_places.bl_count, len = 0;

	b->b_together = true;
	if (n < 2 && b->b_errors->ps_count == b->b_before)
		conf_error_add(b->b_errors, &word->t_pos,
		    "together: needs two interfaces or more");
	for (i = 0; i < n; i++)
		len += strlen(t[i].t_text) + 1;
	if (len > CONF_NAME)
		conf_error_add(b->b_errors, &word->t_pos,
		    "together: the names of the interfaces have more than %d "
		    "characters, with commas between them",
		    CONF_NAME - 1);
}

/* Returns the names with commas between them; NULL: no memory. */
static const char *
join_names(struct build *b, const char *const *names, size_t n)
{
	char *text = conf_alloc(b->b_rules, n * CONF_NAME);
	size_t i, len, at = 0;

	if (text == NULL) {
		conf_error_memory(b->b_errors);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (i != 0)
			text[at++] = ',';
		len = strlen(names[i]);
		memcpy(text + at, names[i], len);
		at += len;
	}
	return text;
}

bool
build_log_group(const struct build *b)
{
	const struct token *t = b->b_places.bl_items;
	size_t i;

	for (i = 0; i < b->b_places.bl_count; i++)
		if (conf_log_group(t[i].t_text))
			return true;
	return false;
}

void
build_direction(struct build *b, const struct token *t)
{
	build_check(b, t, value_direction(t->t_text, &b->b_rule.cr_direction));
	if (build_log_group(b))
		build_problem(b, t,
		    "a log group takes no direction, the chain of the "
		    "firewall's rule has a direction");
}

void
build_filter(struct build *b, const struct token *t)
{
	if (t->t_text[0] == '\0')
		return;
	b->b_rule.cr_filter = t->t_text;
	if (strlen(t->t_text) >= FILTER_TEXT)
		build_problem(b, t, "a filter has 65535 bytes at most");
	if (build_log_group(b))
		build_problem(b, t,
		    "a log group takes no filter, write the condition into the "
		    "firewall's rule");
}

/* Appends n rules with one interface each, or one with n interfaces. */
static void
append_rules(struct build *b, size_t n, const char *const *names)
{
	struct conf_rule *cr = &b->b_rule;
	size_t i;

	cr->cr_ninterfaces = b->b_together ? n : 1;
	for (i = 0; i < n; i += cr->cr_ninterfaces) {
		cr->cr_interfaces = names + i;
		cr->cr_interface =
		    b->b_together ? join_names(b, names, n) : names[i];
		build_list_append(b->b_errors, &b->b_done, cr, sizeof(*cr));
	}
}

void
build_rule_end(struct build *b, const struct token *end)
{
	size_t n = b->b_places.bl_count, triggers = b->b_when.bl_count;
	size_t times, jobs;
	const char **names = list_names(b);

	if (triggers == 0 && b->b_errors->ps_count == b->b_before)
		conf_error_add(b->b_errors, &end->t_pos,
		    "rule \"%s\": no trigger, expected a condition such as "
		    "every, rate or idle",
		    conf_error_quote(b->b_name.t_text));
	times = b->b_together ? 1 : n;
	jobs = times * b->b_runs_sum;
	b->b_rule.cr_ntriggers = triggers;
	b->b_rule.cr_triggers = build_list_move(
	    b->b_rules, b->b_errors, &b->b_when, sizeof(b->b_trigger));
	if (jobs > CONF_TRIGGERS - b->b_jobs) {
		conf_error_fatal(b->b_errors, &b->b_name.t_pos,
		    "rule \"%s\": more than %d triggers in all rules, "
		    "counted for each interface and for each of the runs",
		    conf_error_quote(b->b_name.t_text), CONF_TRIGGERS);
		return;
	}
	b->b_jobs += jobs;
	if (names != NULL)
		append_rules(b, n, names);
	/* The next rule may lack a name, so build_rule is not called. */
	b->b_together = false;
	b->b_runs_sum = 0;
	build_list_free(&b->b_places);
}

void
build_when(struct build *b, enum condition_kind kind, const struct token *count,
    bool bytes, const struct token *time)
{
	struct conf_trigger *ct = &b->b_trigger;

	memset(ct, 0, sizeof(*ct));
	build_list_free(&b->b_argv);
	b->b_options = 0;
	memset(&b->b_by, 0, sizeof(b->b_by));
	memset(&b->b_runs, 0, sizeof(b->b_runs));
	memset(&b->b_count, 0, sizeof(b->b_count));
	if (count != NULL)
		b->b_count = *count;
	ct->ct_kind = kind;
	ct->ct_bytes = bytes;
	ct->ct_runs = 1;
	if (count != NULL)
		build_check(b, count,
		    bytes ? value_size(count->t_text, &ct->ct_count) :
			    value_count(count->t_text, &ct->ct_count));
	else if (kind == CONDITION_EVERY)
		ct->ct_count = 1;
	if (time != NULL)
		build_check(
		    b, time, value_time(time->t_text, CLOCK_MS, &ct->ct_time));
}

void
build_calm(struct build *b, const struct token *word)
{
	const struct conf_trigger *ct = b->b_when.bl_items;
	size_t n = b->b_when.bl_count, front;

	/* A trigger with an error is missing in the list. */
	if (b->b_errors->ps_count != b->b_before)
		return;
	front = conf_calm_front(ct, n);
	if (front == n)
		conf_error_add(b->b_errors, &word->t_pos,
		    "calm: needs a trigger in front, whose events it waits "
		    "for");
	else if (ct[front].ct_kind == CONDITION_WHILE)
		conf_error_add(b->b_errors, &word->t_pos,
		    "calm: cannot follow while, whose run ends in a silence");
}

void
build_argument(struct build *b, const struct token *t)
{
	if (b->b_argv.bl_count == 0 && t->t_text[0] == '\0')
		build_problem(b, t, "not a command");
	build_list_append(b->b_errors, &b->b_argv, (const void *)&t->t_text,
	    sizeof(t->t_text));
}

/* Adds an error if the trigger has the option already. */
static void
set_option(struct build *b, enum option option, const char *name,
    const struct token *t)
{
	if ((b->b_options & 1U << option) != 0)
		conf_error_add(b->b_errors, &t->t_pos, "%s: given twice", name);
	b->b_options |= 1U << option;
}

void
build_interval(struct build *b, const struct token *t)
{
	set_option(b, INTERVAL, "interval", t);
	build_check(b, t, value_time(t->t_text, 0, &b->b_trigger.ct_interval));
}

void
build_policy(struct build *b, const struct token *t)
{
	set_option(b, POLICY, "busy", t);
	if (b->b_trigger.ct_kind == CONDITION_WHILE)
		conf_error_add(
		    b->b_errors, &t->t_pos, "busy: cannot be used with while");
	build_check(b, t, value_policy(t->t_text, &b->b_trigger.ct_policy));
}

void
build_timeout(struct build *b, const struct token *t)
{
	set_option(b, TIMEOUT, "timeout", t);
	build_check(
	    b, t, value_time(t->t_text, CLOCK_MS, &b->b_trigger.ct_timeout));
}

void
build_retry(struct build *b, const struct token *t)
{
	set_option(b, RETRY, "retry", t);
	build_check(
	    b, t, value_time(t->t_text, CLOCK_MS, &b->b_trigger.ct_retry));
}

void
build_signal(struct build *b, const struct token *t)
{
	set_option(b, SIGNAL, "signal", t);
	build_check(b, t, value_signal(t->t_text, &b->b_trigger.ct_signal));
}

void
build_runs(struct build *b, const struct token *word, const struct token *t)
{
	set_option(b, RUNS, "runs", t);
	b->b_runs = *word;
	build_check(b, t, value_runs(t->t_text, &b->b_trigger.ct_runs));
}

void
build_trigger_end(struct build *b)
{
	b->b_runs_sum += b->b_trigger.ct_runs;
	if (b->b_argv.bl_count != 0)
		b->b_trigger.ct_argv = (char **)build_list_move(
		    b->b_rules, b->b_errors, &b->b_argv, sizeof(char *));
	build_list_append(
	    b->b_errors, &b->b_when, &b->b_trigger, sizeof(b->b_trigger));
}

void
build_end(struct build *b)
{
	b->b_rules->cs_nrules = b->b_done.bl_count;
	b->b_rules->cs_rules = build_list_move(
	    b->b_rules, b->b_errors, &b->b_done, sizeof(*b->b_rules->cs_rules));
	symtab_clear(&b->b_names);
	symtab_clear(&b->b_interfaces);
	build_list_free(&b->b_places);
	build_list_free(&b->b_when);
	build_list_free(&b->b_argv);
}
