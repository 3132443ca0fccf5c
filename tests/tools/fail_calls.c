/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A preloaded library for fault-injection.t.  FAULTS is "role call error when";
 * the role is "runner", "watcher", or "child", which becomes the first command;
 * or "armed": the process whose number the test writes to the file FAULTS_HIT,
 * with calls counted from then on.
 *
 * With the call "-" the process stops before its own first system call, after
 * those of the loader, so that strace can attach to it alone and count.
 *
 * Otherwise call number `when` fails.  The library fails calls that strace
 * cannot: strace replaces a call by another one, for which seccomp kills the
 * watcher; close(2) must close even if it fails; clock_gettime(2) makes no
 * system call.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORD  32
#define SAID  "INJECTED"
#define ARMED 16 /* offset of the number of the armed process, decimal */

static char role[WORD], call[WORD], error[WORD];
static int when;
static bool mine;    /* this process has the role */
static bool stops;   /* stops for strace */
static bool by_fork; /* made by fork(2), so not a command */
static pid_t self;   /* a confined process cannot ask for its number */
static char *hit;    /* mapped file; a confined process can still write it */

static void
stop(void)
{
	/* raise(3) would make more calls after SIGCONT. */
	if (stops)
		kill(getpid(), SIGSTOP);
}

static void
forked(void)
{
	by_fork = true;
	self = getpid();
	mine = strcmp(role, "watcher") == 0;
	if (mine)
		stop();
}

__attribute__((constructor)) static void
loaded(void)
{
	const char *faults = getenv("FAULTS");
	int fd;

	if (faults == NULL)
		return;
	fd = open(getenv("FAULTS_HIT"), O_RDWR);
	hit = mmap(NULL, WORD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (hit == MAP_FAILED ||
	    sscanf(faults, "%31s %31s %31s %d", role, call, error, &when) != 4)
		errx(1, "FAULTS: \"%s\"", faults);
	close(fd);
	/* No faults in commands. */
	unsetenv("FAULTS");
	unsetenv("LD_PRELOAD");
	pthread_atfork(NULL, NULL, forked);
	self = getpid();
	stops = strcmp(call, "-") == 0;
	mine = strcmp(role, "runner") == 0;
	if (mine)
		stop();
}

/* Returns true in the process of the role. */
static bool
is_mine(void)
{
	if (strcmp(role, "armed") == 0)
		return atoi(hit + ARMED) == self;
	return mine;
}

/* Returns true with errno if this call has to fail. */
static bool
fails(const char *name)
{
	static const struct {
		const char *e_name;
		int e_errno;
	} errors[] = {
		{ "EAGAIN", EAGAIN },
		{ "EBADF", EBADF },
		{ "EBUSY", EBUSY },
		{ "ECONNREFUSED", ECONNREFUSED },
		{ "ECONNRESET", ECONNRESET },
		{ "EINTR", EINTR },
		{ "EINVAL", EINVAL },
		{ "EIO", EIO },
		{ "EMFILE", EMFILE },
		{ "ENETDOWN", ENETDOWN },
		{ "ENOBUFS", ENOBUFS },
		{ "ENODEV", ENODEV },
		{ "ENOMEM", ENOMEM },
		{ "ENOPROTOOPT", ENOPROTOOPT },
		{ "ENOTTY", ENOTTY },
	};
	size_t i;

	if (!is_mine() || strcmp(name, call) != 0 || --when != 0)
		return false;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].e_name, error) == 0) {
			memcpy(hit, SAID, sizeof(SAID) - 1);
			errno = errors[i].e_errno;
			return true;
		}
	}
	return false;
}

/*
 * The first call of a command's process, which shares the runner's memory: only
 * the first such process stops.  Processes made by fork(2) also call setsid(2).
 */
pid_t
setsid(void)
{
	if (!by_fork && strcmp(role, "child") == 0) {
		role[0] = '\0';
		stop();
	}
	return (pid_t)syscall(SYS_setsid);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	return fails("clock_gettime") ?
	    -1 :
	    (int)syscall(SYS_clock_gettime, clock, ts);
}

int
close(int fd)
{
	int result = (int)syscall(SYS_close, fd);

	return fails("close") ? -1 : result;
}

int
dup2(int from, int to)
{
#ifdef SYS_dup2
	return fails("dup2") ? -1 : (int)syscall(SYS_dup2, from, to);
#else
	return fails("dup3") ? -1 : (int)syscall(SYS_dup3, from, to, 0);
#endif
}

int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long arg;

	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	return fails("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, what, arg);
}

/* The C library declares getsockname(2) with a union of pointers. */
int get_name(int, void *, socklen_t *) __asm__("getsockname");

int
get_name(int sock, void *sa, socklen_t *len)
{
	return fails("getsockname") ?
	    -1 :
	    (int)syscall(SYS_getsockname, sock, sa, len);
}

int
getsockopt(int sock, int level, int name, void *value, socklen_t *len)
{
	return fails("getsockopt") ?
	    -1 :
	    (int)syscall(SYS_getsockopt, sock, level, name, value, len);
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return fails("ioctl") ? -1 : (int)syscall(SYS_ioctl, fd, request, arg);
}

int
poll(struct pollfd *pfd, nfds_t n, int ms)
{
#ifdef SYS_poll
	return fails("poll") ? -1 : (int)syscall(SYS_poll, pfd, n, ms);
#else
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	return fails("poll") ? -1 : ppoll(pfd, n, ms < 0 ? NULL : &ts, NULL);
#endif
}

ssize_t
recv(int sock, void *buf, size_t len, int flags)
{
	return fails("recvfrom") ?
	    -1 :
	    syscall(SYS_recvfrom, sock, buf, len, flags, NULL, NULL);
}

ssize_t
recvmsg(int sock, struct msghdr *msg, int flags)
{
	return fails("recvmsg") ? -1 : syscall(SYS_recvmsg, sock, msg, flags);
}

ssize_t
send(int sock, const void *buf, size_t len, int flags)
{
	return fails("sendto") ?
	    -1 :
	    syscall(SYS_sendto, sock, buf, len, flags, NULL, 0);
}
