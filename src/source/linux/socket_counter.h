/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: counts of a source that is a socket.  The extended filter counts if
 * the kernel allows one.  Otherwise the socket's own counter is read, and a
 * readable socket is the only wake-up.
 */
#ifndef SOCKET_COUNTER_H
#define SOCKET_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/linux/slot.h"
#include "source/listener.h"
#include "source/source.h"

struct source_message;
struct source_ops;
struct source_shared;

/* Caveat of idle without the times of packets. */
#define SOCKET_COUNTER_SHORT_SILENCES \
	", and a silence barely longer than its limit may be missed"

struct socket_counter {
	struct source sc_source; /* first member: cast from struct source */
	struct slot sc_slot;	 /* not open: no extended filter */
	/* Used without the extended filter. */
	uint64_t sc_seen; /* packets */
	struct listener sc_listener;
	int sc_sock; /* owned by the caller */
	/*
	 * Adds new packets to sc_seen and reports them to listener_found().
	 * Empties the socket unless the listener rests.  Returns 0, or -1 and
	 * errno.
	 */
	int (*sc_read)(struct socket_counter *);
};

/* Starts with no socket, no extended filter and no descriptor to poll. */
void socket_counter_init(struct socket_counter *, const struct source_ops *,
    int (*read)(struct socket_counter *));

/*
 * Takes a slot for an extended filter.  time: with times and silences.  Returns
 * 0, or -1 and errno.
 */
int socket_counter_extend(
    struct socket_counter *, struct source_shared *, bool time);

/* Gives the slot back, if any; the filter counts no longer. */
void socket_counter_reduce(struct socket_counter *);

/* Returns true if the extended filter counts. */
bool socket_counter_extended(const struct socket_counter *);

/* Numbers of a message here; those of the kind of source come behind. */
enum {
	SOCKET_COUNTER_UNIT, /* of the slot; 0: no extended filter */
	SOCKET_COUNTER_TIME, /* sl_time */
	SOCKET_COUNTER_NUMBERS
};

/* Part of source_send and source_receive; the latter returns -1 and errno. */
void socket_counter_send(
    const struct socket_counter *, struct source_message *);
int socket_counter_receive(struct socket_counter *,
    const struct source_message *, const struct source_shared *);

/* Functions of struct source_ops. */
int socket_counter_sample(struct source *, uint64_t now, struct source_count *);
bool socket_counter_wake_at(
    struct source *, const struct source_count *wanted, uint64_t now);
bool socket_counter_silence(
    struct source *, size_t slot, uint64_t time, uint64_t since);

#endif
