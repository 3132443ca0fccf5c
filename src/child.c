#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "child.h"

/* waitpid(2) without interruptions. */
static pid_t
await(pid_t pid, int options)
{
	pid_t result;

	do {
		result = waitpid(pid, NULL, options);
	} while (result == -1 && errno == EINTR);
	return result;
}

void
child_end(pid_t pid)
{
	/* Not 0: it has ended, or is no child of ours any more. */
	if (await(pid, WNOHANG) == 0 && kill(pid, SIGKILL) == 0)
		(void)await(pid, 0);
}
