/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The subset of FreeBSD's capability mode and rights that the model has. */
#ifndef _SYS_CAPSICUM_H_
#define _SYS_CAPSICUM_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

/* Unused numbers of Linux. */
#define ENOTCAPABLE 593
#define ECAPMODE    594

typedef struct cap_rights {
	uint64_t cr_rights;
} cap_rights_t;

#define CAP_READ	(1ULL << 0)
#define CAP_WRITE	(1ULL << 1)
#define CAP_SEEK	(1ULL << 2)
#define CAP_EVENT	(1ULL << 3)
#define CAP_IOCTL	(1ULL << 4)
#define CAP_FCNTL	(1ULL << 5)
#define CAP_FSTAT	(1ULL << 6)
#define CAP_LOOKUP	(1ULL << 7)
#define CAP_GETSOCKOPT	(1ULL << 8)
#define CAP_SETSOCKOPT	(1ULL << 9)
#define CAP_SHUTDOWN	(1ULL << 10)
#define CAP_MMAP	(1ULL << 11)
#define CAP_PDWAIT	(1ULL << 12)
#define CAP_FCHDIR	(1ULL << 13)
#define CAP_KQUEUE	(1ULL << 14)
#define CAP_GETPEERNAME (1ULL << 15)
#define CAP_GETSOCKNAME (1ULL << 16)
#define CAP_ACCEPT	(1ULL << 17)
#define CAP_RECV	CAP_READ
#define CAP_SEND	CAP_WRITE
#define CAP_MMAP_R	(CAP_MMAP | CAP_READ)
#define CAP_ALL		UINT64_MAX

#define CAP_FCNTL_GETFL	 (1U << 3)
#define CAP_FCNTL_SETFL	 (1U << 4)
#define CAP_FCNTL_GETOWN (1U << 5)
#define CAP_FCNTL_SETOWN (1U << 6)

#pragma GCC visibility push(default)
/* The last argument is 0. */
cap_rights_t *model_rights(cap_rights_t *, ...);
#define cap_rights_init(...) model_rights(__VA_ARGS__, (uint64_t)0)

int cap_enter(void);
bool cap_sandboxed(void);
int cap_rights_limit(int fd, const cap_rights_t *rights);
int cap_ioctls_limit(int fd, const unsigned long *requests, size_t n);
int cap_fcntls_limit(int fd, uint32_t fcntls);
#pragma GCC visibility pop

#endif
