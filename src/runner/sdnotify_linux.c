/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "runner/sdnotify.h"

/* Longest wait for a busy service manager to read, in microseconds. */
#define PATIENCE_US 250000

static int sock = -1;
static uint64_t period;		    /* ns between two pings; 0: no watchdog */
static uint64_t next = CLOCK_NEVER; /* time of the next ping */
static bool asked;		    /* an answer is awaited */
static bool stopping;

/*
 * Connects to a path, or to the abstract name behind a '@'.  Returns 0, or -1
 * and errno.
 */
static int
connect_to(const char *name)
{
	const struct timeval patience = { .tv_usec = PATIENCE_US };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	errno = EINVAL;
	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, name, len);
	if (name[0] == '@')
		sun.sun_path[0] = '\0';
	else
		len++;
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock == -1 ||
	    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience,
		sizeof(patience)) == -1)
		return -1;
	return connect(sock, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

/* Returns the number; 0 if the text is none, or too large for ns. */
static uint64_t
parse_number(const char *text)
{
	char *end;
	uintmax_t n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	n = strtoumax(text, &end, 10);
	return *end == '\0' && errno == 0 && n <= UINT64_MAX / 1000 ? n : 0;
}

/* Sets the period, unless the variables are meant for another process. */
static void
set_watchdog(const char *usec, const char *pid)
{
	if (pid != NULL && parse_number(pid) != (uint64_t)getpid())
		return;
	/* Half of the time, as sd_watchdog_enabled(3) recommends. */
	period = parse_number(usec) * 1000 / 2;
}

void
sdnotify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	stopping = false;
	if (name != NULL && connect_to(name) == -1) {
		log_warn("NOTIFY_SOCKET: %s", name);
		sdnotify_close();
	}
	if (sock != -1)
		set_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
sdnotify_close(void)
{
	if (sock != -1)
		close(sock);
	sock = -1;
}

static void
send_state(const char *state)
{
	if (sock != -1 && send(sock, state, strlen(state), MSG_NOSIGNAL) == -1)
		log_warn(
		    "service manager: %.*s", (int)strcspn(state, "\n"), state);
}

void
sdnotify_ready(void)
{
	if (stopping)
		return;
	send_state("READY=1");
	/* After a reload the watcher is new and was not asked yet. */
	asked = false;
	next = period == 0 ? CLOCK_NEVER : 0;
}

void
sdnotify_reloading(uint64_t now)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	    now / 1000);
	send_state(state);
}

void
sdnotify_stopping(void)
{
	stopping = true;
	send_state("STOPPING=1");
	next = CLOCK_NEVER;
}

uint64_t
sdnotify_deadline(void)
{
	return asked ? CLOCK_NEVER : next;
}

bool
sdnotify_ask(uint64_t now)
{
	if (sdnotify_deadline() > now)
		return false;
	asked = true;
	next = now + period;
	return true;
}

void
sdnotify_alive(void)
{
	if (asked && next != CLOCK_NEVER)
		send_state("WATCHDOG=1");
	asked = false;
}
