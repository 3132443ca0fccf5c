/*
 * What macOS lacks, and the other systems have.  Read before every source
 * there, as its CPPFLAGS in the Makefile say; the others never see it.
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

/* Our processes do without SIGPIPE anyway. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* From here on those of the library are called in parentheses. */
#define accept4(fd, addr, len, flags)  compat_accept4(fd, addr, len, flags)
#define closefrom(fd)		       compat_closefrom(fd)
#define pipe2(pair, flags)	       compat_pipe2(pair, flags)
#define poll(pfd, n, ms)	       compat_poll(pfd, n, ms)
#define ppoll(pfd, n, ts, mask)	       compat_ppoll(pfd, n, ts, mask)
#define socket(domain, type, protocol) compat_socket(domain, type, protocol)
#define socketpair(domain, type, protocol, sv) \
	compat_socketpair(domain, type, protocol, sv)
/* This one is there, and takes a signed number. */
#define initgroups(user, gid) initgroups(user, (int)(gid))

/* With SOCK_CLOEXEC and SOCK_NONBLOCK in flags. */
int compat_accept4(int, struct sockaddr *, socklen_t *, int flags);

void compat_closefrom(int);

/* flags: O_CLOEXEC and O_NONBLOCK. */
int compat_pipe2(int pair[2], int flags);

/*
 * poll(2) does not know devices there, and select(2) does: what a descriptor
 * above FD_SETSIZE is asked for is EINVAL, and one that hung up is readable.
 */
int compat_poll(struct pollfd *, nfds_t, int ms);
int compat_ppoll(
    struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

/* With SOCK_CLOEXEC and SOCK_NONBLOCK in type. */
int compat_socket(int domain, int type, int protocol);
int compat_socketpair(int domain, int type, int protocol, int pair[2]);

#endif
