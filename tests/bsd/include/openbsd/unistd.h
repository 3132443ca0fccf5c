/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Functions that only OpenBSD declares in <unistd.h>. */
#include_next <unistd.h>

#ifndef MODEL_UNISTD_H
#define MODEL_UNISTD_H

#pragma GCC visibility push(default)
int pledge(const char *promises, const char *execpromises);
int unveil(const char *path, const char *permissions);
#pragma GCC visibility pop

#endif
