/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Decides which sources a set has, and which of them each place has. */
#ifndef SOURCE_ASSIGN_H
#define SOURCE_ASSIGN_H

#include <stdbool.h>

struct conf_rules;
struct source_set;
struct sources_before;
struct sources_item;

/*
 * Makes the lists of a set: sources of the set before a reload, and others that
 * are not open.  Returns 0; or -1 and errno.  Call source_assign_end in both
 * cases.
 */
int source_assign(struct source_set *, const struct conf_rules *,
    const struct sources_before *);

/* Frees the lists, but closes no source. */
void source_assign_end(struct source_set *);

/* Returns true if the set has the source of this item of another set. */
bool source_assign_has(const struct source_set *, const struct sources_item *);

#endif
