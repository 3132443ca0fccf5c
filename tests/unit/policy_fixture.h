/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Steps of a policy and their outcomes, for the tests of policies. */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine/policy.h"

#define MS	 UINT64_C(1000000)
#define T0	 (5000 * MS)
#define INTERVAL (200 * MS)
#define TIMEOUT	 (1 * MS)
#define RETRY	 (300 * MS)

/*
 * Returns the outcome of a step in five characters: order (- none, S start, E
 * end), state (I idle, H held, B broken, W waiting, R running, E ending),
 * pending events, events of the run, events of a broken run.
 */
static inline const char *
outcome(enum policy_order order, const struct policy *po)
{
	static char text[128];

	assert_true(
	    po->po_pending < 10 && po->po_running < 10 && po->po_broken < 10);
	snprintf(text, sizeof(text), "%c%c%" PRIu64 "%" PRIu64 "%" PRIu64,
	    "-SE"[order], "IHBWRE"[po->po_state], po -> po_pending,
	    po -> po_running, po -> po_broken);
	return text;
}

/* Checks the outcome of one step. */
static inline void
check(struct policy *po, enum policy_input input, uint64_t events, uint64_t now,
    const char *wanted)
{
	assert_string_equal(
	    outcome(policy_step(po, input, events, now, now), po), wanted);
}

static inline void
step(struct policy *po, enum policy_input input, uint64_t events, uint64_t now)
{
	policy_step(po, input, events, now, now);
}

/* The same, of the only trigger of a rule: each turn comes at once. */
static inline enum policy_order
step_alone(
    struct policy *po, enum policy_input input, uint64_t events, uint64_t now)
{
	enum policy_order order = policy_step(po, input, events, now, now);

	if (po->po_state == POLICY_WAITING)
		order = policy_step(po, POLICY_TURN, 0, 0, now);
	return order;
}

#endif
