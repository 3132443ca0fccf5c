/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_FCNTL_H
#define CROSS_FCNTL_H

#include <sys/types.h>

#define O_RDONLY    0x0000
#define O_WRONLY    0x0001
#define O_RDWR	    0x0002
#define O_ACCMODE   0x0003
#define O_NONBLOCK  0x0004
#define O_NOCTTY    0x8000
#define O_CLOEXEC   0x00020000
#define O_DIRECTORY 0x08000000

#define F_GETFD	   1
#define F_SETFD	   2
#define F_GETFL	   3
#define F_SETFL	   4
#define FD_CLOEXEC 1

#define F_DUPFD_CLOEXEC 17

#define AT_FDCWD	    (-328243)
#define AT_SYMLINK_NOFOLLOW 1
#define AT_EACCESS	    4

int fcntl(int, int, ...);
int open(const char *, int, ...);

#endif
