/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: prints keys as a table.  Check ferror(3) afterwards. */
#ifndef PRINT_KEYS_H
#define PRINT_KEYS_H

#include <stdio.h>

struct keys;
struct table;

/*
 * Prints a line for each key, below two lines for each table; ta_rates is not
 * used.
 */
void print_keys(const struct table *, const struct keys *, FILE *);

#endif
