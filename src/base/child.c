#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "base/child.h"

/* waitpid(2) without interruptions. */
static pid_t
await(pid_t pid, int *status, int options)
{
	pid_t result;

	do {
		result = waitpid(pid, status, options);
	} while (result == -1 && errno == EINTR);
	return result;
}

int
child_end(pid_t pid)
{
	pid_t ended;
	int status;

	/* Not 0: it has ended, or is no child of ours any more. */
	if ((ended = await(pid, &status, WNOHANG)) == 0 &&
	    kill(pid, SIGKILL) == 0)
		ended = await(pid, &status, 0);
	return ended == pid ? status : -1;
}
