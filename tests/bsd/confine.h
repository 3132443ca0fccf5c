/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Confinement of a process: pledge(2) and unveil(2), capsicum(4), or none.  The
 * library calls each function before the system call, which goes ahead if the
 * result is 0; -1 and errno: refused.  A violation of pledge(2) aborts.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

/* Uses of a descriptor. */
enum use {
	USE_READ,
	USE_WRITE,
	USE_EVENT,
	USE_SETSOCKOPT
};

int confine_open(int dir, const char *path, int flags);
int confine_exec(const char *path);
int confine_socket(int domain);
/* connect(2) and bind(2). */
int confine_address(int fd);
/* accept(2), before and after: the client inherits the rights of fd. */
int confine_accept(int fd);
void confine_accepted(int fd, int client);
int confine_unlink(const char *path);
int confine_fork(void);
int confine_kill(int pid);
/* Changes of user or group; root: chroot(2). */
int confine_become(bool root);
int confine_use(int fd, enum use);
/* Passing a descriptor: before the send, and after the receipt. */
int confine_send_fd(int fd);
int confine_recv_fd(int fd);
int confine_ioctl(int fd, bool device, unsigned long request);
int confine_fcntl(int fd, int command);
/* A new descriptor, or a duplicate, has this number. */
void confine_new(int fd);
void confine_dup(int old, int fd);

#endif
