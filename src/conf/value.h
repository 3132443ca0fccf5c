/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Values of options and rules, parsed with bounds.  Each function returns NULL
 * and sets *v, or returns a description of valid values for a message ("not
 * ...").  Blanks, signs, fractions and exponents are invalid.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdint.h>

#include "base/log.h"
#include "conf/conf.h"
#include "engine/policy.h"

/* A number of packets: 1 to 2^63 - 1. */
const char *value_count(const char *, uint64_t *v);

/* A number of bytes, with K, M, G or T (powers of 1024): 1 to 2^63 - 1. */
const char *value_size(const char *, uint64_t *v);

/*
 * A time with ms, s, m, h or d; seconds without a unit.  *v is ns, from `min`
 * to a year (365d).
 */
const char *value_time(const char *, uint64_t min, uint64_t *v);

/* Size of a printed time or number of bytes. */
#define VALUE_TEXT 24

/* Write a value in the largest unit that divides it: "64K", "500ms", "15m". */
const char *value_size_text(uint64_t bytes, char buf[VALUE_TEXT]);
const char *value_time_text(uint64_t ns, char buf[VALUE_TEXT]);

/* A count or a size, alone or followed by "/time"; *time is ns, or 0. */
const char *value_rate(const char *, uint64_t *v, uint64_t *time);
const char *value_size_rate(const char *, uint64_t *v, uint64_t *time);

/* A number of keys, up to KEY_TABLE_MAX, and of runs, up to LANES_RUNS. */
const char *value_keys(const char *, uint32_t *v);
const char *value_runs(const char *, uint32_t *v);

const char *value_policy(const char *, enum policy_kind *v);
const char *value_policy_name(enum policy_kind);

/* A signal that can end a run, without "SIG" or with it; *v is 0 for TERM. */
const char *value_signal(const char *, int *v);

/* Returns the name without "SIG" of a signal that value_signal() accepts. */
const char *value_signal_name(int);

const char *value_print(const char *, enum conf_print *v);

const char *value_direction(const char *, enum direction *v);

/* Permissions of a file, octal: 0 to 0777. */
const char *value_mode(const char *, unsigned int *v);

const char *value_log(const char *, enum log_mode *v);

#endif
