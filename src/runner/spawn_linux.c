/*
 * A child that shares the memory of the runner until it executes, as after
 * vfork(2): fork(2) copies page tables, which costs as much as half of a run.
 * But vfork(2) suspends the runner until then, and a hung file system can make
 * that forever.  So this child has its own stack, and the runner waits with a
 * limit for the word that the kernel clears when the child lets go of the
 * memory (CLONE_CHILD_CLEARTID).
 *
 * Both have the same errno.  While the runner waits, it makes no call that
 * sets errno.  Past that time the child is inside execve(2), and makes that
 * call by itself: the one of the C library would set errno.
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

/* One for each child that has not executed yet. */
struct nest {
	struct nest *n_next;
	char *n_stack;
	pid_t n_child;	       /* cleared by the kernel; 0: free */
	volatile bool n_ready; /* the child calls execve(2) next */
	struct spawn n_launch;
};

static struct nest *nests;

#if defined(__x86_64__) && !defined(__ILP32__)
#define RAW true
static long
raw_execve(const struct spawn *l)
{
	long result;

	/* clang-format off */
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)SYS_execve), "D"(l->l_path),
			 "S"(l->l_argv), "d"(l->l_env)
			 : "rcx", "r11", "memory");
	/* clang-format on */
	return result;
}
#elif defined(__aarch64__)
#define RAW true
static long
raw_execve(const struct spawn *l)
{
	register long x8 __asm__("x8") = SYS_execve;
	register long x0 __asm__("x0") = (long)l->l_path;
	register long x1 __asm__("x1") = (long)l->l_argv;
	register long x2 __asm__("x2") = (long)l->l_env;

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
raw_execve(const struct spawn *l)
{
	(void)l;
	return -ENOSYS;
}
#endif

static int
child(void *argument)
{
	struct nest *n = argument;
	const struct spawn *l = &n->n_launch;

	l->l_birth->b_error = spawn_prepare(l);
	n->n_ready = true;
	if (l->l_birth->b_error == 0)
		l->l_birth->b_error = (int)-raw_execve(l);
	_exit(127);
}

/* Returns a nest without a child, or NULL and errno. */
static struct nest *
find_nest(void)
{
	struct nest *n;

	for (n = nests; n != NULL; n = n->n_next)
		if (__atomic_load_n(&n->n_child, __ATOMIC_ACQUIRE) == 0)
			return n;
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	n->n_stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (n->n_stack == MAP_FAILED) {
		free(n);
		return NULL;
	}
	n->n_next = nests;
	nests = n;
	return n;
}

/* Waits until the child has let go of the memory.  False: it is too late. */
static bool
wait_for(struct nest *n, pid_t pid)
{
	const struct timespec limit = { 0, SPAWN_WAIT_MS * 1000000L };
	long result = 0;

	while (__atomic_load_n(&n->n_child, __ATOMIC_ACQUIRE) != 0) {
		/* errno is the child's, until it calls execve(2). */
		if (result == -1 && n->n_ready)
			return false;
		result = syscall(
		    SYS_futex, &n->n_child, FUTEX_WAIT, pid, &limit, NULL, 0);
	}
	return true;
}

pid_t
spawn(const struct spawn *l)
{
	const int flags =
	    CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
	struct nest *n;
	pid_t pid;
	int saved;

	if (!RAW)
		return spawn_fork(l);
	if ((n = find_nest()) == NULL)
		return -1;
	l->l_birth->b_error = 0;
	n->n_launch = *l;
	n->n_ready = false;
	pid = clone(child, n->n_stack + STACK, flags, n, &n->n_child, NULL,
	    &n->n_child);
	/* Emulators know no such child. */
	if (pid == -1 && (errno == ENOSYS || errno == EINVAL)) {
		n->n_child = 0;
		return spawn_fork(l);
	}
	saved = errno;
	l->l_birth->b_late = pid != -1 && !wait_for(n, pid);
	errno = saved;
	return pid;
}
