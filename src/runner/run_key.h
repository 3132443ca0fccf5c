/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The key in the order of a run; or several keys, in a line of -p. */
#ifndef RUN_KEY_H
#define RUN_KEY_H

#include <stdbool.h>

#include "engine/key_text.h"

struct order_start;

/*
 * Returns true if the key in an order is valid for a spec; and if an order has
 * none, for a spec without parts.
 */
bool run_key_fits(const struct key_spec *, const struct order_start *);

/* Returns the key as text in buf; NULL: there is none, or several. */
const char *run_key_text(
    const struct key_spec *, const struct order_start *, char buf[KEY_TEXT]);

/* Writes a part of the key, by its index in the spec. */
void run_key_part(const struct key_spec *, const struct order_start *,
    size_t part, char buf[KEY_TEXT_PART]);

/* Merges the key with that of earlier events: different keys are several. */
void run_key_merge(struct order_start *, const struct order_start *earlier);

#endif
