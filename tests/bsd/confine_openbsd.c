/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * pledge(2) and unveil(2).  A violation of a pledge is counted and ends the
 * process by SIGABRT.  execve(2) ends a pledge.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/bpf.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "kernel.h"

#define VEILS 32

enum promise {
	P_STDIO = 1 << 0,
	P_RPATH = 1 << 1,
	P_WPATH = 1 << 2,
	P_CPATH = 1 << 3,
	P_INET = 1 << 4,
	P_UNIX = 1 << 5,
	P_DNS = 1 << 6,
	P_GETPW = 1 << 7,
	P_SENDFD = 1 << 8,
	P_RECVFD = 1 << 9,
	P_PROC = 1 << 10,
	P_EXEC = 1 << 11,
	P_ID = 1 << 12,
	P_ROUTE = 1 << 13,
	P_BPF = 1 << 14,
	P_UNVEIL = 1 << 15,
	P_ERROR = 1 << 16,
	P_ALL = (1 << 17) - 1
};

static const struct {
	const char *w_word;
	enum promise w_promise;
} words[] = {
	{ "stdio", P_STDIO },
	{ "rpath", P_RPATH },
	{ "wpath", P_WPATH },
	{ "cpath", P_CPATH },
	{ "inet", P_INET },
	{ "unix", P_UNIX },
	{ "dns", P_DNS },
	{ "getpw", P_GETPW },
	{ "sendfd", P_SENDFD },
	{ "recvfd", P_RECVFD },
	{ "proc", P_PROC },
	{ "exec", P_EXEC },
	{ "id", P_ID },
	{ "route", P_ROUTE },
	{ "bpf", P_BPF },
	{ "unveil", P_UNVEIL },
	{ "error", P_ERROR },
};

static unsigned int promised = P_ALL;

static struct veil {
	char v_path[PATH_MAX];
	char v_permissions[8];
} veils[VEILS];
static int nveils;
static bool veiled; /* unveil was called */
static bool veils_locked;

static void violate(const char *) __attribute__((noreturn));

static void
violate(const char *what)
{
	dprintf(STDERR_FILENO, "pledge: %s: pid %d is killed\n", what,
	    (int)getpid());
	if (kernel != NULL) {
		kernel_lock();
		kernel->k_violations++;
		kernel_unlock();
	}
	abort();
}

static int
need(unsigned int promise, const char *what)
{
	if (promised & promise)
		return 0;
	if ((promised & P_ERROR) == 0)
		violate(what);
	errno = ENOSYS;
	return -1;
}

int
pledge(const char *promises, const char *execpromises)
{
	char copy[256], *word, *rest = copy;
	unsigned int wanted = 0;
	size_t i;

	(void)execpromises;
	if (promises == NULL)
		return 0;
	snprintf(copy, sizeof(copy), "%s", promises);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strcmp(word, words[i].w_word) == 0)
				break;
		if (i == sizeof(words) / sizeof(words[0])) {
			errno = EINVAL;
			return -1;
		}
		wanted |= words[i].w_promise;
	}
	if (wanted & ~promised) {
		errno = EPERM;
		return -1;
	}
	promised = wanted;
	return 0;
}

int
unveil(const char *path, const char *permissions)
{
	char real[PATH_MAX];
	struct veil *v = veils;

	if (need(P_UNVEIL, "unveil") == -1)
		return -1;
	if (veils_locked || (path == NULL) != (permissions == NULL)) {
		errno = veils_locked ? EPERM : EINVAL;
		return -1;
	}
	veiled = true;
	if (path == NULL) {
		veils_locked = true;
		return 0;
	}
	/* The path may be missing; devices of the model always are. */
	if (realpath(path, real) == NULL)
		snprintf(real, sizeof(real), "%s", path);
	while (v < veils + nveils && strcmp(v->v_path, real) != 0)
		v++;
	if (v == veils + VEILS) {
		errno = E2BIG;
		return -1;
	}
	if (v == veils + nveils)
		nveils++;
	snprintf(v->v_path, sizeof(v->v_path), "%s", real);
	snprintf(v->v_permissions, sizeof(v->v_permissions), "%s", permissions);
	return 0;
}

/* Returns true if the veil is the path or a directory above. */
static bool
covers(const struct veil *v, const char *path)
{
	size_t n = strlen(v->v_path);

	return strncmp(path, v->v_path, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/' || v->v_path[n - 1] == '/');
}

/* Checks the nearest veil, which decides. */
static int
unveiled(const char *path, const char *permissions)
{
	char real[PATH_MAX];
	const struct veil *v, *next = NULL;
	size_t n;

	if (!veiled)
		return 0;
	if (realpath(path, real) == NULL)
		snprintf(real, sizeof(real), "%s", path);
	if (strncmp(path, "./", 2) == 0 && getcwd(real, sizeof(real)) != NULL) {
		n = strlen(real);
		snprintf(real + n, sizeof(real) - n, "%s",
		    path + (real[n - 1] == '/' ? 2 : 1));
	}
	for (v = veils; v < veils + nveils; v++)
		if (covers(v, real) &&
		    (next == NULL || strlen(v->v_path) > strlen(next->v_path)))
			next = v;
	if (next != NULL &&
	    strspn(permissions, next->v_permissions) == strlen(permissions))
		return 0;
	errno =
	    next == NULL || next->v_permissions[0] == '\0' ? ENOENT : EACCES;
	return -1;
}

int
confine_open(int dir, const char *path, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	(void)dir;
	if (strcmp(path, "/dev/null") == 0 && !veiled)
		return 0;
	if ((flags & O_ACCMODE) != O_WRONLY && need(P_RPATH, path) == -1)
		return -1;
	if (writes && need(P_WPATH, path) == -1)
		return -1;
	if (flags & O_CREAT && need(P_CPATH, path) == -1)
		return -1;
	return unveiled(path,
	    (flags & O_ACCMODE) == O_RDONLY	? "r" :
		(flags & O_ACCMODE) == O_WRONLY ? "w" :
						  "rw");
}

int
confine_exec(const char *path)
{
	return need(P_EXEC, path) == -1 ? -1 : unveiled(path, "x");
}

int
confine_socket(int domain)
{
	return need(domain == PF_ROUTE ? P_ROUTE :
		domain == PF_UNIX      ? P_UNIX :
					 P_INET | P_DNS,
	    "socket");
}

int
confine_address(int fd)
{
	(void)fd;
	return need(P_INET | P_UNIX | P_DNS, "connect or bind");
}

int
confine_accept(int fd)
{
	(void)fd;
	return need(P_INET | P_UNIX, "accept");
}

void
confine_accepted(int fd, int client)
{
	(void)fd;
	(void)client;
}

int
confine_unlink(const char *path)
{
	return need(P_CPATH, "unlink") == -1 ? -1 : unveiled(path, "c");
}

int
confine_fork(void)
{
	return need(P_PROC, "fork");
}

int
confine_kill(int pid)
{
	return pid == 0 || pid == (int)getpid() ? 0 : need(P_PROC, "kill");
}

int
confine_become(bool root)
{
	/* No promise allows chroot(2). */
	return need(root ? 1U << 31 : P_ID, root ? "chroot" : "id");
}

int
confine_use(int fd, enum use use)
{
	(void)fd;
	if (use == USE_SETSOCKOPT)
		return need(P_STDIO, "setsockopt");
	return need(P_STDIO, "stdio");
}

int
confine_send_fd(int fd)
{
	(void)fd;
	return need(P_SENDFD, "sendfd");
}

int
confine_recv_fd(int fd)
{
	(void)fd;
	return need(P_RECVFD, "recvfd");
}

int
confine_ioctl(int fd, bool device, unsigned long request)
{
	(void)fd;
	if (promised == P_ALL || request == FIONREAD || request == FIONBIO)
		return 0;
	if (device && request == BIOCGSTATS)
		return need(P_BPF, "bpf");
	/* No promise of this model allows other requests. */
	return need(1U << 31, "ioctl");
}

int
confine_fcntl(int fd, int command)
{
	(void)fd;
	return command == F_SETOWN ? need(P_PROC, "fcntl") : 0;
}

void
confine_new(int fd)
{
	(void)fd;
}

void
confine_dup(int old, int fd)
{
	(void)old;
	(void)fd;
}
