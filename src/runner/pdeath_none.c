/*
 * Of OpenBSD, NetBSD and macOS none lets a process ask to be ended with
 * another one.  A runner that is killed with SIGKILL leaves its command to
 * itself; any other end takes it along.
 */
#include "runner/pdeath.h"

int
pdeath_open(struct pdeath *l)
{
	l->pd_reader = -1;
	l->pd_writer = -1;
	return 0;
}

void
pdeath_close(struct pdeath *l)
{
	(void)l;
}

int
pdeath_hold(const struct pdeath *l)
{
	(void)l;
	return 0;
}

int
pdeath_release(const struct pdeath *l)
{
	(void)l;
	return 0;
}
