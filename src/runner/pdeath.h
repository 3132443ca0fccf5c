/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Parent-death signal: the kernel kills a running command and its process group
 * when the runner dies without a chance to end them, as by SIGKILL.  A system
 * that can do less has a file that says so.
 */
#ifndef PDEATH_H
#define PDEATH_H

#include <sys/types.h>

/* The signal of one run. */
struct pdeath {
	pid_t pd_runner;
	/* Ends of a pipe, where the system needs one; -1: none. */
	int pd_reader;
	int pd_writer;
};

/* Called in the runner before the run.  Returns 0, or -1 and errno. */
int pdeath_open(struct pdeath *);

/*
 * Called in the child before execve(2): the caller's process group gets SIGKILL
 * when the runner dies.  Async-signal-safe.  Returns 0, or -1 and errno.
 */
int pdeath_hold(const struct pdeath *);

/*
 * Called in the runner after the run, or after pdeath_open() has failed: no
 * signal comes any more.  Returns 0, or -1 and errno.
 */
int pdeath_close(struct pdeath *);

#endif
