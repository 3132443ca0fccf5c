/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <libproc.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat.h"

/*
 * Asks the kernel for the open descriptors.  RLIMIT_NOFILE is no bound for
 * descriptors opened before it was lowered, and may leave none for /dev/fd.
 */
void
compat_closefrom(int low)
{
	struct proc_fdinfo *all;
	int fd, i, size;

	size = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, NULL, 0);
	all = size > 0 ? malloc((size_t)size) : NULL;
	if (all != NULL)
		size = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, all, size);
	if (all == NULL || size <= 0) {
		for (fd = getdtablesize() - 1; fd >= low; fd--)
			close(fd);
	} else {
		for (i = 0; i < size / (int)sizeof(*all); i++)
			if (all[i].proc_fd >= low)
				close(all[i].proc_fd);
	}
	free(all);
}
