/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The BSDs and macOS: the device opener, a process that keeps the right to open
 * bpf(4) devices, for interfaces that come back.  Only sources added
 * before the start can be opened: a request is the number of a source.
 */
#ifndef REOPEN_H
#define REOPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_compiled;
struct source_conf;

enum reopen_answer_kind {
	REOPEN_ERROR = -1, /* and errno; EPIPE: the device opener has exited */
	REOPEN_NONE,	   /* no answer yet, or one for another source */
	REOPEN_WAITING,	   /* the interface does not exist yet */
	REOPEN_DEVICE	   /* *device and *buflen are set */
};

/*
 * Makes the socket of a device opener, one for all sources of a set; an older
 * set keeps its own.  Returns a close-on-exec descriptor, owned by the
 * caller, or -1 and errno.  Requests may be sent before the start.
 */
int reopen_open(void);

/*
 * Adds a source.  Both arguments are borrowed until reopen_start.  Returns the
 * number of the source, or -1 and errno.
 */
int reopen_add(const struct source_conf *, const struct bpf_compiled *);

/*
 * Forks the device opener, with privileges.  Returns 0, or -1 and errno.  The
 * process exits when the last copy of the caller's socket is closed.
 */
int reopen_start(void);

/* Forgets the sources of a device opener that has not started. */
void reopen_cancel(void);

/* Requests a device for a source.  Returns 0, or -1 and errno. */
int reopen_ask(int fd, int source);

/* Returns false if the device opener has exited.  Reads no answer. */
bool reopen_lives(int fd);

/*
 * Reads the answer to a request, when fd is readable: at most one
 * REOPEN_WAITING, then REOPEN_DEVICE with a descriptor, owned by the caller,
 * and the bytes that each read(2) must ask for.  Leaves an answer for another
 * source in the socket.
 */
enum reopen_answer_kind reopen_answer(
    int fd, int source, int *device, size_t *buflen);

#endif
