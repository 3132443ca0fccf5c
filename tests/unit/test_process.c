/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The processes of a run and their end, with real children.  The time is an
 * argument, so no test waits for a grace.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "runner/process.h"

#define T0    (1000 * CLOCK_S)
#define GRACE (5 * CLOCK_S)

/* Limit for what the kernel does at once, and the longer life of a child. */
#define PATIENCE_MS 5000
#define LIFE_S	    60

enum kind {
	PLAIN,	/* SIGTERM ends it */
	DEAF,	/* ignores SIGTERM */
	STOPPED /* stops itself */
};

#define CHILDREN 4
static pid_t children[CHILDREN];
static size_t nchildren;

static _Noreturn void
child(enum kind kind, pid_t group, int ready)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	alarm(LIFE_S);
	if (setpgid(0, group) == -1 ||
	    (kind == DEAF && sigaction(SIGTERM, &ignore, NULL) == -1) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	if (kind == STOPPED)
		raise(SIGSTOP);
	for (;;)
		pause();
}

/* Forks a child in this process group, 0: a new one; waits until it is set up.
 */
static pid_t
start_child(enum kind kind, pid_t group)
{
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		child(kind, group, fds[1]);
	children[nchildren++] = pid;
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

/* Waits for a change of the child's state.  Returns its status. */
static int
reap(pid_t pid, int flags)
{
	int i, status = -1;
	pid_t got = 0;

	for (i = 0; got == 0 && i < PATIENCE_MS; i++)
		if ((got = waitpid(pid, &status, flags | WNOHANG)) == 0)
			poll(NULL, 0, 1);
	assert_int_equal(got, pid);
	return status;
}

static void
assert_killed_by(int sig, int status)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

static void
assert_alive(pid_t pid)
{
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
}

static int
teardown(void **state)
{
	(void)state;
	while (nchildren > 0) {
		nchildren--;
		/* ECHILD, and no signal, if the test has reaped the child. */
		if (waitpid(children[nchildren], NULL, WNOHANG) == 0) {
			kill(children[nchildren], SIGKILL);
			waitpid(children[nchildren], NULL, 0);
		}
	}
	return 0;
}

/* A run ends with its command, even if other processes are left. */
static void
left_alone(void **state)
{
	const pid_t pid = start_child(PLAIN, 0),
		    other = start_child(PLAIN, pid);
	struct process r;
	int status;

	(void)state;
	process_begin(&r, pid, 0, T0);
	assert_int_equal(r.pc_started, T0);
	assert_int_equal(process_deadline(&r), CLOCK_NEVER);
	assert_false(process_tick(&r, CLOCK_NEVER - 1));
	assert_int_equal(kill(pid, SIGUSR1), 0);
	status = reap(pid, 0);
	assert_true(process_reaped(&r, status, T0 + 1));
	assert_int_equal(r.pc_state, PROCESS_NONE);
	assert_killed_by(SIGUSR1, r.pc_status);
	assert_int_equal(process_deadline(&r), CLOCK_NEVER);
	assert_alive(other);
}

static void
asked_to_end(void **state)
{
	const pid_t pid = start_child(PLAIN, 0),
		    other = start_child(PLAIN, pid);
	struct process r;

	(void)state;
	process_begin(&r, pid, 0, T0);
	process_end(&r, T0 + 1, GRACE);
	assert_int_equal(r.pc_state, PROCESS_ENDING);
	assert_int_equal(process_deadline(&r), T0 + 1 + GRACE);
	assert_killed_by(SIGTERM, reap(other, 0));
	assert_true(process_reaped(&r, reap(pid, 0), T0 + 2));
	assert_killed_by(SIGTERM, r.pc_status);
	assert_int_equal(process_deadline(&r), CLOCK_NEVER);
	/* The run has ended: no effect. */
	process_end(&r, T0 + 3, GRACE);
	assert_int_equal(process_deadline(&r), CLOCK_NEVER);
}

/* The signal of the trigger, also for a process that is stopped. */
static void
other_signal(void **state)
{
	const pid_t pid = start_child(DEAF, 0),
		    other = start_child(STOPPED, pid);
	struct process r;

	(void)state;
	assert_true(WIFSTOPPED(reap(other, WUNTRACED)));
	process_begin(&r, pid, SIGINT, T0);
	process_end(&r, T0, GRACE);
	process_end(&r, T0 + 1, GRACE);
	assert_int_equal(process_deadline(&r), T0 + GRACE);
	assert_killed_by(SIGINT, reap(other, 0));
	assert_true(process_reaped(&r, reap(pid, 0), T0 + 2));
	assert_killed_by(SIGINT, r.pc_status);
}

static void
deaf_is_killed(void **state)
{
	const pid_t pid = start_child(DEAF, 0), other = start_child(DEAF, pid);
	struct process r;

	(void)state;
	process_begin(&r, pid, 0, T0);
	process_end(&r, T0, 2 * GRACE);
	/* A repeated call can shorten the grace, not extend it. */
	process_end(&r, T0, GRACE);
	process_end(&r, T0 + 1, GRACE);
	assert_int_equal(process_deadline(&r), T0 + GRACE);
	assert_false(process_tick(&r, T0 + GRACE - 1));
	assert_int_equal(r.pc_state, PROCESS_ENDING);
	assert_alive(pid);
	assert_false(process_tick(&r, T0 + GRACE));
	assert_int_equal(r.pc_state, PROCESS_KILLED);
	/* Only SIGCHLD can come now. */
	process_end(&r, T0 + GRACE, 0);
	assert_int_equal(process_deadline(&r), CLOCK_NEVER);
	assert_false(process_tick(&r, CLOCK_NEVER - 1));
	assert_int_equal(r.pc_state, PROCESS_KILLED);
	assert_true(process_reaped(&r, reap(pid, 0), T0 + GRACE));
	assert_killed_by(SIGKILL, r.pc_status);
	assert_killed_by(SIGKILL, reap(other, 0));
}

/* A run that has ended, but is not reaped yet, is no error. */
static void
gone_before(void **state)
{
	const pid_t pid = start_child(PLAIN, 0);
	struct process r;
	int status;

	(void)state;
	assert_int_equal(kill(pid, SIGUSR1), 0);
	status = reap(pid, 0);
	process_begin(&r, pid, 0, T0);
	process_end(&r, T0, GRACE);
	assert_true(process_reaped(&r, status, T0 + 1));
	assert_killed_by(SIGUSR1, r.pc_status);
}

/* Ends a run by SIGTERM; one process of its group ignores that. */
static pid_t
linger(struct process *r)
{
	const pid_t pid = start_child(PLAIN, 0), other = start_child(DEAF, pid);

	process_begin(r, pid, 0, T0);
	process_end(r, T0, GRACE);
	assert_false(process_reaped(r, reap(pid, 0), T0 + 1));
	assert_int_equal(r->pc_state, PROCESS_LINGERING);
	assert_killed_by(SIGTERM, r->pc_status);
	/* The next look at the group comes well before SIGKILL. */
	assert_in_range(process_deadline(r), T0 + 2, T0 + CLOCK_S);
	return other;
}

static void
group_lingers_and_is_killed(void **state)
{
	struct process r;
	const pid_t other = linger(&r);
	uint64_t now, looks = 0;

	(void)state;
	while ((now = process_deadline(&r)) < T0 + GRACE) {
		assert_false(process_tick(&r, now));
		assert_int_equal(r.pc_state, PROCESS_LINGERING);
		assert_true(process_deadline(&r) > now);
		looks++;
	}
	assert_in_range(looks, 1, 1000);
	assert_int_equal(now, T0 + GRACE);
	assert_alive(other);
	assert_true(process_tick(&r, now));
	assert_int_equal(r.pc_state, PROCESS_NONE);
	assert_killed_by(SIGTERM, r.pc_status);
	assert_killed_by(SIGKILL, reap(other, 0));
}

static void
group_lingers_and_ends(void **state)
{
	struct process r;
	const pid_t other = linger(&r);

	(void)state;
	assert_int_equal(kill(other, SIGUSR1), 0);
	assert_killed_by(SIGUSR1, reap(other, 0));
	assert_true(process_tick(&r, process_deadline(&r)));
	assert_int_equal(r.pc_state, PROCESS_NONE);
}

/* A shutdown of the daemon shortens the grace. */
static void
group_lingers_in_a_hurry(void **state)
{
	struct process r;
	const pid_t other = linger(&r);

	(void)state;
	process_end(&r, T0 + 2, 1);
	assert_int_equal(process_deadline(&r), T0 + 3);
	assert_true(process_tick(&r, T0 + 3));
	assert_killed_by(SIGKILL, reap(other, 0));
}

static void
stopped_can_end(void **state)
{
	const pid_t pid = start_child(STOPPED, 0);
	struct process r;

	(void)state;
	assert_true(WIFSTOPPED(reap(pid, WUNTRACED)));
	process_begin(&r, pid, 0, T0);
	process_end(&r, T0, GRACE);
	assert_true(process_reaped(&r, reap(pid, 0), T0));
	assert_killed_by(SIGTERM, r.pc_status);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(left_alone),
		TEST(asked_to_end),
		TEST(other_signal),
		TEST(deaf_is_killed),
		TEST(gone_before),
		TEST(group_lingers_and_is_killed),
		TEST(group_lingers_and_ends),
		TEST(group_lingers_in_a_hurry),
		TEST(stopped_can_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
