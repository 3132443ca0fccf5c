/* A socket in the file system, by which others are to find us. */
#ifndef UNIX_LISTEN_H
#define UNIX_LISTEN_H

#include <sys/types.h>

/* Which one it is; ul_path NULL: none. */
struct unix_listen {
	const char *ul_path;
	dev_t ul_dev;
	ino_t ul_ino;
};

/*
 * Listens on a stream socket at path, with this mode and group (a name or a
 * number; NULL: the process's own).  Replaces a socket that a dead process has
 * left, and nothing else.  Returns a close-on-exec, non-blocking descriptor,
 * and exits with a message on failure.  path has to stay valid.
 */
int unix_listen_open(
    struct unix_listen *, const char *path, mode_t mode, const char *group);

/* Removes the socket if it is still the same one.  Errors are ignored. */
void unix_listen_remove(const struct unix_listen *);

#endif
