#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compat.h"

/* The child's end goes when it executes something, or ends. */
pid_t
compat_vfork(void)
{
	char byte;
	int pair[2], saved;
	pid_t pid;

	if (compat_pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0) {
		close(pair[0]);
		return 0;
	}
	saved = errno;
	close(pair[1]);
	while (pid != -1 && read(pair[0], &byte, 1) == -1 && errno == EINTR)
		;
	close(pair[0]);
	errno = saved;
	return pid;
}
