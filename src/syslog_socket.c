/*
 * syslog(3) waits for a system's log that takes nothing.  So it is asked
 * first: the socket to it is opened anew for each line, as the lowest
 * descriptor that is free, and tells whether there is room.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <stdbool.h>
#include <syslog.h>
#include <unistd.h>

#include "log_form.h"

static const int priorities[] = {
	[LEVEL_DEBUG] = LOG_DEBUG,
	[LEVEL_INFO] = LOG_INFO,
	[LEVEL_WARNING] = LOG_WARNING,
};

/* The descriptor that the next call to open one will have; -1: there is none */
static int
next_descriptor(void)
{
	int fd = open(_PATH_DEVNULL, O_RDWR | O_CLOEXEC);

	if (fd != -1)
		close(fd);
	return fd;
}

static bool
has_room(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISSOCK(st.st_mode))
		return false;
	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) != 0;
}

void
log_syslog(enum log_level level, const char *message)
{
	int fd = next_descriptor();

	openlog("bpfstatsd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	if (has_room(fd))
		syslog(priorities[level], "%s", message);
	closelog();
}
