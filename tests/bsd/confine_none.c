/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* No confinement: NetBSD, DragonFly, macOS, OpenBSD 5.1. */
#include "confine.h"

int
confine_open(int dir, const char *path, int flags)
{
	(void)dir;
	(void)path;
	(void)flags;
	return 0;
}

int
confine_exec(const char *path)
{
	(void)path;
	return 0;
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
	return 0;
}

int
confine_accept(int fd)
{
	(void)fd;
	return 0;
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
	(void)path;
	return 0;
}

int
confine_fork(void)
{
	return 0;
}

int
confine_kill(int pid)
{
	(void)pid;
	return 0;
}

int
confine_become(bool root)
{
	(void)root;
	return 0;
}

int
confine_use(int fd, enum use use)
{
	(void)fd;
	(void)use;
	return 0;
}

int
confine_send_fd(int fd)
{
	(void)fd;
	return 0;
}

int
confine_recv_fd(int fd)
{
	(void)fd;
	return 0;
}

int
confine_ioctl(int fd, bool device, unsigned long request)
{
	(void)fd;
	(void)device;
	(void)request;
	return 0;
}

int
confine_fcntl(int fd, int command)
{
	(void)fd;
	(void)command;
	return 0;
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
