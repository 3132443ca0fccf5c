/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Systems on which nothing limits the files of the runner: what confines a
 * process there (Landlock, seccomp, capability mode, another root directory)
 * is inherited by the commands.
 */
#include <stdbool.h>

#include "priv/priv.h"

void
priv_exec_allow(const char *path)
{
	(void)path;
}

void
priv_exec_allow_any(void)
{
}

void
priv_exec_remove(const char *path)
{
	(void)path;
}

void
priv_exec_confine(void)
{
}

bool
priv_exec_reads(void)
{
	return true;
}
