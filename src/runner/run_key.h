/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The key of a run, from its order; or several keys, for a line of -p. */
#ifndef RUN_KEY_H
#define RUN_KEY_H

#include <stdbool.h>

#include "engine/key_text.h"

struct order_start;

/*
 * Returns true if an order has a key of this spec; without parts in the spec,
 * if it has none.
 */
bool run_key_fits(const struct key_spec *, const struct order_start *);

/* Returns the key as text in buf; NULL: there is none, or several. */
const char *run_key_text(
    const struct key_spec *, const struct order_start *, char buf[KEY_TEXT]);

/* Writes a part of the key of an order. */
void run_key_part(const struct key_spec *, const struct order_start *,
    size_t part, char buf[KEY_TEXT_PART]);

/* Adds the key of earlier events. */
void run_key_merge(struct order_start *, const struct order_start *earlier);

#endif
