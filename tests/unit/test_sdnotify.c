/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Messages to the service manager, and the times of pings. */
#include <sys/socket.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "runner/sdnotify.h"

#define T0 (5 * CLOCK_S)

static int manager = -1;
static char name[64];

/* Starts a service manager, and calls sdnotify_open() with these variables. */
static void
start_manager(const char *usec, const char *pid)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len;

	snprintf(name, sizeof(name), "@bpfstatsd-test-%d", (int)getpid());
	memcpy(sun.sun_path, name, strlen(name));
	sun.sun_path[0] = '\0';
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(manager, -1);
	assert_int_equal(bind(manager, (struct sockaddr *)&sun, len), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	if (usec != NULL)
		assert_int_equal(setenv("WATCHDOG_USEC", usec, 1), 0);
	if (pid != NULL)
		assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	sdnotify_open();
}

/* Asserts that this is the next message; NULL: there is none. */
static void
assert_message(const char *wanted)
{
	char text[128];
	ssize_t got = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (wanted == NULL) {
		assert_int_equal(got, -1);
		return;
	}
	assert_true(got >= 0);
	text[got] = '\0';
	assert_string_equal(text, wanted);
}

static void
finish(void)
{
	assert_message(NULL);
	sdnotify_close();
	close(manager);
}

static void
reports_states(void **state)
{
	(void)state;
	start_manager(NULL, NULL);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_message(NULL);
	sdnotify_ready();
	assert_message("READY=1");
	sdnotify_reloading(T0 + 999);
	assert_message("RELOADING=1\nMONOTONIC_USEC=5000000");
	sdnotify_ready();
	assert_message("READY=1");
	sdnotify_stopping();
	assert_message("STOPPING=1");
	/* The end of a reload during the shutdown is not reported. */
	sdnotify_ready();
	assert_message(NULL);
	sdnotify_close();
	sdnotify_stopping();
	finish();
}

static void
never_wakes_without_a_watchdog(void **state)
{
	(void)state;
	start_manager(NULL, NULL);
	sdnotify_ready();
	assert_message("READY=1");
	assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	assert_false(sdnotify_ask(T0));
	sdnotify_alive();
	finish();
}

static void
asks_twice_in_the_time(void **state)
{
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	start_manager("2000000", pid);
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	/* No watcher is ready to answer. */
	assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	sdnotify_ready();
	assert_message("READY=1");
	assert_true(sdnotify_deadline() <= T0);
	assert_true(sdnotify_ask(T0));
	assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	assert_false(sdnotify_ask(T0 + 10 * CLOCK_S));
	assert_message(NULL);
	sdnotify_alive();
	assert_message("WATCHDOG=1");
	assert_int_equal(sdnotify_deadline(), T0 + CLOCK_S);
	assert_false(sdnotify_ask(T0 + CLOCK_S - 1));
	/* An answer without a ping is ignored. */
	sdnotify_alive();
	assert_message(NULL);
	assert_true(sdnotify_ask(T0 + CLOCK_S));
	/* After a reload: ask again. */
	sdnotify_ready();
	assert_message("READY=1");
	assert_true(sdnotify_ask(T0 + CLOCK_S));
	sdnotify_stopping();
	assert_message("STOPPING=1");
	sdnotify_alive();
	assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	finish();
}

static void
leaves_the_watchdog_of_others(void **state)
{
	static const char *const wrong[] = { "", "0", "-1", "1s", " 1", "1e6",
		"18446744073709551616", "18446744073709551615" };
	size_t i;

	(void)state;
	start_manager("2000000", "1");
	sdnotify_ready();
	assert_message("READY=1");
	assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	finish();
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		start_manager(wrong[i], NULL);
		sdnotify_ready();
		assert_message("READY=1");
		assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
		finish();
	}
}

static void
goes_on_without_a_manager(void **state)
{
	static const char *const wrong[] = { "", "@", "/", "relative",
		"/nonexistent/notify", "@bpfstatsd-nobody", "vsock:2:1" };
	char longest[200];
	size_t i;

	(void)state;
	sdnotify_open();
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", wrong[i], 1), 0);
		assert_int_equal(setenv("WATCHDOG_USEC", "1000000", 1), 0);
		sdnotify_open();
		assert_null(getenv("NOTIFY_SOCKET"));
		sdnotify_ready();
		assert_int_equal(sdnotify_deadline(), CLOCK_NEVER);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
	sdnotify_open();
	sdnotify_ready();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_without_a_manager),
		cmocka_unit_test(reports_states),
		cmocka_unit_test(never_wakes_without_a_watchdog),
		cmocka_unit_test(leaves_the_watchdog_of_others),
		cmocka_unit_test(asks_twice_in_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
