/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: binds packet sockets to the interface of a name.  The interface
 * may vanish and return with another index and another link type.
 */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <net/if.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct packet_socket;

/* Name of all interfaces. */
#define INTERFACE_ANY "any"

struct interface {
	char if_name[IFNAMSIZ];
	const struct packet_socket *if_sockets; /* owned by the caller */
	size_t if_count;
	const struct packet_socket *if_socket; /* bound now, or last */
	bool if_there;			       /* present at the last update */
	bool if_other;	       /* present, of a link type without a socket */
	unsigned int if_tries; /* updates without a change */
};

/*
 * Sets the link type, DLT_..., of an interface, or the one to expect first of
 * an interface that does not exist yet.  Returns 0, or -1 with the reason in
 * err: the name is invalid, or no such interface exists.
 */
int interface_link(
    const char *name, bool wait, int *link, char *err, size_t errlen);

/*
 * Opens a descriptor that is readable after any interface has changed; one is
 * enough for a process.  Must be open before the first interface_update, so
 * that no change is missed.  Returns -1 and errno on failure.
 */
int interface_notify_open(void);

/* Empties the descriptor: readable only after the next change. */
void interface_notify_drain(int notice);

/*
 * Starts with `count` unbound sockets, at least one.  The caller keeps them
 * open.  Returns 0, or -1 and errno.
 */
int interface_init(struct interface *, const char *name,
    const struct packet_socket *, size_t count);

/*
 * Binds the socket for its link type to the interface that has the name now,
 * and unbinds all others.  Needs no privileges.  Returns SOURCE_BACK if the
 * interface was not bound before, and SOURCE_OTHER once while no socket has its
 * link type.
 */
enum source_change interface_update(struct interface *);

/* Takes the state of sockets that are bound already. */
void interface_adopt(struct interface *);

/* Shortens the pause again, after a time without notices. */
void interface_rested(struct interface *);

/* Returns the pause before the next interface_update, ns. */
uint64_t interface_rest(const struct interface *);

#endif
