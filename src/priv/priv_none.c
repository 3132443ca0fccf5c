/*
 * NetBSD, DragonFly and macOS: nothing confines a process there but another
 * user and another root directory, which only root can give it.
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

/* An empty directory that nobody but root can change. */
static void
leave_files(void)
{
	const char *dir = "/var/empty";
	struct stat st;

	/* NetBSD has none of the name. */
	if (stat(dir, &st) == -1 && errno == ENOENT)
		dir = "/var/chroot/pflogd";
	if (chdir(dir) == -1 || stat(".", &st) == -1)
		err(1, "%s: root's empty directory, for the watcher", dir);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		errx(1, "%s: others than root can write to it", dir);
	if (chroot(".") == -1)
		err(1, "%s: chroot", dir);
}

void
priv_user_opaque(void)
{
	/* A process that has changed its user is so by itself. */
}

void
priv_compiler(const struct priv *p)
{
	if (geteuid() == 0)
		priv_user_watcher(p);
	priv_user_check();
	/* The caller is gone if it has not ended us by then. */
	alarm(PRIV_COMPILER_SECONDS + 5);
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
priv_control(const struct priv *p, int listen_fd, int runner_fd)
{
	(void)listen_fd;
	(void)runner_fd;
	detach(-1);
	leave_all(p);
	detach_error();
}

void
priv_watcher(const struct priv *p, const struct order_ends *ends,
    const struct priv_fds *fds, size_t n)
{
	(void)ends;
	detach(n > 0 ? fds->pf_savefile : -1);
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
priv_command(const char *path)
{
	/* Another root directory would be the command's, too. */
	(void)path;
}

void
priv_any_command(void)
{
}

void
priv_commands(void)
{
}

void
priv_remove(const char *path)
{
	(void)path;
}

void
priv_reopen(void)
{
	if (chdir("/dev") == -1 || (geteuid() == 0 && chroot(".") == -1))
		err(1, "/dev");
}

void
priv_opener(void)
{
	/* It reads files, opens devices, and its watchers change their user. */
}

int
priv_source(int fd)
{
	/* Nothing limits a descriptor more than BIOCLOCK has. */
	(void)fd;
	return 0;
}
