/*
 * Linux: a packet socket that keeps nothing, for interfaces of one type of
 * link: a filter is compiled for one type, and so is the header that the
 * socket leaves to it.
 */
#ifndef PACKET_SOCKET_LINUX_H
#define PACKET_SOCKET_LINUX_H

#include <stdbool.h>
#include <stdint.h>

struct cbpf;

/* What is counted is the same on every link. */
#define PACKET_SOCKET_ANY (-1)

struct packet_socket {
	int ps_sock;
	int ps_link; /* DLT_..., or PACKET_SOCKET_ANY */
};

/* No packet comes before it is bound.  0, or -1 and errno. */
int packet_socket_open(struct packet_socket *, int link);

/* Its own counter counts what the program accepts; 0, or -1 and errno. */
int packet_socket_attach(const struct packet_socket *, const struct cbpf *);

/* All the rest needs no right.  index 0: all interfaces. */
int packet_socket_bind(const struct packet_socket *, int index);

/* No more packets; 0, or -1 and errno. */
int packet_socket_unbind(const struct packet_socket *);

/* The interface that it is bound to; 0 when that is gone, -1 and errno. */
int packet_socket_index(const struct packet_socket *);

/* Takes what it holds, errors too; whether it held anything. */
bool packet_socket_empty(const struct packet_socket *);

/* Packets since the last time; 0, or -1 and errno. */
int packet_socket_count(const struct packet_socket *, uint32_t *packets);

void packet_socket_close(struct packet_socket *);

#endif
