/*
 * Linux: a packet socket that keeps nothing, for interfaces of one type of
 * link: a filter is compiled for one type, and so is the header that the
 * socket leaves to it.
 */
#ifndef PACKET_SOCKET_H
#define PACKET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

struct classic;

/* What is counted is the same on every link. */
#define TAP_ANY (-1)

struct tap {
	int ta_sock;
	int ta_link; /* DLT_..., or TAP_ANY */
};

/* No packet comes before it is bound.  0, or -1 and errno. */
int tap_open(struct tap *, int link);

/* Its own counter counts what the program accepts; 0, or -1 and errno. */
int tap_attach(const struct tap *, const struct classic *);

/* All the rest needs no right.  index 0: all interfaces. */
int tap_bind(const struct tap *, int index);

/* No more packets; 0, or -1 and errno. */
int tap_unbind(const struct tap *);

/* The interface that it is bound to; 0 when that is gone, -1 and errno. */
int tap_index(const struct tap *);

/* Takes what it holds, errors too; whether it held anything. */
bool tap_empty(const struct tap *);

/* Packets since the last time; 0, or -1 and errno. */
int tap_count(const struct tap *, uint32_t *packets);

void tap_close(struct tap *);

#endif
