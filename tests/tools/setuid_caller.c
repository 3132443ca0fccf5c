/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Attacks by the user of a set-user-ID program.
 *
 * setuid_caller peek process: prints each way to read the process's memory or
 * to take one of its descriptors; nothing if there is none.
 *
 * setuid_caller torment count microseconds command ...: starts the command
 * `count` times.  Up to `microseconds` later, sends signals to its process
 * group.
 *
 * setuid_caller above descriptor limit command ...: executes the command with
 * this descriptor open, above the limit of open descriptors.
 */
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Descriptors to try; more than the daemon has. */
#define DESCRIPTORS 32

static void
can_open(const char *process, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", process, name);
	if ((fd = open(path, O_RDONLY)) == -1)
		return;
	puts(name);
	close(fd);
}

static void
can_read(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { NULL, 1 };

	/* Only callers with the right to read get EFAULT for address 0. */
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != -1 ||
	    errno == EFAULT)
		puts("process_vm_readv");
}

static void
can_take(pid_t pid)
{
	int fd, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (fd = 0; pidfd != -1 && fd < DESCRIPTORS; fd++)
		if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) != -1) {
			puts("pidfd_getfd");
			break;
		}
}

static void
can_trace(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		puts("ptrace");
}

static int
peek(const char *process)
{
	static const char *const names[] = { "auxv", "environ", "fd", "maps",
		"mem", "map_files", "syscall" };
	pid_t pid = (pid_t)strtol(process, NULL, 10);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		can_open(process, names[i]);
	can_read(pid);
	can_take(pid);
	can_trace(pid);
	return 0;
}

static void
nap(long microseconds)
{
	struct timespec ts = { 0, microseconds * 1000 };

	nanosleep(&ts, NULL);
}

static void
mistreat(pid_t group, int i)
{
	static const int signals[] = { SIGTERM, SIGKILL, SIGSTOP, SIGTSTP,
		SIGINT, SIGQUIT, SIGHUP, SIGALRM, SIGUSR1, SIGSEGV, SIGXCPU,
		SIGXFSZ, SIGPIPE, SIGCHLD, SIGABRT };

	kill(-group, signals[(size_t)i % (sizeof(signals) / sizeof(*signals))]);
	nap(random() % 2000);
	kill(-group, SIGCONT);
	nap(random() % 2000);
	/* Kills the first process only, to see whether the others end. */
	kill(group, SIGKILL);
}

/* Starts the command.  Returns after its execve(2), ready for signals. */
static pid_t
begin(char **argv)
{
	int pair[2];
	pid_t pid;
	char byte;

	if (pipe2(pair, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		err(1, "%s", argv[0]);
	if (pid == 0) {
		setpgid(0, 0);
		execv(argv[0], argv);
		_exit(127);
	}
	close(pair[1]);
	if (read(pair[0], &byte, 1) == -1)
		err(1, "read");
	close(pair[0]);
	return pid;
}

static int
torment(int count, long microseconds, char **argv)
{
	pid_t pid;
	int i;

	srandom((unsigned int)getpid());
	for (i = 0; i < count; i++) {
		pid = begin(argv);
		nap(random() % microseconds);
		mistreat(pid, i);
		if (waitpid(pid, NULL, 0) == -1)
			err(1, "waitpid");
	}
	return 0;
}

static int
above(int fd, unsigned long allowed, char **argv)
{
	const struct rlimit limit = { allowed, allowed };

	if (dup2(STDIN_FILENO, fd) == -1)
		err(1, "%d", fd);
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "setrlimit");
	execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "peek") == 0)
		return peek(argv[2]);
	if (argc > 4 && strcmp(argv[1], "torment") == 0)
		return torment((int)strtol(argv[2], NULL, 10),
		    strtol(argv[3], NULL, 10), argv + 4);
	if (argc > 4 && strcmp(argv[1], "above") == 0)
		return above((int)strtol(argv[2], NULL, 10),
		    strtoul(argv[3], NULL, 10), argv + 4);
	errx(2, "usage: setuid_caller peek | torment | above argument ...");
}
