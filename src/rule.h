/*
 * A rule turns a growing count into events: one for every r_every packets.
 * Pure: no clock, no I/O, no allocation, no globals.
 */
#ifndef RULE_H
#define RULE_H

#include <stdint.h>

struct rule {
	uint64_t r_every;    /* packets an event, 1 or more */
	uint64_t r_consumed; /* packets that past events stood for */
};

/* every: packets an event, 1 to UINT64_MAX. */
void rule_init(struct rule *, uint64_t every);

/*
 * The events that have come due since the last call, when `seen` packets were
 * counted in all; they are consumed by it and the remainder is kept.  A count
 * that is lower than what was consumed gives none.
 */
uint64_t rule_take(struct rule *, uint64_t seen);

/*
 * The count at which the next event is due; UINT64_MAX, which is never, when
 * no 64 bit count can reach it.
 */
uint64_t rule_next(const struct rule *);

#endif
