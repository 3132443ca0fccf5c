/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Passing a descriptor to another process over a Unix socket. */
#ifndef FDPASS_H
#define FDPASS_H

#include <stddef.h>

/*
 * Sends a message with a descriptor, or without (fd is -1).  The message is
 * not changed; the descriptor stays open.  Returns 0, or -1 and errno.
 */
int fdpass_send(int sock, void *what, size_t size, int fd);

/*
 * Receives a message of exactly this size.  *fd is the descriptor that came
 * with the message, close-on-exec and owned by the caller, or -1.  flags: of
 * recv(2).  Returns 0, or -1 and errno: EPIPE if the other end is closed,
 * EBADMSG for a message of another size.
 */
int fdpass_recv(int sock, void *what, size_t size, int *fd, int flags);

#endif
