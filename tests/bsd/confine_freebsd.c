/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * capsicum(4).  Capability mode refuses paths, addresses and other processes.
 * Limits of a descriptor apply in any mode, and stay when it is passed.
 */
#include <sys/capsicum.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "kernel.h"

#define FDS	 256
#define REQUESTS 8

static struct limit {
	bool l_is; /* l_rights is set */
	uint64_t l_rights;
	bool l_requests_are;
	unsigned long l_requests[REQUESTS];
	size_t l_nrequests;
	bool l_fcntls_are;
	uint32_t l_fcntls;
} limits[FDS];
static bool capability_mode;

static int
refuse(int error)
{
	kernel_lock();
	kernel->k_violations++;
	kernel_unlock();
	errno = error;
	return -1;
}

static int
in_mode(void)
{
	return capability_mode ? refuse(ECAPMODE) : 0;
}

static struct limit *
limit(int fd)
{
	return fd >= 0 && fd < FDS ? &limits[fd] : NULL;
}

static int
need(int fd, uint64_t right)
{
	const struct limit *l = limit(fd);

	if (l == NULL || !l->l_is || (l->l_rights & right) == right)
		return 0;
	return refuse(ENOTCAPABLE);
}

cap_rights_t *
model_rights(cap_rights_t *rights, ...)
{
	uint64_t right;
	va_list ap;

	rights->cr_rights = 0;
	va_start(ap, rights);
	while ((right = va_arg(ap, uint64_t)) != 0)
		rights->cr_rights |= right;
	va_end(ap);
	return rights;
}

int
cap_enter(void)
{
	capability_mode = true;
	return 0;
}

bool
cap_sandboxed(void)
{
	return capability_mode;
}

int
cap_rights_limit(int fd, const cap_rights_t *rights)
{
	struct limit *l = limit(fd);

	if (l == NULL || fcntl(fd, F_GETFD) == -1) {
		errno = EBADF;
		return -1;
	}
	if (l->l_is && rights->cr_rights & ~l->l_rights)
		return refuse(ENOTCAPABLE);
	l->l_is = true;
	l->l_rights = rights->cr_rights;
	return 0;
}

int
cap_ioctls_limit(int fd, const unsigned long *requests, size_t n)
{
	struct limit *l = limit(fd);

	if (l == NULL || n > REQUESTS || need(fd, CAP_IOCTL) == -1)
		return -1;
	l->l_requests_are = true;
	l->l_nrequests = n;
	if (n > 0)
		memcpy(l->l_requests, requests, n * sizeof(*requests));
	return 0;
}

int
cap_fcntls_limit(int fd, uint32_t fcntls)
{
	struct limit *l = limit(fd);

	if (l == NULL || need(fd, CAP_FCNTL) == -1)
		return -1;
	if (l->l_fcntls_are && fcntls & ~l->l_fcntls)
		return refuse(ENOTCAPABLE);
	l->l_fcntls_are = true;
	l->l_fcntls = fcntls;
	return 0;
}

int
confine_open(int dir, const char *path, int flags)
{
	(void)flags;
	/* A path below an open directory. */
	if (dir != AT_FDCWD && path[0] != '/')
		return need(dir, CAP_LOOKUP);
	return in_mode();
}

int
confine_exec(const char *path)
{
	(void)path;
	return in_mode();
}

int
confine_socket(int domain)
{
	(void)domain;
	return 0;
}

int
confine_address(int fd)
{
	(void)fd;
	return in_mode();
}

int
confine_accept(int fd)
{
	return need(fd, CAP_ACCEPT);
}

void
confine_accepted(int fd, int client)
{
	confine_dup(fd, client);
}

int
confine_unlink(const char *path)
{
	(void)path;
	return in_mode();
}

int
confine_fork(void)
{
	return 0;
}

int
confine_kill(int pid)
{
	return pid == (int)getpid() ? 0 : in_mode();
}

int
confine_become(bool root)
{
	return root ? in_mode() : 0;
}

int
confine_use(int fd, enum use use)
{
	static const uint64_t rights[] = {
		[USE_READ] = CAP_READ,
		[USE_WRITE] = CAP_WRITE,
		[USE_EVENT] = CAP_EVENT,
		[USE_SETSOCKOPT] = CAP_SETSOCKOPT,
	};

	return need(fd, rights[use]);
}

/* The limits in transit; the tests pass one descriptor at a time. */
int
confine_send_fd(int fd)
{
	const struct limit *l = limit(fd);

	_Static_assert(sizeof(*l) <= sizeof(kernel->k_passed), "too small");
	kernel_lock();
	kernel->k_passes = l != NULL && l->l_is;
	if (kernel->k_passes)
		memcpy(kernel->k_passed, l, sizeof(*l));
	kernel_unlock();
	return 0;
}

int
confine_recv_fd(int fd)
{
	struct limit *l = limit(fd);

	confine_new(fd);
	kernel_lock();
	if (kernel->k_passes && l != NULL)
		memcpy(l, kernel->k_passed, sizeof(*l));
	kernel->k_passes = false;
	kernel_unlock();
	return 0;
}

int
confine_ioctl(int fd, bool device, unsigned long request)
{
	const struct limit *l = limit(fd);
	size_t i;

	(void)device;
	if (need(fd, CAP_IOCTL) == -1)
		return -1;
	if (l == NULL || !l->l_requests_are)
		return 0;
	for (i = 0; i < l->l_nrequests; i++)
		if (l->l_requests[i] == request)
			return 0;
	return refuse(ENOTCAPABLE);
}

int
confine_fcntl(int fd, int command)
{
	const struct limit *l = limit(fd);
	uint32_t bit;

	switch (command) {
	case F_GETFL:
		bit = CAP_FCNTL_GETFL;
		break;
	case F_SETFL:
		bit = CAP_FCNTL_SETFL;
		break;
	case F_GETOWN:
		bit = CAP_FCNTL_GETOWN;
		break;
	case F_SETOWN:
		bit = CAP_FCNTL_SETOWN;
		break;
	default:
		return 0; /* needs no right */
	}
	if (need(fd, CAP_FCNTL) == -1)
		return -1;
	if (l != NULL && l->l_fcntls_are && (l->l_fcntls & bit) == 0)
		return refuse(ENOTCAPABLE);
	return 0;
}

void
confine_new(int fd)
{
	struct limit *l = limit(fd);

	if (l != NULL)
		memset(l, 0, sizeof(*l));
}

void
confine_dup(int old, int fd)
{
	struct limit *from = limit(old), *to = limit(fd);

	if (from != NULL && to != NULL)
		*to = *from;
}
