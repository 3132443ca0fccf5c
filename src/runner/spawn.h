/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Creates the process of a command; does not wait for a hung execve(2). */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "runner/pdeath.h"

/* Result of a start, in memory that parent and child share. */
struct spawn_status {
	int ss_error; /* errno of the failed start; 0: none so far */
	int ss_late;  /* execve(2) took longer than spawn() waits */
	volatile struct spawn_status *ss_next; /* for command.c */
};

/* Input of the child; valid until it has executed or ended. */
struct spawn {
	const char *sp_path;
	char *const *sp_argv;
	char *const *sp_env;
	int sp_null; /* descriptor of /dev/null */
	struct pdeath sp_pdeath;
	volatile struct spawn_status *sp_status;
};

/*
 * Creates a process that executes the command.  Waits until execve(2) has
 * succeeded or failed, but about SPAWN_WAIT_MS at most.  Returns the process
 * id, or -1 and errno if there is no process.  A start that fails, even much
 * later, stores its errno in ss_error, and the process exits.  All signals that
 * have handlers must be blocked.
 */
#define SPAWN_WAIT_MS 20
pid_t spawn(const struct spawn *);

/* Does the same with fork(2), which every system has. */
pid_t spawn_fork(const struct spawn *);

/*
 * Called in the child before execve(2): sets its session, parent-death signal,
 * descriptors, limits and signals.  Writes to no memory of the parent.  Returns
 * 0 or an errno.
 */
int spawn_prepare(const struct spawn *);

#endif
