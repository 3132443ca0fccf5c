/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <err.h>

#include "base/anonfile.h"

int
anonfile_open(void)
{
	int fd;

	if ((fd = memfd_create("rules", MFD_CLOEXEC)) == -1)
		err(1, "memfd");
	return fd;
}
