/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/unix_listen.h"

/* Connections that wait for accept(2), at most. */
#define BACKLOG 1024

static int
stream(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		err(1, "%s: socket", path);
	return fd;
}

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: the path of a socket has at most %zu characters",
		    path, sizeof(sun.sun_path) - 1);
	return sun;
}

/* Removes a socket that a dead process has left; exits for anything else. */
static void
remove_stale(const struct sockaddr_un *sun)
{
	const char *path = sun->sun_path;
	struct stat st;
	int fd, why;

	if (lstat(path, &st) == -1) {
		if (errno != ENOENT)
			err(1, "%s", path);
		return;
	}
	if (!S_ISSOCK(st.st_mode))
		errx(1, "%s: exists and is not a socket", path);
	fd = stream(path);
	why = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == -1 ?
	    errno :
	    0;
	close(fd);
	if (why == 0 || why == EAGAIN || why == EINPROGRESS)
		errx(1, "%s: in use by another daemon", path);
	errno = why;
	if (why != ECONNREFUSED || (unlink(path) == -1 && errno != ENOENT))
		err(1, "%s", path);
}

static gid_t
group_of(const char *path, const char *name)
{
	const struct group *gr = getgrnam(name);
	const char *problem;
	long long gid;

	if (gr != NULL)
		return gr->gr_gid;
	gid = strtonum(name, 0, 4294967294, &problem);
	if (problem != NULL)
		errx(1, "%s: group %s: no such group", path, name);
	return (gid_t)gid;
}

/*
 * Opens the socket's directory for root, so that chown and chmod work on the
 * socket even if the path leads elsewhere later; *name is the socket's name in
 * the directory.  Exits if another user can replace files there.  Other users
 * get AT_FDCWD and the path.
 */
static int
open_directory(const char **name, const char *path, const char *group)
{
	const char *slash = strrchr(path, '/');
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)] = ".";
	struct stat st;
	int fd;

	*name = path;
	if (geteuid() != 0)
		return AT_FDCWD;
	if (slash != NULL) {
		*name = slash + 1;
		snprintf(dir, sizeof(dir), "%.*s", (int)(*name - path), path);
	}
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(1, "%s", path);
	if (st.st_uid != 0 ||
	    ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		(st.st_mode & S_ISVTX) == 0))
		errx(1,
		    "%s: group %s: directory writable by others, see "
		    "chmod(1) and chown(8)",
		    path, group);
	return fd;
}

/*
 * Binds the socket and sets mode and group.  The umask and the sequence keep
 * the socket closed to others at any time.
 */
static void
bind_socket(
    const struct sockaddr_un *sun, mode_t mode, const char *group, int fd)
{
	const char *path = sun->sun_path, *name = path;
	mode_t old = umask(group == NULL ? ~mode & 0777 : 0177);
	int dir = group == NULL ? AT_FDCWD : open_directory(&name, path, group);
	gid_t gid;

	if (bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) == -1)
		err(1, "%s", path);
	umask(old);
	if (group == NULL)
		return;
	gid = group_of(path, group);
	if (fchownat(dir, name, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW) == -1 ||
	    fchmodat(dir, name, mode, AT_SYMLINK_NOFOLLOW) == -1) {
		warn("%s: group %s", path, group);
		unlinkat(dir, name, 0);
		exit(1);
	}
	if (dir != AT_FDCWD)
		close(dir);
}

int
unix_listen_open(
    struct unix_listen *ul, const char *path, mode_t mode, const char *group)
{
	const struct sockaddr_un sun = address(path);
	struct stat st;
	int fd = stream(path);

	if (group != NULL)
		(void)group_of(path, group);
	remove_stale(&sun);
	bind_socket(&sun, mode, group, fd);
	if (listen(fd, BACKLOG) == -1 || lstat(path, &st) == -1)
		err(1, "%s", path);
	ul->ul_path = path;
	ul->ul_dev = st.st_dev;
	ul->ul_ino = st.st_ino;
	return fd;
}

void
unix_listen_check(const char *path)
{
	const struct sockaddr_un sun = address(path);

	remove_stale(&sun);
}

static void
remove_one(const struct unix_listen *ul)
{
	struct stat st;

	/* Without the right to unlink, the next start replaces the socket. */
	if (ul->ul_path != NULL && lstat(ul->ul_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode) && st.st_dev == ul->ul_dev &&
	    st.st_ino == ul->ul_ino)
		(void)unlink(ul->ul_path);
}

void
unix_listen_remove(const struct unix_listen *ul, size_t n)
{
	while (n-- > 0)
		remove_one(&ul[n]);
}
