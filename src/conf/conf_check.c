/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/executable.h"
#include "conf/conf.h"
#include "conf/conf_check.h"
#include "conf/hint.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

/*
 * Becomes the commands' user if root calls.  Returns false after a message if
 * there is no such user; sets *other if the commands keep another user than
 * the caller.
 */
static bool
become_user(const struct conf *c, bool *other)
{
	struct priv priv;
	const char *problem = priv_user_lookup(&priv, c->c_user);

	*other = false;
	if (problem != NULL) {
		warnx("%s: user: %s: %s", c->c_file, c->c_user, problem);
		return false;
	}
	if (getuid() == 0)
		priv_user_commands(&priv);
	else
		*other = priv.p_change;
	return true;
}

/*
 * Finds a command and adds it to the set.  Returns NULL, errno and the reason
 * on failure.
 */
static const struct symtab *
add(name_set *found, struct conf_rules *rules, const char *name, char *reason,
    size_t len)
{
	char *path = executable_find(name, reason, len);
	const struct symtab *added = NULL;
	struct symtab *nm;

	if (path == NULL)
		return NULL;
	if ((nm = conf_alloc(rules, sizeof(*nm) + strlen(path) + 1)) != NULL) {
		nm->nm_text = name;
		nm->nm_value = memcpy(nm + 1, path, strlen(path));
		added = symtab_add(found, nm);
	}
	if (added == NULL)
		snprintf(reason, len, "%s", strerror(errno));
	free(path);
	return added;
}

const char *
conf_check_find(name_set *found, struct conf_rules *rules,
    const struct conf_rule *rule, char *const *argv, char *why, size_t len)
{
	char hint[HINT_SIZE], reason[EXECUTABLE_REASON];
	const struct symtab *nm = symtab_find(found, argv[0]);
	int error;

	if (nm == NULL)
		nm = add(found, rules, argv[0], reason, sizeof(reason));
	if (nm != NULL)
		return nm->nm_value;
	error = errno;
	hint_command(rule, argv, hint, sizeof(hint));
	snprintf(why, len, "%s: cannot execute: %s%s", argv[0], reason, hint);
	errno = error;
	return NULL;
}

/* Checks the command of one trigger, if it has one; false after a message. */
static bool
check_command(const struct conf *c, name_set *found,
    const struct conf_rule *rule, char *const *argv, bool other)
{
	char why[CONF_CHECK_WHY];

	if (argv == NULL)
		return true;
	if (conf_check_find(found, c->c_rules, rule, argv, why, sizeof(why)) !=
	    NULL)
		return true;
	/* Another user may have more rights than the caller. */
	if (other && errno == EACCES)
		return true;
	warnx("%s: rule %s: %s", c->c_file, rule->cr_name, why);
	return false;
}

bool
conf_check_commands(const struct conf *c)
{
	const struct conf_rule *rule = c->c_rules->cs_rules;
	const struct conf_rule *end = rule + c->c_rules->cs_nrules;
	const struct conf_trigger *done = NULL;
	name_set found = { .ha_count = 0 };
	bool good, other;
	size_t i;

	if (!become_user(c, &other))
		return false;
	for (good = true; rule < end; rule++) {
		/* Rules of several interfaces have the same triggers. */
		for (i = 0; i < rule->cr_ntriggers; i++)
			if (rule->cr_triggers != done &&
			    !check_command(c, &found, rule,
				rule->cr_triggers[i].ct_argv, other))
				good = false;
		done = rule->cr_triggers;
	}
	symtab_clear(&found);
	return good;
}
