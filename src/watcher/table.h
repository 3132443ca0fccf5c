/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The watcher's table of sources, rules and triggers: the first one, and those
 * that the opener sends, see ipc/table_proto.h.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

struct conf_trigger;
struct source;
struct table;
struct table_sizes;
struct watcher;

/*
 * Allocates w_next for these numbers.  Returns 0; or -1 and errno, with nothing
 * allocated.
 */
int table_begin(struct watcher *, const struct table_sizes *);

/*
 * Add the next source, which the table owns then; the next rule, without
 * sources; a source to that rule; a trigger to that rule.
 */
void table_add_source(struct watcher *, struct source *);
void table_add_rule(struct watcher *);
void table_add_place(struct watcher *, size_t source);
void table_add_trigger(struct watcher *, const struct conf_trigger *);

/*
 * All has been added: makes what the rules need to count by key.  Returns 0, or
 * -1 and errno.
 */
int table_complete(struct watcher *);

/*
 * Reads a bounded number of the opener's messages.  Sets w_commit when the next
 * table is complete.  Returns the message that names a device, or that a source
 * waits for one, in *tm and *fd; the caller calls again.
 */
enum table_got {
	TABLE_GOT_ERROR = -1, /* and errno; EPIPE: the opener has ended */
	TABLE_GOT_ALL,	      /* no more messages now */
	TABLE_GOT_DEVICE
};

struct table_message;

enum table_got table_read(struct watcher *, struct table_message *, int *fd);

/* Frees the memory, and closes the sources that the table owns. */
void table_discard(struct table *);

/*
 * Puts w_next into force, at w_now: what it keeps of the table before goes on,
 * new triggers start at the last sample of their source.  All counters are due
 * then.
 */
void table_install(struct watcher *);

/* Sends an answer to the opener; waits for room.  Returns 0, or -1 and errno.
 */
int table_answer(const struct watcher *, unsigned int type, int error);

#endif
