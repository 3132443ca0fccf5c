/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Compiles many filters in one confined process, and the same filter once.
 * Filters that load VLAN tags have a second process, which may be unable to
 * look up names (filter_live.h).
 */
#ifndef FILTER_COMPILER_H
#define FILTER_COMPILER_H

#include <stddef.h>

struct filter;
struct filter_compiler;
struct filter_request;

/* Starts no process.  Returns NULL and errno on failure. */
struct filter_compiler *filter_compiler_open(void);

/*
 * Compiles a request, and starts a process unless one runs.  A process that
 * dies or hangs fails this request only.  As filter_compile, but the expression
 * is neither empty nor too long, and rights are lowered.
 */
int filter_compiler_ask(struct filter_compiler *, struct filter *,
    const struct filter_request *, char *err, size_t errlen);

/* Ends the processes and forgets the filters; accepts NULL. */
void filter_compiler_close(struct filter_compiler *);

#endif
