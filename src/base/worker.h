/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Work that may never end, because a file system does not answer.  A child
 * does the work and writes a text, and the caller gives the child up after
 * WORKER_PATIENCE.  The kernel may not end that child before the file system
 * answers, so the caller never waits for its end.
 */
#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WORKER_SECONDS 10

struct worker {
	pid_t wk_pid;	   /* 0: none, or the child has been waited for */
	int wk_fd;	   /* reading end of a pipe from it; -1: no child */
	uint64_t wk_until; /* time at which it is given up, ns */
	char *wk_text;	   /* text so far, and a 0 */
	size_t wk_len;	   /* bytes of it, without that 0 */
	size_t wk_room;	   /* bytes allocated for it */
};

enum worker_state {
	WORKER_WORKS,
	WORKER_DONE,	/* the text is complete, and the work succeeded */
	WORKER_REFUSED, /* the text says why it did not */
	WORKER_FAILED	/* the child has not come to an end; errno */
};

/* Work of a child.  Writes the text; returns false if the work failed. */
typedef bool worker_fn(FILE *, const void *arg);

/*
 * Forks the child.  Returns 0; or -1 and errno.  worker_close in both cases.
 */
int worker_start(struct worker *, worker_fn *, const void *);

/*
 * Reads what there is of the text, for when wk_fd is readable or wk_until has
 * come.  errno is ETIMEDOUT for a child that is given up, and EIO for one that
 * has ended too early.
 */
enum worker_state worker_read(struct worker *);

/* Tells that waitpid(2) has returned this process. */
void worker_reaped(struct worker *, pid_t);

/* Kills the child if it still works, and frees the text. */
void worker_close(struct worker *);

#endif
