/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/signals.h"
#include "ipc/order.h"
#include "priv/process_env.h"
#include "runner/command.h"
#include "runner/pdeath.h"
#include "runner/run_key.h"
#include "runner/spawn.h"

#define PREFIX	   "BPFSTATSD_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/*
 * Variables that we add; all but the first three are rewritten for each run.
 * Behind them are BYTES where bytes count, and KEY and its parts with a key.
 */
enum variable {
	V_EVENT,
	V_RULE,
	V_INTERFACE,
	V_EVENTS,
	V_COUNT,
	V_TOTAL,
	V_N
};

/* Bytes for a name, "=" and 64 bits; rule and interface are added to this. */
#define VARIABLE_SIZE ((size_t)64)
/* The same for a key. */
#define KEY_VARIABLE_SIZE (VARIABLE_SIZE + KEY_TEXT)

/* Statuses that are mapped together. */
#define STATUSES ((size_t)256)

extern char **environ;

/* Statuses that no run uses, in memory shared with children; never freed. */
static volatile struct spawn_status *statuses;

/* Copies the arguments into one block: the vector, then the strings. */
static char **
copy_argv(char *const *argv)
{
	char **copy, *text;
	size_t i, n, size = 0;

	for (n = 0; argv[n] != NULL; n++)
		size += strlen(argv[n]) + 1;
	copy = (char **)calloc(1, (n + 1) * sizeof(*copy) + size);
	if (copy == NULL)
		return NULL;
	text = (char *)(copy + n + 1);
	for (i = 0; i < n; i++) {
		copy[i] = text;
		text = stpcpy(text, argv[i]) + 1;
	}
	return copy;
}

static int
build_env(struct command *c, const struct command_cause *cc)
{
	const size_t parts = cc->cc_by->ks_n;
	size_t i, n = 0, kept = 0, ours = V_N, size;
	char *text;

	if (cc->cc_bytes)
		ours++;
	if (parts != 0)
		ours += 1 + parts;
	size = (parts == 0 ? VARIABLE_SIZE : KEY_VARIABLE_SIZE) +
	    strlen(cc->cc_rule) + strlen(cc->cc_interface);
	while (environ[n] != NULL)
		n++;
	/* One block: the vector, then the texts of our variables. */
	c->c_env =
	    (char **)calloc(1, (ours + n + 1) * sizeof(char *) + ours * size);
	if (c->c_env == NULL)
		return -1;
	text = (char *)(c->c_env + ours + n + 1);
	for (i = 0; i < ours; i++)
		c->c_env[i] = text + i * size;
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], PREFIX, PREFIX_LEN) != 0)
			c->c_env[ours + kept++] = environ[i];
	snprintf(c->c_env[V_EVENT], size, PREFIX "EVENT=%s", cc->cc_event);
	snprintf(c->c_env[V_RULE], size, PREFIX "RULE=%s", cc->cc_rule);
	snprintf(c->c_env[V_INTERFACE], size, PREFIX "INTERFACE=%s",
	    cc->cc_interface);
	c->c_bytes = cc->cc_bytes;
	c->c_by = *cc->cc_by;
	return 0;
}

int
command_init(struct command *c, const char *path, char *const *argv, int null,
    const struct command_cause *cc)
{
	memset(c, 0, sizeof(*c));
	c->c_null = null;
	/* Rules may change while an execve(2) still reads the arguments. */
	if ((c->c_path = strdup(path)) != NULL &&
	    (c->c_argv = copy_argv(argv)) != NULL && build_env(c, cc) == 0)
		return 0;
	command_free(c);
	return -1;
}

void
command_free(struct command *c)
{
	if (c->c_status != NULL)
		(void)command_end(c);
	free((void *)c->c_argv);
	free(c->c_path);
	free((void *)c->c_env);
	c->c_argv = NULL;
	c->c_path = NULL;
	c->c_env = NULL;
}

/* Writes the variables of the key. */
static void
describe_key(const struct command *c, const struct order_start *os, char **env)
{
	char text[KEY_TEXT];
	const char *name;
	size_t i;

	(void)run_key_text(&c->c_by, os, text);
	snprintf(*env++, KEY_VARIABLE_SIZE, PREFIX "KEY=%s", text);
	for (i = 0; i < c->c_by.ks_n; i++) {
		name = key_text_variable(c->c_by.ks_parts[i].kp_kind);
		run_key_part(&c->c_by, os, i, text);
		snprintf(*env++, KEY_VARIABLE_SIZE, "%s=%s", name, text);
	}
}

static void
describe(const struct command *c, const struct order_start *os)
{
	char **env = c->c_env + V_N;

	snprintf(c->c_env[V_EVENTS], VARIABLE_SIZE, PREFIX "EVENTS=%" PRIu64,
	    os->os_events);
	snprintf(c->c_env[V_COUNT], VARIABLE_SIZE, PREFIX "COUNT=%" PRIu64,
	    os->os_count);
	snprintf(c->c_env[V_TOTAL], VARIABLE_SIZE, PREFIX "TOTAL=%" PRIu64,
	    os->os_total);
	if (c->c_bytes)
		snprintf(*env++, VARIABLE_SIZE, PREFIX "BYTES=%" PRIu64,
		    os->os_bytes);
	if (c->c_by.ks_n != 0)
		describe_key(c, os, env);
}

static void
put_status(volatile struct spawn_status *ss)
{
	ss->ss_next = statuses;
	statuses = ss;
}

/* Returns a status that no run uses, or NULL and errno. */
static volatile struct spawn_status *
get_status(void)
{
	volatile struct spawn_status *ss;
	size_t i;

	if (statuses == NULL) {
		ss = mmap(NULL, STATUSES * sizeof(*ss), PROT_READ | PROT_WRITE,
		    MAP_ANON | MAP_SHARED, -1, 0);
		if (ss == MAP_FAILED)
			return NULL;
		for (i = 0; i < STATUSES; i++)
			put_status(&ss[i]);
	}
	ss = statuses;
	statuses = ss->ss_next;
	return ss;
}

/* Gets what the run needs.  Returns 0, or -1 and errno. */
static int
begin(struct command *c)
{
	if ((c->c_status = get_status()) == NULL)
		return -1;
	return pdeath_open(&c->c_pdeath);
}

static pid_t
start(struct command *c)
{
	const struct spawn sp = { c->c_path, c->c_argv, c->c_env, c->c_null,
		c->c_pdeath, c->c_status };

	return spawn(&sp);
}

int
command_spawn(struct command *c, const struct order_start *os, pid_t *pid)
{
	int error;

	describe(c, os);
	if (begin(c) == 0 && (*pid = start(c)) != -1 && !command_failed(c))
		return 0;
	error = errno;
	if (c->c_status != NULL)
		(void)command_end(c);
	errno = error;
	return -1;
}

bool
command_late(const struct command *c)
{
	return c->c_status->ss_late != 0;
}

bool
command_failed(const struct command *c)
{
	errno = c->c_status->ss_error;
	return errno != 0;
}

int
command_end(struct command *c)
{
	int result = pdeath_close(&c->c_pdeath), error = errno;

	put_status(c->c_status);
	c->c_status = NULL;
	errno = error;
	return result;
}
