/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * NetBSD, DragonFly and macOS: a process is confined by another user and by
 * another root directory, both of which need root.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/detach.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

/* Changes the root directory to an empty one that only root can change. */
static void
leave_files(void)
{
	const char *dir = "/var/empty";
	struct stat st;

	/* NetBSD has no /var/empty. */
	if (stat(dir, &st) == -1 && errno == ENOENT)
		dir = "/var/chroot/pflogd";
	if (chdir(dir) == -1 || stat(".", &st) == -1)
		err(1, "%s: root's empty directory, for the watcher", dir);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		errx(1, "%s: writable by users other than root", dir);
	if (chroot(".") == -1)
		err(1, "%s: chroot", dir);
}

void
priv_user_opaque(void)
{
	/* These systems forbid tracing a process that changed its user. */
}

void
priv_compiler(const struct priv *p)
{
	if (geteuid() == 0)
		priv_user_watcher(p);
	priv_user_check();
}

static void
leave_all(const struct priv *p)
{
	if (geteuid() == 0) {
		leave_files();
		priv_user_watcher(p);
	}
	priv_user_check();
}

void
priv_control(
    const struct priv *p, const int *listen_fds, size_t n, int runner_fd)
{
	(void)listen_fds;
	(void)n;
	(void)runner_fd;
	detach(-1);
	leave_all(p);
	detach_error();
}

void
priv_watcher(const struct priv *p, const struct order_ends *ends, int notice,
    int savefile, bool memory)
{
	(void)ends;
	(void)notice;
	(void)memory;
	detach(savefile);
	leave_all(p);
	detach_error();
}

void
priv_runner(const struct priv *p)
{
	priv_user_commands(p);
	priv_user_check();
}

void
priv_opener(bool files)
{
	/* With files: reads them and opens devices, as who started it. */
	if (!files &&
	    (chdir("/dev") == -1 || (geteuid() == 0 && chroot(".") == -1)))
		err(1, "/dev");
}

int
priv_source(int fd)
{
	/* BIOCLOCK has locked the device; no system here limits it further. */
	(void)fd;
	return 0;
}
