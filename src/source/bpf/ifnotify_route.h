/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The BSDs and macOS: the kernel's notices of interfaces, by route(4). */
#ifndef IFNOTIFY_ROUTE_H
#define IFNOTIFY_ROUTE_H

#include <stdbool.h>

/*
 * Opens a routing socket, readable when an interface may have come or gone.
 * Returns a descriptor, owned by the caller, or -1 and errno.  Needs no
 * privilege.
 */
int ifnotify_open(void);

/* Returns true if the kernel sends a message for each new interface. */
bool ifnotify_announces(void);

/* Discards all messages; which interface they name does not matter. */
void ifnotify_drain(int fd);

#endif
