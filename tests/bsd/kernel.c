/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"

struct kernel *kernel;

/* Robust: if the owner is killed, the next process gets the lock. */
static int
init_lock(void)
{
	pthread_mutexattr_t attr;

	if (pthread_mutexattr_init(&attr) != 0 ||
	    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) != 0 ||
	    pthread_mutex_init(&kernel->k_lock, &attr) != 0)
		return -1;
	return 0;
}

bool
kernel_map(const char *path, bool create)
{
	struct stat st;
	void *map;
	int fd, i;

	/* A system call, since the library replaces open(2). */
	fd = (int)syscall(SYS_openat, AT_FDCWD, path,
	    O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_TRUNC : 0), 0600);
	if (fd == -1)
		return false;
	if ((create && ftruncate(fd, sizeof(*kernel)) == -1) ||
	    fstat(fd, &st) == -1 || st.st_size != sizeof(*kernel)) {
		close(fd);
		errno = EINVAL;
		return false;
	}
	map = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_NORESERVE, fd, 0);
	syscall(SYS_close, fd);
	if (map == MAP_FAILED)
		return false;
	kernel = map;
	if (!create)
		return true;
	snprintf(kernel->k_tag, sizeof(kernel->k_tag), "bpf-model-%ju",
	    (uintmax_t)st.st_ino);
	for (i = 0; i < DEVICES; i++)
		device_reset(&kernel->k_devices[i]);
	return init_lock() == 0;
}

void
kernel_lock(void)
{
	int result = pthread_mutex_trylock(&kernel->k_lock);

	if (result == EBUSY) {
		__atomic_add_fetch(&kernel->k_waiting, 1, __ATOMIC_SEQ_CST);
		result = pthread_mutex_lock(&kernel->k_lock);
		__atomic_sub_fetch(&kernel->k_waiting, 1, __ATOMIC_SEQ_CST);
	}
	if (result == EOWNERDEAD)
		pthread_mutex_consistent(&kernel->k_lock);
}

void
kernel_yield(void)
{
	int tries = 100;

	/* Bounded: a process killed while it waited is still counted. */
	while (__atomic_load_n(&kernel->k_waiting, __ATOMIC_SEQ_CST) > 0 &&
	    tries-- > 0)
		sched_yield();
}

void
kernel_unlock(void)
{
	pthread_mutex_unlock(&kernel->k_lock);
}

uint64_t
kernel_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

socklen_t
kernel_address(struct sockaddr_un *sun, const char *kind, int unit)
{
	int n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	n = snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "%s-%s-%d",
	    kernel->k_tag, kind, unit);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
	    (socklen_t)n;
}

/* Frees and returns the entry of a process that has exited, or NULL. */
static struct proc *
reuse_proc(void)
{
	struct proc *p;

	for (p = kernel->k_procs; p < kernel->k_procs + PROCS; p++) {
		/* A system call, since the library replaces kill(2). */
		if (syscall(SYS_kill, p->p_pid, 0) == 0 || errno != ESRCH)
			continue;
		memset(p, 0, sizeof(*p));
		return p;
	}
	return NULL;
}

/* Returns the entry of the process, a new one at first; NULL: full. */
static struct proc *
proc(pid_t pid)
{
	struct proc *p = kernel->k_procs;
	int saved = errno;

	while (p < kernel->k_procs + PROCS && p->p_pid != 0 && p->p_pid != pid)
		p++;
	if (p == kernel->k_procs + PROCS)
		p = reuse_proc();
	errno = saved;
	if (p != NULL)
		p->p_pid = pid;
	return p;
}

void
kernel_count(pid_t pid, enum call call)
{
	struct proc *p = proc(pid);

	if (p != NULL)
		p->p_calls[call]++;
}

void
kernel_wakeup(pid_t pid)
{
	struct proc *p = proc(pid);
	uint64_t now;

	if (p == NULL)
		return;
	now = kernel_now();
	p->p_instants[p->p_last++ % INSTANTS] = now;
	while (p->p_last - p->p_first > INSTANTS ||
	    now - p->p_instants[p->p_first % INSTANTS] >= SECOND)
		p->p_first++;
	if (p->p_last - p->p_first > p->p_most)
		p->p_most = p->p_last - p->p_first;
}
