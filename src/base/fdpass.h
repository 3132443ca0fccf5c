/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Passing descriptors to another process over a Unix socket. */
#ifndef FDPASS_H
#define FDPASS_H

#include <stddef.h>

/* Descriptors of a message, at most. */
#define FDPASS_MAX 5

/*
 * Sends a message with n descriptors, which stay open, without waiting for
 * room.  Returns 0, or -1 and errno.
 */
int fdpass_send(
    int sock, const void *what, size_t size, const int *fds, size_t n);

/*
 * Receives a message of exactly this size, without waiting for one.  The
 * caller owns the *n descriptors that came with the message; all are
 * close-on-exec.  Returns 0, or -1 and errno: EPIPE if the other end is
 * closed, EBADMSG for a message of another size.
 */
int fdpass_recv(
    int sock, void *what, size_t size, int fds[FDPASS_MAX], size_t *n);

/* Closes n descriptors; errno stays. */
void fdpass_close(const int *fds, size_t n);

#endif
