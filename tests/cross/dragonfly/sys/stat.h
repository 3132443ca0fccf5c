/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_STAT_H
#define CROSS_SYS_STAT_H

#include <sys/types.h>

#include <time.h>

#define S_IFMT	    0170000
#define S_IFIFO	    0010000
#define S_IFCHR	    0020000
#define S_IFDIR	    0040000
#define S_IFREG	    0100000
#define S_IFSOCK    0140000
#define S_ISCHR(m)  ((S_IFMT & (m)) == S_IFCHR)
#define S_ISFIFO(m) ((S_IFMT & (m)) == S_IFIFO)
#define S_ISDIR(m)  ((S_IFMT & (m)) == S_IFDIR)
#define S_ISREG(m)  ((S_IFMT & (m)) == S_IFREG)
#define S_ISSOCK(m) ((S_IFMT & (m)) == S_IFSOCK)
#define S_IWGRP	    0000020
#define S_IWOTH	    0000002
#define S_ISVTX	    0001000

struct stat {
	ino_t st_ino;
	nlink_t st_nlink;
	dev_t st_dev;
	mode_t st_mode;
	uid_t st_uid;
	gid_t st_gid;
	dev_t st_rdev;
	off_t st_size;
};

int fchmodat(int, const char *, mode_t, int);
int fstat(int, struct stat *);
int lstat(const char *, struct stat *);
int stat(const char *, struct stat *);
mode_t umask(mode_t);

#endif
