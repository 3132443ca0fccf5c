/* A socket in the file system, by which others are to find us. */
#ifndef UNIX_LISTEN_H
#define UNIX_LISTEN_H

#include <sys/types.h>

struct conf_socket;

/* Which one it is; ul_path NULL: none. */
struct unix_listen {
	const char *ul_path;
	dev_t ul_dev;
	ino_t ul_ino;
};

/*
 * Listens on a stream socket there, with the rights that are wanted.  One that
 * was left behind is replaced, but nothing else.  Close-on-exec and never
 * waiting; or exits, having said why.
 */
int unix_listen_open(struct unix_listen *, const struct conf_socket *);

/* If it is still the same, and the process may. */
void unix_listen_remove(const struct unix_listen *);

#endif
