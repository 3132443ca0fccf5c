/*
 * A child by fork(2), which unlike vfork(2) does not wait for execve(2), and a
 * pipe whose writing end execve(2) closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "runner/spawn.h"

pid_t
spawn_fork(const struct spawn *l)
{
	struct pollfd pfd = { .events = POLLIN };
	int pair[2], saved;
	pid_t pid;

	l->l_birth->b_error = 0;
	l->l_birth->b_late = 0;
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0) {
		l->l_birth->b_error = spawn_prepare(l);
		if (l->l_birth->b_error == 0) {
			execve(l->l_path, l->l_argv, l->l_env);
			l->l_birth->b_error = errno;
		}
		_exit(127);
	}
	saved = errno;
	close(pair[1]);
	pfd.fd = pair[0];
	/* If poll(2) fails, the end of the child still tells the errno. */
	if (pid != -1)
		l->l_birth->b_late = poll(&pfd, 1, SPAWN_WAIT_MS) == 0;
	close(pair[0]);
	errno = saved;
	return pid;
}
