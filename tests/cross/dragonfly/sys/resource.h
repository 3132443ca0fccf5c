/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_RESOURCE_H
#define CROSS_SYS_RESOURCE_H

#include <sys/types.h>

#define RLIMIT_CPU     0
#define RLIMIT_FSIZE   1
#define RLIMIT_DATA    2
#define RLIMIT_CORE    4
#define RLIMIT_MEMLOCK 6
#define RLIMIT_NOFILE  8
#define RLIMIT_AS      10
#define RLIM_INFINITY  ((rlim_t)(((uint64_t)1 << 63) - 1))

typedef int64_t rlim_t;

struct rlimit {
	rlim_t rlim_cur;
	rlim_t rlim_max;
};

int getrlimit(int, struct rlimit *);
int setrlimit(int, const struct rlimit *);

#endif
