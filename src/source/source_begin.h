/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Opens and starts the sources of a set. */
#ifndef SOURCE_BEGIN_H
#define SOURCE_BEGIN_H

#include <stdbool.h>
#include <stddef.h>

struct filter_compiler;
struct priv;
struct source_conf;
struct source_set;

/*
 * Opens what the sources share and all sources that are not open, and makes
 * them count; needs privileges.  first: not a reload.  Returns 0; or -1, with
 * privileges given up and the reason logged.
 */
int source_begin(struct source_set *, bool wait, const struct priv *,
    struct filter_compiler *, bool first);

/* Sets what only this source of the set has. */
void source_begin_conf(
    const struct source_set *, size_t number, struct source_conf *);

#endif
