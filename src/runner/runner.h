/*
 * The runner: starts and ends commands as the watcher orders, talks to the
 * user and to signals.  It sees no packet.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <sys/types.h>

#include <stddef.h>

#include "ipc/order.h"
#include "ipc/stats_proto.h"

struct conf;

/* What it has of the watcher. */
struct partner {
	pid_t pa_pid;		   /* or, where there is one, of its keeper */
	struct order_ends pa_ends; /* closed by the runner */
	size_t pa_sources;	   /* that it holds */
	struct control_ends pa_control;
	char **pa_how; /* by rule: how its source counts; NULL: a savefile */
	int pa_opener; /* see reload.h; -1: there is none */
	int pa_text;
};

/*
 * Runs until a signal, the watcher's end or -z; then no command is left
 * running, nor the watcher.  Returns what the process is to exit with.
 */
int runner_run(const struct conf *, const struct partner *);

#endif
