/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_SOCKET_H
#define CROSS_SYS_SOCKET_H

#include <sys/types.h>
#include <sys/uio.h>

#define AF_UNIX	 1
#define AF_INET	 2
#define AF_ROUTE 17
#define AF_INET6 28
#define PF_ROUTE AF_ROUTE

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC   0x10000000
#define SOCK_NONBLOCK  0x20000000

#define SOL_SOCKET  0xffff
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SHUT_WR	    1
#define SCM_RIGHTS  1

#define MSG_PEEK     0x2
#define MSG_WAITALL  0x40
#define MSG_DONTWAIT 0x80
#define MSG_NOSIGNAL 0x400

typedef uint32_t socklen_t;
typedef uint8_t sa_family_t;

struct sockaddr {
	uint8_t sa_len;
	sa_family_t sa_family;
	char sa_data[14];
};

struct sockaddr_storage {
	uint8_t ss_len;
	sa_family_t ss_family;
	char ss_pad[126];
};

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	int msg_iovlen;
	void *msg_control;
	socklen_t msg_controllen;
	int msg_flags;
};

struct cmsghdr {
	socklen_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define CROSS_ALIGN(n)	 (((n) + sizeof(long) - 1) & ~(sizeof(long) - 1))
#define CMSG_DATA(c)	 ((u_char *)(c) + CROSS_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_SPACE(l)	 (CROSS_ALIGN(sizeof(struct cmsghdr)) + CROSS_ALIGN(l))
#define CMSG_LEN(l)	 (CROSS_ALIGN(sizeof(struct cmsghdr)) + (l))
#define CMSG_FIRSTHDR(m) ((struct cmsghdr *)(m)->msg_control)

int accept4(int, struct sockaddr *, socklen_t *, int);
int bind(int, const struct sockaddr *, socklen_t);
int connect(int, const struct sockaddr *, socklen_t);
int listen(int, int);
ssize_t recv(int, void *, size_t, int);
ssize_t recvmsg(int, struct msghdr *, int);
ssize_t send(int, const void *, size_t, int);
ssize_t sendmsg(int, const struct msghdr *, int);
int setsockopt(int, int, int, const void *, socklen_t);
int shutdown(int, int);
int socket(int, int, int);
int socketpair(int, int, int, int *);

#endif
