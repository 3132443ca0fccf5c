/*
 * When to listen to a descriptor that becomes readable with the first packet
 * after it was emptied, and at no count: at the pace of pace.h while somebody
 * waits for packets, and hardly ever while nobody does.  Pure.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/pacing.h"

/* All zero: listening, nothing was found. */
struct listener {
	struct pacing li_pace;
	uint64_t li_woke; /* the last wake-up */
	bool li_found;	  /* packets since then */
	bool li_resting;  /* the descriptor is not to be polled */
};

/* Packets were found. */
void listener_found(struct listener *);

/*
 * Before each sleep; awaited: somebody waits for packets.  True when a rest
 * is over and we listen again: then the descriptor has to be emptied, and what
 * came until then to be counted.
 */
bool listener_turn(struct listener *, bool awaited, uint64_t now);

/*
 * The end of the rest, CLOCK_NEVER while we listen.  It comes within 10 s, so
 * that no counter of 32 bits can wrap.
 */
uint64_t listener_until(const struct listener *, bool awaited, uint64_t now);

#endif
