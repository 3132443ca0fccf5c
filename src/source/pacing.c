#include "base/clock.h"
#include "source/pacing.h"

/*
 * The generic cell rate algorithm.  A wake-up on credit added, these are 980
 * and 17 in a second.
 */
#define PERIOD (CLOCK_S / 980)
#define BURST  16

void
pace_wake(struct pace *p, uint64_t now)
{
	if (p->pa_tat < now)
		p->pa_tat = now;
	p->pa_tat += PERIOD;
}

uint64_t
pace_rest(const struct pace *p, uint64_t now)
{
	uint64_t credit = (BURST - 1) * PERIOD;

	return p->pa_tat > now + credit ? p->pa_tat - credit : 0;
}
