/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>
#include <sys/stat.h>

#include <net/if.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/hint.h"
#include "conf/value.h"
#include "engine/key_text.h"

#define BLANKS " \t\n"

/* True for a slash and a time, as in -c 5 / 10s or -c 5 /10s. */
static bool
time_of_rate(char *const *argv)
{
	const char *time;
	uint64_t ns;

	if (argv[0][0] != '/')
		return false;
	time = argv[0][1] == '\0' ? argv[1] : argv[0] + 1;
	return time != NULL && value_time(time, CLOCK_MS, &ns) == NULL;
}

/*
 * Returns the parent of home directories that holds this path and that a
 * service manager hides behind a directory without permissions, or NULL.
 */
static const char *
hidden_home(const char *path)
{
	static const char *const homes[] = { "/home", "/root", "/run/user" };
	struct stat st;
	size_t i, len;

	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		len = strlen(homes[i]);
		if (strncmp(path, homes[i], len) == 0 && path[len] == '/' &&
		    stat(homes[i], &st) == 0 && (st.st_mode & 07777) == 0)
			return homes[i];
	}
	return NULL;
}

/* True for a filter of one word, as -e without quotes leaves it. */
static bool
one_word(const struct conf_rule *rule)
{
	return rule->cr_filter != NULL &&
	    strpbrk(rule->cr_filter, BLANKS) == NULL;
}

/* True if the command line has a key, and the word is another part. */
static bool
part_of_key(const struct conf_rule *rule, const char *word)
{
	struct key_spec ks = { 0 };

	return rule->cr_triggers[0].ct_by.ks_n != 0 &&
	    key_text_add(&ks, word + strspn(word, ",")) == NULL;
}

void
hint_command(
    const struct conf_rule *rule, char *const *argv, char *out, size_t len)
{
	const char *name = argv[0], *home = hidden_home(argv[0]);
	bool options = rule->cr_name == NULL; /* no rules file */

	out[0] = '\0';
	if (options && time_of_rate(argv))
		snprintf(out, len,
		    "; write count and time as one word, such as 5/10s");
	else if (strpbrk(name, BLANKS) != NULL)
		snprintf(out, len,
		    "; no shell runs it: for a shell command use sh -c '%s'",
		    name);
	else if (home != NULL)
		snprintf(out, len,
		    "; %s is hidden (ProtectHome= of the unit): install the "
		    "command elsewhere, such as in /usr/local/bin",
		    home);
	else if (options && part_of_key(rule, name))
		snprintf(out, len,
		    "; if \"%s\" belongs to the key, write the key as one "
		    "word, such as -k source,port",
		    name);
	else if (options && if_nametoindex(name) != 0)
		snprintf(out, len,
		    "; \"%s\" is an interface: use -i %s to count there", name,
		    name);
	else if (options && one_word(rule))
		snprintf(out, len,
		    "; if \"%s\" belongs to the filter, quote the whole "
		    "filter: -e '%s %s ...'",
		    name, rule->cr_filter, name);
}
