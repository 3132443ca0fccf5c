/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Pseudo-random numbers and samples for the tests of conditions. */
#ifndef CONDITION_FIXTURE_H
#define CONDITION_FIXTURE_H

#include <stdint.h>

#include "engine/condition.h"

static uint64_t seed;

/*
 * Returns a number below `limit`; each run has the same sequence.  The low bits
 * of the generator are poor, so the high ones are used.
 */
static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

/*
 * Takes a sample with a count and the time of the last packet, UINT64_MAX if
 * unknown.  Returns the number of events.
 */
static uint64_t
take(struct condition *cn, uint64_t seen, uint64_t last, uint64_t now)
{
	const struct condition_sample sm = { .sm_seen = seen,
		.sm_last = last,
		.sm_silences = UINT64_MAX,
		.sm_woke = UINT64_MAX };

	return condition_take(cn, &sm, now);
}

#endif
