/*
 * A pipe whose reading end asks for a signal when something happens to it, as
 * terminals do with SIGIO; here the signal is SIGKILL, and all that can happen
 * is that the writing end goes away.  The owner is kept with the open file
 * description, so that a command can name itself, and that with its own
 * rights, and nothing is left to do by the runner when it dies.
 *
 * The reading end has to be there still when the writing end goes.  What a
 * process that ends has for itself is released the last descriptor first
 * (kernel/task_work.c, since 4.3), and the writing end has the higher number.
 * So it is in the child between vfork(2) and exec(2), when the runner dies
 * just then.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "leash.h"

int
leash_open(struct leash *l)
{
	int flags, pair[2];

	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	l->l_reader = pair[0];
	l->l_writer = fcntl(pair[1], F_DUPFD_CLOEXEC, pair[0] + 1);
	close(pair[1]);
	if (l->l_writer == -1)
		return -1;
	if (fcntl(l->l_reader, F_SETSIG, SIGKILL) == -1)
		return -1;
	if ((flags = fcntl(l->l_reader, F_GETFL)) == -1)
		return -1;
	return fcntl(l->l_reader, F_SETFL, flags | O_ASYNC);
}

int
leash_hold(const struct leash *l)
{
	return fcntl(l->l_reader, F_SETOWN, -getpid());
}

int
leash_release(const struct leash *l)
{
	return fcntl(l->l_reader, F_SETOWN, 0);
}
