/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Decides when to poll a descriptor without a threshold, which is readable as
 * soon as a packet has come.  While a trigger waits for packets, rests between
 * wake-ups keep the pace of pacing.h; otherwise a rest takes 10 s.  Pure; times
 * are ns of the monotonic clock.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/pacing.h"

/* Initially all zero: polled, no packets found. */
struct listener {
	struct pacing li_pace;
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
 * polled.  No rest is longer than 10 s, so no 32-bit counter wraps unnoticed.
 */
uint64_t listener_until(const struct listener *, bool awaited, uint64_t now);

#endif
