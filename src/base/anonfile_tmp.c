/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* For systems without memfd_create(2): a temporary file, removed at once. */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/anonfile.h"

int
anonfile_open(void)
{
	char path[] = "/tmp/bpfstatsd.XXXXXXXXXX";
	int fd;

	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (unlink(path) == -1)
		err(1, "%s", path);
	return fd;
}
