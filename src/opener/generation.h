/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Rules with their sources: those in force, and those of a reload. */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdio.h>

#include "conf/conf_diff.h"
#include "source/source_set.h"

struct conf;
struct conf_rules;
struct priv;

struct generation {
	struct conf_rules *ge_rules; /* owned; NULL: no generation */
	struct source_set ge_sources;
	struct conf_diff ge_diff; /* from the generation before */
};

/* Sets no generation. */
void generation_none(struct generation *);

/*
 * Opens the sources that the generation in force does not have, and writes the
 * memory file for the runner, see ipc/opener_proto.h.  Returns 0; or -1, having
 * logged why.
 */
int generation_open(struct generation *next, const struct generation *now,
    const struct conf *, const struct priv *, int text);

/* Discards a generation; what the other one has, too, stays open. */
void generation_leave(struct generation *, const struct generation *stays);

#endif
