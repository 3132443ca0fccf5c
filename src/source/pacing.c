#include "base/clock.h"
#include "source/pacing.h"

/*
 * The generic cell rate algorithm.  A wake-up on credit added, these are 980
 * and 17 in a second.
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
