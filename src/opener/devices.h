/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Where an interface that comes back needs a new device (source_reopens): opens
 * devices for the sources that the watcher asks for.
 */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct priv;
struct source_set;

struct devices {
	const char *dv_dir;    /* of the devices */
	int dv_route;	       /* readable after a change of any interface */
	unsigned int dv_tries; /* tries by notices in a row */
	unsigned int dv_timed; /* tries by timer since the last notice */
	uint64_t dv_rest;      /* no try before this time, monotonic ns */
};

/* Begins; exits with a message on failure. */
void devices_open(struct devices *, const char *dir);

/* The watcher asks for a device for a source. */
void devices_ask(struct devices *, const struct source_set *, size_t source);

/*
 * Return the descriptor to poll, -1: none; and the time of the next
 * devices_serve, CLOCK_NEVER: none.
 */
int devices_fd(const struct devices *, const struct source_set *, uint64_t now);
uint64_t devices_deadline(
    const struct devices *, const struct source_set *, uint64_t now);

/*
 * Tries to open what was asked for, and sends that to the watcher over the
 * socket.  notice: devices_fd is readable.
 */
void devices_serve(struct devices *, const struct source_set *,
    const struct priv *, int sock, bool notice);

#endif
