/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: a packet socket that counts packets and queues as few as possible.  A
 * socket serves interfaces of one link type, like the filter.
 */
#ifndef PACKET_SOCKET_LINUX_H
#define PACKET_SOCKET_LINUX_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct cbpf;

/* Link type of a filter for all link types. */
#define PACKET_SOCKET_ANY (-1)

struct packet_socket {
	int ps_sock;		     /* -1: closed */
	int ps_link;		     /* DLT_..., or PACKET_SOCKET_ANY */
	enum direction ps_direction; /* packets that count */
};

/*
 * Functions of type int return 0, or -1 and errno, unless noted.  Opening
 * needs CAP_NET_RAW; the others need no privileges.
 */

/* Opens a socket, which gets no packets before packet_socket_bind. */
int packet_socket_open(struct packet_socket *, int link, enum direction);

/* Attaches the filter whose accepted packets the socket counts. */
int packet_socket_attach(const struct packet_socket *, const struct cbpf *);

/*
 * Binds the socket to an interface; index 0: to all interfaces.  Where leaving
 * packets do not count, the kernel does not clone them for the socket (since
 * Linux 4.20).
 */
int packet_socket_bind(const struct packet_socket *, int index);

/* Stops packets. */
int packet_socket_unbind(const struct packet_socket *);

/*
 * Returns the index of the interface that the socket is bound to; 0 for a
 * socket never bound, unbound, or without its interface; or -1 and errno.
 */
int packet_socket_index(const struct packet_socket *);

/* Empties the queue and clears errors.  Returns true if there was something. */
bool packet_socket_empty(const struct packet_socket *);

/* Reads the packets since the last call. */
int packet_socket_count(const struct packet_socket *, uint32_t *packets);

/* Closes the socket; accepts a closed one. */
void packet_socket_close(struct packet_socket *);

#endif
