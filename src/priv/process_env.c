/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/resource.h>
#include <sys/time.h>

#include <ctype.h>
#include <err.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "priv/process_env.h"

/* Directories where only root can install programs. */
#define SAFE_PATH "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin"

#define VALUE_MAX 64

/* Descriptors besides those of sources and runs; about a dozen are used. */
#define SPARE 24

extern char **environ;

/* PATH, TERM, LANG, HOME, USER, LOGNAME, SHELL, and the final NULL. */
static char *variables[8];
static size_t variables_n;

/*
 * The caller's limits, restored for commands.  With privileges libbpf may raise
 * RLIMIT_MEMLOCK.
 */
static struct rlimit core, memlock, files;
static bool limited, widened;

/* True for a short name without slashes, percent signs and escapes. */
static bool
harmless(const char *value)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++)
		if (i == VALUE_MAX ||
		    (!isalnum((unsigned char)value[i]) &&
			strchr("-_.@+", value[i]) == NULL))
			return false;
	return i != 0;
}

static void
add(const char *name, const char *value)
{
	char **v = &variables[variables_n];

	if (asprintf(v, "%s=%s", name, value) == -1)
		err(1, "environment");
	variables_n++;
}

/* Sets a variable in the current environment. */
static void
replace(const char *name, const char *value)
{
	if (setenv(name, value, 1) == -1)
		err(1, "environment");
}

/* Sets the variables of an account with `put`; none for an unknown user. */
static void
put_account(uid_t uid, void (*put)(const char *, const char *))
{
	const struct passwd *pw = getpwuid(uid);

	if (pw == NULL)
		return;
	put("HOME", pw->pw_dir);
	put("USER", pw->pw_name);
	put("LOGNAME", pw->pw_name);
	put("SHELL", pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh");
}

static void
change_limits(void)
{
	struct rlimit none;

	if (getrlimit(RLIMIT_CORE, &core) == -1 ||
	    getrlimit(RLIMIT_MEMLOCK, &memlock) == -1)
		err(1, "limits");
	limited = true;
	/* Keeps the hard limit, so that process_env_restore can raise it. */
	none = core;
	none.rlim_cur = 0;
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		err(1, "limits: core");
}

void
process_env_clean(void)
{
	const char *term = getenv("TERM"), *lang = getenv("LANG");

	/* First, so that no function below reads the old environment. */
	environ = variables;
	add("PATH", SAFE_PATH);
	if (term != NULL && harmless(term))
		add("TERM", term);
	if (lang != NULL && harmless(lang))
		add("LANG", lang);
	put_account(getuid(), add);
	change_limits();
}

void
process_env_account(uid_t uid)
{
	put_account(uid, replace);
}

void
process_env_files(size_t n)
{
	const rlim_t wanted = (rlim_t)(n + SPARE);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "limits");
	if (limit.rlim_cur >= wanted)
		return;
	if (limit.rlim_max < wanted)
		errx(1,
		    "descriptors: all rules together need %llu, and the limit "
		    "is %llu: \"ulimit -n %llu\" raises it",
		    (unsigned long long)wanted,
		    (unsigned long long)limit.rlim_max,
		    (unsigned long long)wanted);
	/* The caller's limit is the one before the first change. */
	if (!widened)
		files = limit;
	limit.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "limits: descriptors");
	widened = true;
}

/* Best effort; running out of descriptors later is reported then. */
void
process_env_files_all(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "limits");
	if (limit.rlim_cur == limit.rlim_max)
		return;
	if (!widened)
		files = limit;
	limit.rlim_cur = limit.rlim_max;
	widened = setrlimit(RLIMIT_NOFILE, &limit) == 0 || widened;
}

int
process_env_restore(void)
{
	if (widened && setrlimit(RLIMIT_NOFILE, &files) == -1)
		return -1;
	if (!limited)
		return 0;
	if (setrlimit(RLIMIT_CORE, &core) == -1)
		return -1;
	return setrlimit(RLIMIT_MEMLOCK, &memlock);
}
