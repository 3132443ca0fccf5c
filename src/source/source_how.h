/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Texts of a set: how its sources count, and why a count is not exact. */
#ifndef SOURCE_HOW_H
#define SOURCE_HOW_H

#include <stddef.h>

struct source_set;

/*
 * Fills in so_how of that many rules, and logs the caveats of new sources.
 * Returns 0; or -1, having logged why.
 */
int source_how_fill(struct source_set *, size_t rules);

#endif
