/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The BSDs and macOS: fork(2). */
#include "runner/spawn.h"

pid_t
spawn(const struct spawn *sp)
{
	return spawn_fork(sp);
}
