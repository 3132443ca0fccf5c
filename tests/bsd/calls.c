/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* System calls that confine.h restricts, and calls that change descriptors. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "kernel.h"

#define EXPORT __attribute__((visibility("default")))

/* Finds the function of the C library, for more than a system call. */
static void
real(const char *name, void *pointer)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL)
		abort();
	memcpy(pointer, &function, sizeof(function));
}

EXPORT ssize_t
write(int fd, const void *buf, size_t len)
{
	if (kernel != NULL && confine_use(fd, USE_WRITE) == -1)
		return -1;
	return syscall(SYS_write, fd, buf, len);
}

EXPORT ssize_t
send(int fd, const void *buf, size_t len, int flags)
{
	if (kernel != NULL && confine_use(fd, USE_WRITE) == -1)
		return -1;
	return syscall(SYS_sendto, fd, buf, len, flags, NULL, 0);
}

EXPORT ssize_t
recv(int fd, void *buf, size_t len, int flags)
{
	if (kernel != NULL && confine_use(fd, USE_READ) == -1)
		return -1;
	return syscall(SYS_recvfrom, fd, buf, len, flags, NULL, NULL);
}

/* Calls f for each descriptor in a message. */
static int
each_fd(const struct msghdr *msg, int (*f)(int))
{
	struct msghdr *m = (struct msghdr *)(uintptr_t)msg;
	struct cmsghdr *c;
	size_t i, n;
	int fd, result = 0;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (f(fd) == -1)
				result = -1;
		}
	}
	return result;
}

EXPORT ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (kernel != NULL &&
	    (confine_use(fd, USE_WRITE) == -1 ||
		(msg->msg_control != NULL &&
		    each_fd(msg, confine_send_fd) == -1)))
		return -1;
	return syscall(SYS_sendmsg, fd, msg, flags);
}

EXPORT ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n;

	if (kernel != NULL && confine_use(fd, USE_READ) == -1)
		return -1;
	n = syscall(SYS_recvmsg, fd, msg, flags);
	if (kernel != NULL && n != -1 && msg->msg_control != NULL &&
	    each_fd(msg, confine_recv_fd) == -1)
		return -1;
	return n;
}

EXPORT int
socketpair(int domain, int type, int protocol, int pair[2])
{
	if (kernel != NULL && !FL_SEQPACKET &&
	    (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_SEQPACKET) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	if (syscall(SYS_socketpair, domain, type, protocol, pair) == -1)
		return -1;
	confine_new(pair[0]);
	confine_new(pair[1]);
	return 0;
}

EXPORT int
connect(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
	if (kernel != NULL && confine_address(fd) == -1)
		return -1;
	return (int)syscall(SYS_connect, fd, sa.__sockaddr__, len);
}

EXPORT int
bind(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
	if (kernel != NULL && confine_address(fd) == -1)
		return -1;
	return (int)syscall(SYS_bind, fd, sa.__sockaddr__, len);
}

EXPORT int
accept4(int fd, __SOCKADDR_ARG sa, socklen_t *len, int flags)
{
	int client;

	if (kernel != NULL && confine_accept(fd) == -1)
		return -1;
	client = (int)syscall(SYS_accept4, fd, sa.__sockaddr__, len, flags);
	if (client != -1)
		confine_accepted(fd, client);
	return client;
}

EXPORT int
lstat(const char *path, struct stat *st)
{
	if (kernel != NULL && confine_open(AT_FDCWD, path, O_RDONLY) == -1)
		return -1;
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

EXPORT int
stat(const char *path, struct stat *st)
{
	if (kernel != NULL && confine_open(AT_FDCWD, path, O_RDONLY) == -1)
		return -1;
	return fstatat(AT_FDCWD, path, st, 0);
}

EXPORT int
faccessat(int dir, const char *path, int mode, int flags)
{
	int (*f)(int, const char *, int, int);

	if (kernel != NULL && confine_open(dir, path, O_RDONLY) == -1)
		return -1;
	real("faccessat", &f);
	return f(dir, path, mode, flags);
}

EXPORT int
unlink(const char *path)
{
	if (kernel != NULL && confine_unlink(path) == -1)
		return -1;
	return (int)syscall(SYS_unlink, path);
}

EXPORT int
close(int fd)
{
	confine_new(fd);
	return (int)syscall(SYS_close, fd);
}

EXPORT int
dup(int old)
{
	int fd = (int)syscall(SYS_dup, old);

	if (fd != -1)
		confine_dup(old, fd);
	return fd;
}

EXPORT int
dup2(int old, int new)
{
	int fd = old == new ? new : (int)syscall(SYS_dup3, old, new, 0);

	if (fd != -1)
		confine_dup(old, fd);
	return fd;
}

EXPORT int
dup3(int old, int new, int flags)
{
	int fd = (int)syscall(SYS_dup3, old, new, flags);

	if (fd != -1)
		confine_dup(old, fd);
	return fd;
}

static int
do_fcntl(int fd, int command, void *arg)
{
	int result;

	if (kernel != NULL && confine_fcntl(fd, command) == -1)
		return -1;
	result = (int)syscall(SYS_fcntl, fd, command, arg);
	if (result != -1 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC))
		confine_dup(fd, result);
	return result;
}

EXPORT int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return do_fcntl(fd, command, arg);
}

int fcntl64(int, int, ...);

EXPORT int
fcntl64(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return do_fcntl(fd, command, arg);
}

EXPORT pid_t
fork(void)
{
	pid_t (*f)(void);

	if (kernel != NULL && confine_fork() == -1)
		return -1;
	real("fork", &f);
	return f();
}

EXPORT int
kill(pid_t pid, int sig)
{
	return (kernel == NULL || confine_kill(pid) == 0) ?
	    (int)syscall(SYS_kill, pid, sig) :
	    -1;
}

EXPORT int
execve(const char *path, char *const argv[], char *const env[])
{
	if (kernel != NULL && confine_exec(path) == -1)
		return -1;
	return (int)syscall(SYS_execve, path, argv, env);
}

EXPORT int
execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

EXPORT int
posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *fa,
    const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
	__typeof__(posix_spawn) *f;

	if (kernel != NULL &&
	    (confine_fork() == -1 || confine_exec(path) == -1))
		return errno;
	real("posix_spawn", &f);
	return f(pid, path, fa, attr, argv, env);
}

EXPORT int
chroot(const char *path)
{
	if (kernel != NULL && confine_become(true) == -1)
		return -1;
	return (int)syscall(SYS_chroot, path);
}

EXPORT int
setresuid(uid_t r, uid_t e, uid_t s)
{
	if (kernel != NULL && confine_become(false) == -1)
		return -1;
	return (int)syscall(SYS_setresuid, r, e, s);
}

EXPORT int
setresgid(gid_t r, gid_t e, gid_t s)
{
	if (kernel != NULL && confine_become(false) == -1)
		return -1;
	return (int)syscall(SYS_setresgid, r, e, s);
}
