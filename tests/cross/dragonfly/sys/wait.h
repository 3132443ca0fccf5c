/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_WAIT_H
#define CROSS_SYS_WAIT_H

#include <sys/types.h>

#define WNOHANG 1

#define WIFEXITED(s)   ((0177 & (s)) == 0)
#define WEXITSTATUS(s) ((s) >> 8)
#define WTERMSIG(s)    (0177 & (s))
#define WIFSIGNALED(s) (WTERMSIG(s) != 0177 && WTERMSIG(s) != 0)
#define WCOREDUMP(s)   (0200 & (s))

pid_t waitpid(pid_t, int *, int);

#endif
