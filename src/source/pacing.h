/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Limits the wake-ups of a source that has no threshold: a few in a row, at
 * most 1000 in any second.  Pure; times are ns of the monotonic clock.
 *
 * After a wake-up the descriptor is not polled for a while: a rest, whose end
 * is a wake-up, too.  If packets came during a rest, another rest follows.  If
 * none came, polling starts at once, on credit: the wake-up by the next packet
 * makes the following rest longer.
 */
#ifndef PACING_H
#define PACING_H

#include <stdint.h>

/* Initially all zero: no wake-ups yet. */
struct pacing {
	uint64_t pa_tat; /* theoretical arrival time of the next wake-up */
};

/* Records a wake-up, by a packet or by the end of a rest. */
void pacing_wake(struct pacing *, uint64_t now);

/* Returns the time at which a rest ends; 0: no rest, poll now. */
uint64_t pacing_rest(const struct pacing *, uint64_t now);

#endif
