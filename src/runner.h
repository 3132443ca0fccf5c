/*
 * The runner: starts and ends commands as the watcher orders, talks to the
 * user and to signals.  It sees no packet.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <sys/types.h>

#include "order.h"
#include "source.h"

struct conf;

/* What it has of the watcher. */
struct partner {
	pid_t pa_pid;
	struct order_ends pa_ends; /* closed by the runner */
	int pa_signal_fd;	   /* of signals_open */
	char pa_how[SOURCE_TEXT];  /* how the source counts */
};

/*
 * Runs until a signal, the watcher's end or -z; then no command is left
 * running, nor the watcher.  Returns what the process is to exit with.
 */
int runner(const struct conf *, const struct partner *);

#endif
