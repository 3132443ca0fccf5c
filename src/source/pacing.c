/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "base/clock.h"
#include "source/pacing.h"

/*
 * The generic cell rate algorithm (ITU-T I.371).  With a wake-up on credit,
 * these numbers allow 980 + 17 wake-ups in a second.
 */
#define PERIOD (CLOCK_S / 980)
#define BURST  16

void
pacing_wake(struct pacing *p, uint64_t now)
{
	if (p->pa_tat < now)
		p->pa_tat = now;
	p->pa_tat += PERIOD;
}

uint64_t
pacing_rest(const struct pacing *p, uint64_t now)
{
	uint64_t credit = (BURST - 1) * PERIOD;

	return p->pa_tat > now + credit ? p->pa_tat - credit : 0;
}
