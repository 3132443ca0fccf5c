/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * What all sources of the daemon share.  Each system implements the functions
 * (source/linux/source_linux.c, source/bpf/).
 */
#ifndef SOURCE_SHARED_H
#define SOURCE_SHARED_H

#include <stdbool.h>
#include <stddef.h>

struct slots;
struct source;

struct source_shared {
	/* Descriptors; -1: not open. */
	int ss_notice; /* readable when an interface may have come or gone */
	int ss_wake;   /* readable when source_shared_woken has a source */

	struct slots *ss_slots; /* Linux: owned; NULL: not open */
	int ss_error;		/* Linux: errno of opening them, or 0 */

	/* Filled in before the first source is opened. */
	size_t ss_sources; /* sources, at most */
	size_t ss_timed;   /* those of them with sc_time */
	bool ss_grows;	   /* a reload may add others */
};

/* Initializer: nothing is open. */
#define SOURCE_SHARED_NONE                     \
	{                                      \
		.ss_notice = -1, .ss_wake = -1 \
	}

/*
 * Opens ss_notice, before any source, so that its number is lower than those of
 * all sources.  Returns 0, or -1 and errno.
 */
int source_shared_open(struct source_shared *);

/* Empties ss_notice.  To be called before the source_look of each source. */
void source_shared_drain(const struct source_shared *);

/*
 * Returns a source whose wake-up has come since the last call; NULL: no other.
 * To be called when ss_wake is readable, and before each sleep, since a sample
 * may take the wake-ups of others out of ss_wake.
 */
struct source *source_shared_woken(const struct source_shared *);

/*
 * Starts to count, with privileges, when all sources of a set are open.  wait:
 * accepts missing interfaces.  Returns 0; or -1 and errno; or 1 and errno if
 * the kernel refuses the extended filter of a source.  *which is the source, or
 * NULL if none is to blame.
 */
int source_shared_start(
    struct source_shared *, bool wait, struct source **which);

/*
 * A reload: source_shared_start makes all preparations, install changes to the
 * new sources of interfaces that count already, and returns 0, or -1 and errno.
 * Then cancel goes back, before the new sources are closed; or finish frees
 * what the old sources had, before these are closed.
 */
int source_shared_install(struct source_shared *);
void source_shared_cancel(struct source_shared *);
void source_shared_finish(struct source_shared *);

/*
 * Watcher, before confinement: closes what only a process that opens sources
 * needs.  opener: there is one.
 */
void source_shared_watch(struct source_shared *, bool opener);

/* Closes what only this system has: ss_slots. */
void source_shared_release(struct source_shared *);

/* Closes this process's descriptors. */
void source_shared_close(struct source_shared *);

#endif
