/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_ERRNO_H
#define CROSS_ERRNO_H

extern __thread int errno;

#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EINTR		4
#define EIO		5
#define ENXIO		6
#define E2BIG		7
#define ENOEXEC		8
#define EBADF		9
#define ECHILD		10
#define ENOMEM		12
#define EACCES		13
#define EBUSY		16
#define EEXIST		17
#define ENODEV		19
#define ENOTDIR		20
#define EISDIR		21
#define EINVAL		22
#define ENFILE		23
#define EMFILE		24
#define ENOTTY		25
#define EPIPE		32
#define ERANGE		34
#define EAGAIN		35
#define EINPROGRESS	36
#define EMSGSIZE	40
#define EPROTOTYPE	41
#define EPROTONOSUPPORT 43
#define EOPNOTSUPP	45
#define ENOTSUP		EOPNOTSUPP
#define ENETDOWN	50
#define ECONNABORTED	53
#define ECONNRESET	54
#define ENOBUFS		55
#define ENOTCONN	57
#define ETIMEDOUT	60
#define ECONNREFUSED	61
#define ETOOMANYREFS	59
#define ELOOP		62
#define ENAMETOOLONG	63
#define ESTALE		70
#define EBADMSG		89

#define EILSEQ 86

#endif
