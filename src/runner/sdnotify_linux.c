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

/* As long a manager may keep us waiting that has too much to read. */
#define PATIENCE_US 250000

static int sock = -1;
static uint64_t period; /* of the watchdog's questions; 0: it has none */
static uint64_t next = CLOCK_NEVER;
static bool asked;
static bool stopping;

/* By a path, or an abstract name behind a '@'.  0, or -1 and errno. */
static int
join(const char *name)
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

/* All of it a number, or 0. */
static uint64_t
number(const char *text)
{
	char *end;
	uintmax_t n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	n = strtoumax(text, &end, 10);
	return *end == '\0' && errno == 0 && n <= UINT64_MAX / 1000 ? n : 0;
}

/* Ours, or with a process named that is another one, a parent's. */
static void
watchdog(const char *usec, const char *pid)
{
	if (pid != NULL && number(pid) != (uint64_t)getpid())
		return;
	/* Twice as often as it is wanted, as is usual. */
	period = number(usec) * 1000 / 2;
}

void
sdnotify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	stopping = false;
	if (name != NULL && join(name) == -1) {
		log_warn("NOTIFY_SOCKET: %s", name);
		sdnotify_close();
	}
	if (sock != -1)
		watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
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
say(const char *state)
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
	say("READY=1");
	/* The watcher may be a new one, which was not asked yet. */
	asked = false;
	next = period == 0 ? CLOCK_NEVER : 0;
}

void
sdnotify_reloading(uint64_t now)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	    now / 1000);
	say(state);
}

void
sdnotify_stopping(void)
{
	stopping = true;
	say("STOPPING=1");
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
		say("WATCHDOG=1");
	asked = false;
}
