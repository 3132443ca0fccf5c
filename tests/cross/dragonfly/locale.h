/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_LOCALE_H
#define CROSS_LOCALE_H

#define LC_CTYPE 2

char *setlocale(int, const char *);

#endif
