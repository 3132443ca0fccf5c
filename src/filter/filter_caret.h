/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Locates errors in filter expressions.  libpcap reports a syntax error without
 * its position.
 */
#ifndef FILTER_CARET_H
#define FILTER_CARET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns the offset of the first word or operator that cannot continue the
 * expression, or the length of an expression that ends too early, or 0 if the
 * expression is too long to search.  `parses` returns true for a valid
 * expression; it is called up to 15 times for each part.
 */
size_t filter_caret_find(
    const char *expression, bool (*parses)(const char *, void *), void *arg);

/* Returns the first occurrence of a whole word, or NULL. */
const char *filter_caret_word(const char *expression, const char *word);

/*
 * Formats two lines, each after a line feed: the part of the expression around
 * the place, and a caret below the place.
 */
void filter_caret_show(
    const char *expression, size_t place, char *, size_t len);

#endif
