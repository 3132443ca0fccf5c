/*
 * How often a source that cannot be told a threshold may wake us: a few times
 * in a row, and never more than 1000 times in any second.  Pure; times are
 * nanoseconds of the monotonic clock.
 *
 * After a wake-up the descriptor is not polled before the end of the rest.
 * Its end is a wake-up, too.  When there were packets meanwhile the next rest
 * follows; when there were none we listen at once, on credit: the packet that
 * comes then makes the next rest longer.
 */
#ifndef PACING_H
#define PACING_H

#include <stdint.h>

/* All zero: fresh. */
struct pacing {
	uint64_t pa_tat; /* the time up to which wake-ups are paid for */
};

/* There was a wake-up, by a packet or by the end of a rest. */
void pacing_wake(struct pacing *, uint64_t now);

/* Until when not to listen; 0: listen now. */
uint64_t pacing_rest(const struct pacing *, uint64_t now);

#endif
