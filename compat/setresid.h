/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * setresgid(2) and setresuid(2) for NetBSD and macOS, which lack them.  All
 * three ids must be equal, or the result is EINVAL.
 */
#ifndef COMPAT_SETRESID_H
#define COMPAT_SETRESID_H

#include <sys/types.h>

int setresgid(gid_t real, gid_t effective, gid_t saved);
int setresuid(uid_t real, uid_t effective, uid_t saved);

#endif
