/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_ERR_H
#define CROSS_ERR_H

#include <stdarg.h>

#define CROSS_PRINTF(n) __attribute__((format(printf, n, n + 1)))

void err(int, const char *, ...) __attribute__((noreturn)) CROSS_PRINTF(2);
void errc(int, int, const char *, ...) __attribute__((noreturn))
CROSS_PRINTF(3);
void errx(int, const char *, ...) __attribute__((noreturn)) CROSS_PRINTF(2);
void vwarnx(const char *, va_list);
void warn(const char *, ...) CROSS_PRINTF(1);
void warnc(int, const char *, ...) CROSS_PRINTF(2);
void warnx(const char *, ...) CROSS_PRINTF(1);

#endif
