/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_LIMITS_H
#define CROSS_LIMITS_H

#define CHAR_BIT  8
#define INT_MAX	  __INT_MAX__
#define LONG_MAX  __LONG_MAX__
#define LLONG_MAX __LONG_LONG_MAX__
#define UINT_MAX  (__INT_MAX__ * 2U + 1)
#define ULONG_MAX (__LONG_MAX__ * 2UL + 1)
#define PIPE_BUF  512

#define PATH_MAX 1024

#endif
