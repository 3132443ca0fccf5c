/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Descriptors that all sources of a set share.  Each system implements start,
 * cancel, drain and check (source/linux/source_linux.c, source/bpf/).
 */
#ifndef SOURCE_SHARED_H
#define SOURCE_SHARED_H

/* Descriptors, opened by the first source with a need; -1: not open. */
struct source_shared {
	int ss_notice; /* readable when an interface may have come or gone */
	int ss_opener; /* socket of the set's device opener */
};

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

/* Closes this process's descriptors. */
void source_shared_close(struct source_shared *);

/* Closes this process's descriptors but not those of `stays`. */
void source_shared_leave(
    struct source_shared *, const struct source_shared *stays);

#endif
