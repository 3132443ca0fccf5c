/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Descriptors that all sources of a set share.  Each system implements start,
 * cancel, drain and check (source/linux/source_linux.c, source/bpf/).
 */
#ifndef SOURCE_SHARED_H
#define SOURCE_SHARED_H

#include <stdbool.h>
#include <stddef.h>

struct slots;
struct source;

struct source_shared {
	/* Descriptors, opened by the first source with a need; -1: not open. */
	int ss_notice; /* readable when an interface may have come or gone */
	int ss_opener; /* socket of the set's device opener */
	int ss_wake;   /* readable when source_shared_woken has a source */

	struct slots *ss_slots; /* Linux: owned; NULL: not open */
	int ss_error;		/* Linux: errno of opening them, or 0 */

	/* Filled in before the first source is opened. */
	size_t ss_sources; /* sources, at most */
	size_t ss_timed;   /* those of them with sc_time */
	bool ss_grows;	   /* a reload may add others */
};

/* Initializer: nothing is open. */
#define SOURCE_SHARED_NONE                                      \
	{                                                       \
		.ss_notice = -1, .ss_opener = -1, .ss_wake = -1 \
	}

/*
 * Starts the device opener, if a source needs one, after all sources are open
 * and with privileges.  Returns 0, or -1 and errno.
 */
int source_shared_start(const struct source_shared *);

/* Forgets the sources of a device opener that has not started. */
void source_shared_cancel(void);

/* Empties ss_notice.  To be called before the source_look of each source. */
void source_shared_drain(const struct source_shared *);

/*
 * Returns 0 while the device opener lives, else -1.  To be called when
 * ss_opener is readable.
 */
int source_shared_check(const struct source_shared *);

/*
 * Returns a source whose wake-up has come since the last call, when ss_wake is
 * readable; NULL: no other.
 */
struct source *source_shared_woken(const struct source_shared *);

/* Closes what only this system has: ss_slots. */
void source_shared_release(struct source_shared *);

/* Closes this process's descriptors. */
void source_shared_close(struct source_shared *);

/* Closes this process's descriptors but not those of `stays`. */
void source_shared_leave(
    struct source_shared *, const struct source_shared *stays);

#endif
