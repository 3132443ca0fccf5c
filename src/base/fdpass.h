/* A descriptor goes to another process. */
#ifndef FDPASS_H
#define FDPASS_H

#include <stddef.h>

/*
 * With a message over a socket, which is not changed; -1: without one.  0, or
 * -1 and errno.
 */
int fdpass_send(int sock, void *what, size_t size, int fd);

/*
 * A message of this size; in *fd what came along, which is the caller's and
 * close-on-exec, or -1.  0, or -1 and errno: EPIPE when nobody is there,
 * EBADMSG when it is another one.  flags: of recv(2).
 */
int fdpass_recv(int sock, void *what, size_t size, int *fd, int flags);

#endif
