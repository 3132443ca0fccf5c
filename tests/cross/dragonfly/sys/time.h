/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_TIME_H
#define CROSS_SYS_TIME_H

#include <sys/types.h>

#include <time.h>

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

#define ITIMER_REAL 0
#define ITIMER_PROF 2

int setitimer(int, const struct itimerval *, struct itimerval *);

#endif
