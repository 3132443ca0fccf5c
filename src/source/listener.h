/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Decides when to poll a descriptor without a threshold, which is readable as
 * soon as a packet has come.  While a trigger waits for packets, rests between
 * wake-ups keep the pace of pacing.h; otherwise a rest is long.  Pure; times
 * are ns of the monotonic clock.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "source/pacing.h"

/* A long rest, at most: no 32-bit counter wraps unnoticed. */
#define LISTENER_REST (10 * CLOCK_S)

/* Initially all zero but li_rest: polled, no packets found. */
struct listener {
	struct pacing li_pace;
	uint64_t li_rest; /* duration of a long rest */
	uint64_t li_woke; /* time of the last wake-up */
	bool li_found;	  /* packets since then */
	bool li_resting;  /* descriptor is not polled */
};

/* Records that packets were found. */
void listener_found(struct listener *);

/*
 * Starts or ends a rest; called before each sleep.  awaited: a trigger waits
 * for packets.  Returns true if polling starts again: then the caller empties
 * the descriptor and counts the packets found.
 */
bool listener_turn(struct listener *, bool awaited, uint64_t now);

/*
 * Returns the time at which a rest ends, CLOCK_NEVER while the descriptor is
 * polled.
 */
uint64_t listener_until(const struct listener *, bool awaited, uint64_t now);

#endif
