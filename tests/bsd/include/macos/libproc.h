/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The part of macOS's <libproc.h> that lists descriptors. */
#ifndef _LIBPROC_H_
#define _LIBPROC_H_

#include <stdint.h>

#define PROC_PIDLISTFDS 1

struct proc_fdinfo {
	int32_t proc_fd;
	uint32_t proc_fdtype;
};

#pragma GCC visibility push(default)
int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buf, int size);
#pragma GCC visibility pop

#endif
