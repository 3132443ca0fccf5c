/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The preloaded library: descriptors of bpf(4) and route(4).  A device is a
 * datagram socket, so it can be inherited and passed, and a datagram wakes a
 * poll.  The socket's address names the device, and is in use while any process
 * has the device open.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <net/route.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "kernel.h"
#include "model.h"

#define EXPORT __attribute__((visibility("default")))

__attribute__((constructor)) static void
loaded(void)
{
	const char *path = getenv(KERNEL_ENV), *caller;

	if (path == NULL)
		return;
	if (!kernel_map(path, false)) {
		perror(path);
		_exit(127);
	}
	/* Commands run without the library. */
	unsetenv("LD_PRELOAD");
	/*
	 * Pretends that this user has started a set-user-ID program.  A system
	 * call, since the program may define a setresuid.
	 */
	caller = getenv("BPF_MODEL_CALLER");
	if (caller != NULL &&
	    syscall(SYS_setresuid, atoi(caller), -1, -1) == -1) {
		perror("BPF_MODEL_CALLER");
		_exit(127);
	}
}

struct device *
model_device(int fd)
{
	struct sockaddr_un sun, first;
	socklen_t len = sizeof(sun), wanted;
	int saved = errno, unit;
	long result;

	if (kernel == NULL)
		return NULL;
	memset(&sun, 0, sizeof(sun));
	result = syscall(SYS_getsockname, fd, &sun, &len);
	errno = saved;
	if (result == -1 || sun.sun_family != AF_UNIX)
		return NULL;
	wanted = kernel_address(&first, "bpf", 0);
	/* Addresses differ only in the digit at the end. */
	if (len != wanted || memcmp(&sun, &first, len - 1) != 0)
		return NULL;
	unit = ((char *)&sun)[len - 1] - '0';
	return unit >= 0 && unit < DEVICES ? &kernel->k_devices[unit] : NULL;
}

void
model_count(int call)
{
	if (kernel == NULL)
		return;
	kernel_lock();
	kernel_count(getpid(), (enum call)call);
	kernel_unlock();
}

void
model_drain(int fd, struct device *d)
{
	char byte;

	while (syscall(SYS_recvfrom, fd, &byte, sizeof(byte), MSG_DONTWAIT,
		   NULL, NULL) != -1)
		;
	d->d_notified = false;
}

static int
bound(int flags, const char *kind, int unit)
{
	struct sockaddr_un sun;
	socklen_t len = kernel_address(&sun, kind, unit);
	int fd;

	fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | flags, 0);
	if (fd == -1)
		return -1;
	if (syscall(SYS_bind, fd, &sun, len) == 0) {
		confine_new(fd);
		return fd;
	}
	syscall(SYS_close, fd);
	errno = EBUSY;
	return -1;
}

/* Returns the unit that a path names; -1: any, -2: not a bpf(4) device. */
static int
unit_of(const char *path)
{
	const char *name = strrchr(path, '/');
	int unit;

	name = name == NULL ? path : name + 1;
	if (kernel == NULL || strncmp(name, "bpf", 3) != 0 ||
	    (name != path && strncmp(path, "./", 2) != 0 &&
		strncmp(path, "/dev/", 5) != 0))
		return -2;
	if (name[3] == '\0')
		return -1;
	unit = name[3] - '0';
	return unit >= 0 && name[4] == '\0' && unit < 10 ? unit : DEVICES;
}

static int
open_device(int unit, int flags)
{
	int fd = -1, socket_flags = 0, last = unit;

	if (FL_CLONES && FL_ZERO_CLONES && unit == 0)
		unit = -1;
	if (FL_CLONES ? unit != -1 : unit < 0 || unit >= DEVICES) {
		errno = ENOENT;
		return -1;
	}
	if (geteuid() != 0) {
		errno = EACCES;
		return -1;
	}
	if (flags & O_NONBLOCK && FL_OPEN_NONBLOCK)
		socket_flags |= SOCK_NONBLOCK;
	if (flags & O_CLOEXEC)
		socket_flags |= SOCK_CLOEXEC;
	if (FL_CLONES) {
		unit = 0;
		last = DEVICES - 1;
	}
	for (; unit <= last; unit++) {
		if ((fd = bound(socket_flags, "bpf", unit)) != -1)
			break;
		if (errno != EBUSY)
			return -1;
	}
	if (fd == -1)
		return -1;
	kernel_lock();
	device_reset(&kernel->k_devices[unit]);
	kernel_unlock();
	return fd;
}

static int
do_open(int dir, const char *path, int flags, mode_t mode)
{
	int fd, unit = unit_of(path);

	if (kernel != NULL && confine_open(dir, path, flags) == -1)
		return -1;
	if (unit != -2) {
		model_count(CALL_OPEN);
		return open_device(unit, flags);
	}
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (fd != -1)
		confine_new(fd);
	return fd;
}

#define OPENS(name)                                          \
	EXPORT int name(const char *path, int flags, ...)    \
	{                                                    \
		mode_t mode = 0;                             \
		va_list ap;                                  \
		va_start(ap, flags);                         \
		if (flags & (O_CREAT | __O_TMPFILE))         \
			mode = va_arg(ap, mode_t);           \
		va_end(ap);                                  \
		return do_open(AT_FDCWD, path, flags, mode); \
	}
#define OPENATS(name)                                              \
	EXPORT int name(int dir, const char *path, int flags, ...) \
	{                                                          \
		mode_t mode = 0;                                   \
		va_list ap;                                        \
		va_start(ap, flags);                               \
		if (flags & (O_CREAT | __O_TMPFILE))               \
			mode = va_arg(ap, mode_t);                 \
		va_end(ap);                                        \
		return do_open(dir, path, flags, mode);            \
	}
OPENS(open)
OPENS(open64)
OPENATS(openat)
OPENATS(openat64)

int __open_2(const char *, int);
int __open64_2(const char *, int);

EXPORT int
__open_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}

EXPORT int
__open64_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}

static int
open_route(int type)
{
	int fd, unit;

	for (unit = 0; unit < ROUTES; unit++) {
		fd =
		    bound(type & (SOCK_CLOEXEC | SOCK_NONBLOCK), "route", unit);
		if (fd != -1 || errno != EBUSY)
			return fd;
	}
	return -1;
}

EXPORT int
socket(int domain, int type, int protocol)
{
	int fd;

	if (kernel != NULL && confine_socket(domain) == -1)
		return -1;
	if (kernel != NULL && domain == PF_ROUTE &&
	    (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_RAW)
		return open_route(type);
	fd = (int)syscall(SYS_socket, domain, type, protocol);
	if (fd != -1)
		confine_new(fd);
	return fd;
}

EXPORT int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (kernel != NULL && confine_use(fd, USE_SETSOCKOPT) == -1)
		return -1;
	/* Routing sockets of the model have messages of interfaces only. */
	if (kernel != NULL && level == PF_ROUTE)
		return 0;
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

/* SIOCGIFFLAGS, on any socket. */
static int
interface_flags(struct ifreq *ifr)
{
	const struct iface *i = kernel->k_ifaces;
	int result = -1;

	kernel_lock();
	while (i < kernel->k_ifaces + IFACES &&
	    strncmp(i->if_name, ifr->ifr_name, IFNAMSIZ) != 0)
		i++;
	if (i < kernel->k_ifaces + IFACES) {
		ifr->ifr_flags = i->if_flags;
		result = 0;
	}
	kernel_unlock();
	if (result == -1)
		errno = ENXIO;
	return result;
}

EXPORT int
ioctl(int fd, unsigned long request, ...)
{
	struct device *d = model_device(fd);
	va_list ap;
	void *arg;
	int result;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (kernel != NULL && confine_ioctl(fd, d != NULL, request) == -1)
		return -1;
	if (kernel != NULL && request == SIOCGIFFLAGS)
		return interface_flags(arg);
	if (d == NULL)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	kernel_lock();
	kernel_count(getpid(), CALL_IOCTL);
	result = device_ioctl(d, request, arg);
	kernel_unlock();
	if (result == 0 && request == FIONBIO)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	return result;
}

/* Reads; a blocking descriptor waits in poll. */
static ssize_t
read_device(struct device *d, int fd, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool blocks = (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) == 0;
	bool empty;
	ssize_t n;

	for (;;) {
		kernel_lock();
		kernel_count(getpid(), CALL_READ);
		n = device_read(d, buf, len, &empty);
		kernel_unlock();
		if (!empty || !blocks)
			return n;
		if (poll(&pfd, 1, -1) == -1)
			return -1;
	}
}

EXPORT ssize_t
read(int fd, void *buf, size_t len)
{
	struct device *d = model_device(fd);

	if (kernel != NULL && confine_use(fd, USE_READ) == -1)
		return -1;
	if (d != NULL)
		return read_device(d, fd, buf, len);
	return syscall(SYS_read, fd, buf, len);
}

ssize_t __read_chk(int, void *, size_t, size_t);

EXPORT ssize_t
__read_chk(int fd, void *buf, size_t len, size_t room)
{
	if (len > room)
		abort();
	return read(fd, buf, len);
}
