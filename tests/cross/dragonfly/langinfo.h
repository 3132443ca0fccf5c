/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_LANGINFO_H
#define CROSS_LANGINFO_H

#define CODESET 0

char *nl_langinfo(int);

#endif
