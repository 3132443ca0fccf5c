/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* proc_pidinfo(3) of macOS by /proc/self/fd of Linux. */
#include <dirent.h>
#include <libproc.h>
#include <stdlib.h>

int
proc_pidinfo(int pid, int flavor, uint64_t arg, void *buf, int size)
{
	struct proc_fdinfo *to = buf;
	const struct dirent *entry;
	int n = 0;
	DIR *dir;

	(void)pid;
	(void)flavor;
	(void)arg;
	if ((dir = opendir("/proc/self/fd")) == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (buf != NULL && (n + 1) * (int)sizeof(*to) <= size)
			to[n] = (struct proc_fdinfo){
				.proc_fd =
				    (int32_t)strtol(entry->d_name, NULL, 10)
			};
		n++;
	}
	closedir(dir);
	if (buf != NULL && n > size / (int)sizeof(*to))
		n = size / (int)sizeof(*to);
	return n * (int)sizeof(*to);
}
