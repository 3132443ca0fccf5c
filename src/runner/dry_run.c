/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "ipc/order.h"
#include "runner/dry_run.h"

/* Bytes for a line. */
#define LINE_SIZE 160

/* Lines not written yet; a writable pipe takes PIPE_BUF bytes at once. */
static char text[PIPE_BUF < LINE_SIZE ? LINE_SIZE : PIPE_BUF];
static size_t text_len;
static int error; /* errno of the first write that failed */

/*
 * Returns true if a write may wait.  poll(2) does not say so of terminals, so
 * character devices always may.
 */
static bool
may_wait(void)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) == -1 || S_ISREG(st.st_mode))
		return false;
	return S_ISCHR(st.st_mode) || poll(&pfd, 1, 0) != 1;
}

/* Writes like write(2); a signal that ends us can end a wait, too. */
static ssize_t
write_text(const char *buf, size_t len)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t n = -1;
	int saved;

	if (!may_wait())
		return write(STDOUT_FILENO, buf, len);
	if (signals_deadly(true) == -1)
		return -1;
	if (poll(&pfd, 1, -1) != -1)
		n = write(STDOUT_FILENO, buf, len);
	saved = errno;
	if (signals_deadly(false) == -1)
		return -1;
	errno = saved;
	return n;
}

int
dry_run_flush(void)
{
	size_t done = 0;
	ssize_t n;

	while (error == 0 && done < text_len) {
		n = write_text(text + done, text_len - done);
		if (n == -1)
			error = errno;
		else
			done += (size_t)n;
	}
	text_len = 0;
	errno = error;
	return error == 0 ? 0 : -1;
}

void
dry_run_print(const struct order_start *os, const char *event)
{
	int n;

	/* The next flush returns the error. */
	if (sizeof(text) - text_len < LINE_SIZE)
		(void)dry_run_flush();
	n = snprintf(text + text_len, LINE_SIZE,
	    "%" PRIu64 ".%06" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64
	    "\n",
	    os->os_time / CLOCK_S, os->os_time % CLOCK_S / 1000, event,
	    os->os_events, os->os_count, os->os_total);
	if (n > 0)
		text_len += n < LINE_SIZE ? (size_t)n : LINE_SIZE - 1;
}
