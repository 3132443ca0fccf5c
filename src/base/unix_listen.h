/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A listening Unix socket in the file system. */
#ifndef UNIX_LISTEN_H
#define UNIX_LISTEN_H

#include <sys/types.h>

/* Identity of a socket file; ul_path NULL: none. */
struct unix_listen {
	const char *ul_path;
	dev_t ul_dev;
	ino_t ul_ino;
};

/*
 * Listens on a stream socket at path with a mode and a group (name or number;
 * NULL: the group of the process).  Replaces a socket that a dead process has
 * left, and nothing else.  Returns a close-on-exec, non-blocking descriptor;
 * exits with a message on failure.  *ul keeps path, which must stay valid.
 */
int unix_listen_open(
    struct unix_listen *, const char *path, mode_t mode, const char *group);

/*
 * Removes n sockets, but no files that have replaced these; ignores errors.
 */
void unix_listen_remove(const struct unix_listen *, size_t n);

/*
 * Does what unix_listen_open() does with a path before it creates the socket:
 * exits, or removes a socket that a dead process has left.
 */
void unix_listen_check(const char *path);

#endif
