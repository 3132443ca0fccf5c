/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Functions that macOS lacks, with the behaviour of the other systems.  On
 * macOS CPPFLAGS includes this header before every source file (mk/Darwin.mk).
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <sys/types.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC  0x10000000
#define SOCK_NONBLOCK 0x20000000
#endif

/* All processes of the daemon ignore SIGPIPE. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* (socket)(...), in parentheses, calls the function of the C library. */
#define accept4(fd, addr, len, flags)  compat_accept4(fd, addr, len, flags)
#define closefrom(fd)		       compat_closefrom(fd)
#define pipe2(pair, flags)	       compat_pipe2(pair, flags)
#define poll(pfd, n, ms)	       compat_poll(pfd, n, ms)
#define ppoll(pfd, n, ts, mask)	       compat_ppoll(pfd, n, ts, mask)
#define socket(domain, type, protocol) compat_socket(domain, type, protocol)
#define socketpair(domain, type, protocol, sv) \
	compat_socketpair(domain, type, protocol, sv)
/* macOS has initgroups(3), with a signed gid. */
#define initgroups(user, gid) initgroups(user, (int)(gid))

/* accept4(2); flags: SOCK_CLOEXEC and SOCK_NONBLOCK. */
int compat_accept4(int, struct sockaddr *, socklen_t *, int flags);

/* closefrom(2): closes all descriptors from the number on. */
void compat_closefrom(int);

/* pipe2(2); flags: O_CLOEXEC and O_NONBLOCK. */
int compat_pipe2(int pair[2], int flags);

/*
 * poll(2) and ppoll(2) by pselect(2), since poll(2) of macOS does not support
 * devices.  EINVAL for a descriptor of FD_SETSIZE or more.  The end of the peer
 * is reported as POLLIN.
 */
int compat_poll(struct pollfd *, nfds_t, int ms);
int compat_ppoll(
    struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

/* socket(2) and socketpair(2); type may include SOCK_CLOEXEC, SOCK_NONBLOCK. */
int compat_socket(int domain, int type, int protocol);
int compat_socketpair(int domain, int type, int protocol, int pair[2]);

#endif
