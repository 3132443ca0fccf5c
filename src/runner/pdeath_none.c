/*
 * Of OpenBSD, NetBSD and macOS none lets a process ask to be ended with
 * another one.  A runner that is killed with SIGKILL leaves its command to
 * itself; any other end takes it along.
 */
#include "runner/pdeath.h"

int
leash_open(struct leash *l)
{
	l->l_reader = -1;
	l->l_writer = -1;
	return 0;
}

void
leash_close(struct leash *l)
{
	(void)l;
}

int
leash_hold(const struct leash *l)
{
	(void)l;
	return 0;
}

int
leash_release(const struct leash *l)
{
	(void)l;
	return 0;
}
