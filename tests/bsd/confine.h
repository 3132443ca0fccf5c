/*
 * What a process may still do, on this system: pledge(2) and unveil(2),
 * capsicum(4), or nothing of the kind.  Each of these is asked before the call
 * is made: 0, or -1 and errno.  Or it does not return, since pledge(2) kills.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

/* What a descriptor is used for. */
enum use {
	USE_READ,
	USE_WRITE,
	USE_EVENT,
	USE_SETSOCKOPT
};

int confine_open(int dir, const char *path, int flags);
int confine_exec(const char *path);
int confine_socket(int domain);
/* connect(2), bind(2). */
int confine_address(int fd);
/* accept(2), before and after: one that came by fd has its rights. */
int confine_accept(int fd);
void confine_accepted(int fd, int client);
int confine_unlink(const char *path);
int confine_fork(void);
int confine_kill(int pid);
/* Users, groups and roots. */
int confine_become(bool root);
int confine_use(int fd, enum use);
/* A descriptor is passed: before that is sent, and after it was received. */
int confine_send_fd(int fd);
int confine_recv_fd(int fd);
int confine_ioctl(int fd, bool device, unsigned long request);
int confine_fcntl(int fd, int command);
/* The descriptor's number now means another thing, or the same as old. */
void confine_new(int fd);
void confine_dup(int old, int fd);

#endif
