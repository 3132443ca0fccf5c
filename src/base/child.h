/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Waiting for children.  A process number belongs to a child until waitpid(2)
 * has returned it; afterwards it may name any process, so no signal is sent to
 * it.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

/* As waitpid(2), and never fails with EINTR. */
pid_t child_wait(pid_t, int *status, int options);

/*
 * Kills a child that still runs, and waits for it.  Returns the status as of
 * waitpid(2), or -1 if the process is not a child of the caller.
 */
int child_end(pid_t);

#endif
