/*
 * Values of options, parsed with bounds.  Each returns NULL and sets *v, or
 * returns what the value should have been, for the error message.  No blank,
 * sign, fraction or exponent is taken.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdint.h>

#include "base/log.h"
#include "conf/conf.h"
#include "engine/policy.h"

/* A whole number from 1 to 2^63 - 1. */
const char *value_count(const char *, uint64_t *v);

/* Bytes: digits and K, M or G, powers of 1024, or no unit; as many. */
const char *value_size(const char *, uint64_t *v);

/*
 * A time in nanoseconds: digits and ms, s, m or h; without a unit seconds.
 * From `min` nanoseconds to 8760 hours, a year.
 */
const char *value_time(const char *, uint64_t min, uint64_t *v);

/* A count, or a size, and behind a slash in which time, 1 ms or more, or 0. */
const char *value_rate(const char *, uint64_t *v, uint64_t *time);
const char *value_size_rate(const char *, uint64_t *v, uint64_t *time);

const char *value_policy(const char *, enum policy_kind *v);
const char *value_policy_name(enum policy_kind);

const char *value_direction(const char *, enum direction *v);

/* Of a file, in octal digits. */
const char *value_mode(const char *, unsigned int *v);

const char *value_log(const char *, enum log_mode *v);

#endif
