/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Writes to the socket of syslogd, because syslog(3) blocks while syslogd reads
 * nothing.  Each line opens the socket, so syslogd may be restarted.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <paths.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log_internal.h"

/* Sizes of a line's head, and of head and message. */
#define HEAD_SIZE 64
#define SIZE	  (HEAD_SIZE + 1024)

static const int priorities[] = {
	[LEVEL_DEBUG] = LOG_DEBUG,
	[LEVEL_INFO] = LOG_INFO,
	[LEVEL_WARNING] = LOG_WARNING,
};

/* Returns a connected socket, or -1 and errno. */
static int
connect_syslogd(int type)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int error, fd;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	memcpy(sun.sun_path, _PATH_LOG, sizeof(_PATH_LOG));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static size_t
format(char *line, enum log_level level, const char *message)
{
	char when[24] = "";
	struct tm tm;
	time_t now = time(NULL);
	int n;

	if (localtime_r(&now, &tm) != NULL)
		strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	n = snprintf(line, SIZE, "<%d>%s bpfstatsd[%ld]: %s",
	    LOG_DAEMON | priorities[level], when, (long)getpid(), message);
	if (n < 0)
		return 0;
	return n < SIZE ? (size_t)n : SIZE - 1;
}

bool
log_syslog(enum log_level level, const char *message)
{
	char line[SIZE];
	size_t len = format(line, level, message);
	ssize_t n;
	int fd;

	fd = connect_syslogd(SOCK_DGRAM);
	if (fd == -1 && errno == EPROTOTYPE) {
		fd = connect_syslogd(SOCK_STREAM);
		len++; /* on a stream a 0 byte ends each message */
	}
	if (fd == -1)
		return false;
	n = send(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
	return n == (ssize_t)len;
}
