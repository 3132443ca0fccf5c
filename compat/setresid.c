/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <unistd.h>

#include "setresid.h"

/*
 * Both functions call both system calls, since neither sets all three ids on
 * each system.  NetBSD: setuid(2) sets all three for every user; setreuid(2)
 * leaves the saved id if the real id does not change.  macOS, for users other
 * than root: setuid(2) leaves the saved id, setreuid(2) sets all three.
 */
int
setresgid(gid_t real, gid_t effective, gid_t saved)
{
	if (real != effective || real != saved) {
		errno = EINVAL;
		return -1;
	}
	return setgid(real) == -1 || setregid(real, real) == -1 ? -1 : 0;
}

int
setresuid(uid_t real, uid_t effective, uid_t saved)
{
	if (real != effective || real != saved) {
		errno = EINVAL;
		return -1;
	}
	return setuid(real) == -1 || setreuid(real, real) == -1 ? -1 : 0;
}
