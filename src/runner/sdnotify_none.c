/* Systems whose service managers want to know nothing. */
#include "base/clock.h"
#include "runner/sdnotify.h"

void
notify_open(void)
{
}

void
notify_close(void)
{
}

void
notify_ready(void)
{
}

void
notify_reloading(uint64_t now)
{
	(void)now;
}

void
notify_stopping(void)
{
}

uint64_t
notify_deadline(void)
{
	return CLOCK_NEVER;
}

bool
notify_ask(uint64_t now)
{
	(void)now;
	return false;
}

void
notify_alive(void)
{
}
