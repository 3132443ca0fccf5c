/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The command of a trigger: its file, arguments and environment. */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

#include <stdbool.h>

#include "engine/key.h"
#include "runner/pdeath.h"

struct order_start;
struct spawn_status;

/* A command, ready to be started any number of times. */
struct command {
	char **c_argv; /* owned */
	char *c_path;  /* owned; the program */
	char **c_env;  /* owned; the daemon's variables and BPFSTATSD_* */
	bool c_bytes;  /* c_env has BPFSTATSD_BYTES */
	struct key_spec c_by; /* with parts: c_env has BPFSTATSD_KEY, ... */
	int c_null;	      /* standard input, owned by the caller */
	/* A run; c_status is shared with the child.  NULL: there is no run. */
	volatile struct spawn_status *c_status;
	struct pdeath c_pdeath;
};

/* Values of variables that are the same for all runs. */
struct command_cause {
	const char *cc_event;	      /* BPFSTATSD_EVENT */
	const char *cc_rule;	      /* BPFSTATSD_RULE */
	const char *cc_interface;     /* BPFSTATSD_INTERFACE */
	bool cc_bytes;		      /* there is a BPFSTATSD_BYTES */
	const struct key_spec *cc_by; /* with parts: there is a key */
};

/*
 * Prepares a command and its environment.  path is the program to execute, see
 * executable_find; null is a descriptor of /dev/null and stays the caller's.
 * Returns 0, or -1 and errno.
 */
int command_init(struct command *, const char *path, char *const *argv,
    int null, const struct command_cause *);
void command_free(struct command *);

/*
 * Starts a run, with the values of the order in BPFSTATSD_EVENTS, _COUNT,
 * _TOTAL, _BYTES, _KEY and those of the key's parts: a new session without a
 * terminal, a process group that ends with the runner (pdeath.h), default
 * signals, /dev/null as stdin, the caller's stdout and stderr, and no other
 * descriptor. Returns 0 and the process id, or -1 and errno; then waitpid(2)
 * may report a child that failed. If execve(2) hangs, the run counts as
 * started, and may fail later, see command_failed().  All signals that have
 * handlers must be blocked.
 */
int command_spawn(struct command *, const struct order_start *, pid_t *);

/* After command_spawn(): returns true if execve(2) hangs. */
bool command_late(const struct command *);

/*
 * After the end of a run: returns true, and errno, if the command could not be
 * executed.
 */
bool command_failed(const struct command *);

/*
 * Frees what a run needs, after its end.  Returns 0, or -1 and errno if the
 * parent-death signal could not be released.
 */
int command_end(struct command *);

#endif
