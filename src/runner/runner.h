/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The runner: starts and ends commands as the watcher orders, logs, and handles
 * signals.  It has no source and sees no packet.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <sys/types.h>

#include <stddef.h>

#include "ipc/order.h"
#include "ipc/stats_proto.h"

struct conf;

/* Handles of the other processes; the runner closes the descriptors. */
struct partner {
	pid_t pa_pid; /* watcher, or the opener whose child it is */
	struct order_ends pa_ends;
	size_t pa_sources; /* number of sources of the watcher */
	struct control_ends pa_control;
	char **pa_how; /* by rule: how its source counts; NULL: a savefile */
	int pa_opener; /* socket to the opener, -1: none; see reload.h */
	int pa_text;   /* memory file of the opener; -1: none */
};

/*
 * Runs until a signal, the watcher's end or the end of the only run (-z); then
 * ends all runs and the watcher.  Returns the exit status of the daemon.
 */
int runner_run(const struct conf *, const struct partner *);

#endif
