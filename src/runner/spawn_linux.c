/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * spawn() with a child that shares the runner's memory until execve(2), as
 * after vfork(2): fork(2) copies page tables, which costs half as much as a
 * whole run.  But vfork(2) suspends the runner until execve(2) is done, and on
 * a hung file system that may never happen.  So the child has its own stack,
 * and the runner waits, with a limit, for a word that the kernel clears when
 * the child stops using the memory (CLONE_CHILD_CLEARTID).
 *
 * Runner and child also share errno.  While the runner waits, its calls do not
 * set errno.  After the limit the child is inside execve(2), which is a raw
 * system call here, because that of the C library would set errno.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "runner/spawn.h"

/* Bytes of a child's stack. */
#define STACK ((size_t)64 * 1024)

/* A child that has not executed yet; reused, never freed. */
struct launch {
	struct launch *la_next;
	char *la_stack;
	pid_t la_child; /* the kernel writes the id, and clears it; 0: free */
	volatile bool la_ready; /* the child calls execve(2) next */
	struct spawn la_spawn;
};

static struct launch *launches;

#if defined(__x86_64__) && !defined(__ILP32__)
#define RAW true
static long
raw_execve(const struct spawn *sp)
{
	long result;

	/* clang-format off */
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)SYS_execve), "D"(sp->sp_path),
			 "S"(sp->sp_argv), "d"(sp->sp_env)
			 : "rcx", "r11", "memory");
	/* clang-format on */
	return result;
}
#elif defined(__aarch64__)
#define RAW true
static long
raw_execve(const struct spawn *sp)
{
	register long x8 __asm__("x8") = SYS_execve;
	register long x0 __asm__("x0") = (long)sp->sp_path;
	register long x1 __asm__("x1") = (long)sp->sp_argv;
	register long x2 __asm__("x2") = (long)sp->sp_env;

	/* clang-format off */
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x8)
			 : "memory");
	/* clang-format on */
	return x0;
}
#else
#define RAW false
static long
raw_execve(const struct spawn *sp)
{
	(void)sp;
	return -ENOSYS;
}
#endif

static int
run_child(void *argument)
{
	struct launch *la = argument;
	const struct spawn *sp = &la->la_spawn;

	sp->sp_status->ss_error = spawn_prepare(sp);
	la->la_ready = true;
	if (sp->sp_status->ss_error == 0)
		sp->sp_status->ss_error = (int)-raw_execve(sp);
	_exit(127);
}

/* Returns a launch without a child, or NULL and errno. */
static struct launch *
get_launch(void)
{
	struct launch *la;

	for (la = launches; la != NULL; la = la->la_next)
		if (__atomic_load_n(&la->la_child, __ATOMIC_ACQUIRE) == 0)
			return la;
	if ((la = calloc(1, sizeof(*la))) == NULL)
		return NULL;
	la->la_stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (la->la_stack == MAP_FAILED) {
		free(la);
		return NULL;
	}
	la->la_next = launches;
	launches = la;
	return la;
}

/*
 * Waits until the child has executed or exited, which ends its use of our
 * memory.  Returns false if the time is up.
 */
static bool
wait_for_exec(struct launch *la, pid_t pid)
{
	const struct timespec limit = { 0, SPAWN_WAIT_MS * 1000000L };
	long result = 0;

	while (__atomic_load_n(&la->la_child, __ATOMIC_ACQUIRE) != 0) {
		/* Before the child's execve(2), errno is the child's. */
		if (result == -1 && la->la_ready)
			return false;
		result = syscall(
		    SYS_futex, &la->la_child, FUTEX_WAIT, pid, &limit, NULL, 0);
	}
	return true;
}

pid_t
spawn(const struct spawn *sp)
{
	const int flags =
	    CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
	struct launch *la;
	pid_t pid;
	int saved;

	if (!RAW)
		return spawn_fork(sp);
	if ((la = get_launch()) == NULL)
		return -1;
	sp->sp_status->ss_error = 0;
	la->la_spawn = *sp;
	la->la_ready = false;
	pid = clone(run_child, la->la_stack + STACK, flags, la, &la->la_child,
	    NULL, &la->la_child);
	/* Emulators such as qemu-user refuse these flags. */
	if (pid == -1 && (errno == ENOSYS || errno == EINVAL)) {
		la->la_child = 0;
		return spawn_fork(sp);
	}
	saved = errno;
	sp->sp_status->ss_late = pid != -1 && !wait_for_exec(la, pid);
	errno = saved;
	return pid;
}
