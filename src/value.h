/*
 * Values of options, parsed with bounds.  Each returns NULL and sets *v, or
 * returns what the value should have been, for the error message.  No blank,
 * sign, fraction or exponent is taken.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdint.h>

#include "job.h"
#include "source.h"

/* A whole number from 1 to 2^63 - 1. */
const char *value_count(const char *, uint64_t *v);

/*
 * A time in nanoseconds: digits and ms, s, m or h; without a unit seconds.
 * From `min` nanoseconds to 8760 hours, a year.
 */
const char *value_time(const char *, uint64_t min, uint64_t *v);

const char *value_policy(const char *, enum job_policy *v);

const char *value_direction(const char *, enum source_direction *v);

#endif
