/* Creates the process of a command; a hung execve(2) holds up only that. */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "runner/pdeath.h"

/* In memory that parent and child share. */
struct birth {
	int b_error; /* errno of the failed start; 0: none so far */
	int b_late;  /* spawn() has not waited for the execve(2) */
};

/* Everything that the child needs; valid until it has executed or ended. */
struct spawn {
	const char *l_path;
	char *const *l_argv;
	char *const *l_env;
	int l_null; /* descriptor of /dev/null */
	struct pdeath l_leash;
	volatile struct birth *l_birth;
};

/*
 * Creates a process that executes the command.  Waits until execve(2) has
 * succeeded or failed, but about SPAWN_WAIT_MS at most.  Returns the process
 * id, or -1 and errno when there is no process.  A start that fails, even much
 * later, leaves its errno in b_error, and the process ends.  Call with those
 * signals blocked that have handlers.
 */
#define SPAWN_WAIT_MS 20
pid_t spawn(const struct spawn *);

/* The same by fork(2), on every system. */
pid_t spawn_fork(const struct spawn *);

/*
 * In the child, before execve(2): its session, leash, descriptors, limits and
 * signals.  Touches no memory of the parent.  Returns 0 or an errno.
 */
int spawn_prepare(const struct spawn *);

#endif
