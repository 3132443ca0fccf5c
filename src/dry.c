#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "dry.h"
#include "order.h"

void
dry_print(const struct order *o, const char *event)
{
	printf("%" PRIu64 ".%06" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64
	       "\n",
	    o->o_time / CLOCK_S, o->o_time % CLOCK_S / 1000, event, o->o_events,
	    o->o_count, o->o_total);
}

int
dry_flush(void)
{
	return fflush(stdout) == EOF || ferror(stdout) ? -1 : 0;
}
