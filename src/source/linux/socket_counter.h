/*
 * Linux: the count of a source that is a socket.  It is the extended filter's
 * where the kernel lets us have one.  Else the socket's own counter is read,
 * and its becoming readable is the only wake-up there is.
 */
#ifndef SOCKET_COUNTER_H
#define SOCKET_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/listener.h"
#include "source/source.h"

struct ebpf;

/* Caveat of idle where the time of a packet is unknown. */
#define METER_SHORT_SILENCES \
	", a silence may be missed that is hardly longer than its time"

struct socket_counter {
	struct source sc_source; /* first: one is cast to the other */
	struct ebpf *sc_ebpf;	 /* NULL without the extended filter */
	/* Without it. */
	uint64_t sc_seen;
	struct listener sc_listener;
	int sc_sock; /* the caller's */
	/*
	 * Adds to sc_seen, and tells the listener of anything that it found.
	 * Empties the socket unless the listener rests.  0, or -1 and errno.
	 */
	int (*sc_read)(struct socket_counter *);
};

/* With no socket yet, nothing to look at, and no extended filter. */
void socket_counter_init(struct socket_counter *, const struct source_ops *,
    int (*read)(struct socket_counter *));

/* Of struct source_ops. */
int socket_counter_sample(struct source *, uint64_t now, struct source_count *);
bool socket_counter_wake_at(
    struct source *, const struct source_count *wanted, uint64_t now);
bool socket_counter_silence(
    struct source *, size_t slot, uint64_t time, uint64_t since);

#endif
