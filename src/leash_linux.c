/*
 * A pipe whose reading end asks for a signal when something happens to it, as
 * terminals do with SIGIO; here the signal is SIGKILL and all that can happen
 * is that the writing end goes away.  The owner is kept with the open file
 * description, so that a command can name itself, and that with its own
 * rights, and nothing is left to do by the runner when it dies.
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
	l->l_writer = pair[1];
	/*
	 * When both processes die at once, the runner's own reading end has to
	 * be there still while its writing end goes.  Kernels close from the
	 * lowest number up or from the highest down: have one at either side.
	 */
	l->l_again = fcntl(l->l_reader, F_DUPFD_CLOEXEC, l->l_writer + 1);
	if (l->l_again == -1)
		return -1;
	if (fcntl(l->l_reader, F_SETSIG, SIGKILL) == -1)
		return -1;
	if ((flags = fcntl(l->l_reader, F_GETFL)) == -1)
		return -1;
	return fcntl(l->l_reader, F_SETFL, flags | O_ASYNC);
}

void
leash_watcher(struct leash *l)
{
	close(l->l_writer);
	close(l->l_again);
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
