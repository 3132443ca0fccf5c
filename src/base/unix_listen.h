/* A socket in the file system, by which others are to find us. */
#ifndef UNIX_LISTEN_H
#define UNIX_LISTEN_H

#include <sys/types.h>

struct conf_socket;

/* Which one it is; sf_path NULL: none. */
struct sockfile {
	const char *sf_path;
	dev_t sf_dev;
	ino_t sf_ino;
};

/*
 * Listens on a stream socket there, with the rights that are wanted.  One that
 * was left behind is replaced, but nothing else.  Close-on-exec and never
 * waiting; or exits, having said why.
 */
int sockfile_listen(struct sockfile *, const struct conf_socket *);

/* If it is still the same, and the process may. */
void sockfile_remove(const struct sockfile *);

#endif
