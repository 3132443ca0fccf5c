/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: takes the events of a table of keys, in the watcher. */
#ifndef KEYED_EVENTS_H
#define KEYED_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_event;
struct keyed_memory;
struct source_keys;

/* A slot with events. */
struct keyed_mark {
	uint64_t kn_at; /* time of the first one, ns of the kernel's clock */
	uint32_t kn_number;
};

struct keyed_events {
	const struct source_keys *ke_keys;
	const struct keyed_memory *ke_memory;
	struct keyed_mark *ke_list; /* ke_room; by time */
	size_t ke_room;
	size_t ke_n;
	size_t ke_next; /* first that was not taken */
	size_t ke_word; /* place where the search for bits goes on */
};

/* Allocates the list.  Pointers are borrowed.  Returns 0, or -1 and errno. */
int keyed_events_begin(struct keyed_events *, const struct source_keys *,
    const struct keyed_memory *);

/* Accepts a list that was not allocated. */
void keyed_events_end(struct keyed_events *);

/*
 * Raises an event of a slot, as the kernel does.  Not part of the count that
 * wakes.
 */
void keyed_events_raise(struct keyed_events *, size_t number, uint64_t at);

/* Takes the last event of a slot back. */
void keyed_events_lower(struct keyed_events *, size_t number);

/*
 * Takes the events of a key; now and kv_at are on the kernel's clock.  Returns
 * false if there are none.  In order of time, but only among the events of
 * KEYED_EVENTS_MAX keys at a time.
 */
bool keyed_events_take(struct keyed_events *, uint64_t now, struct key_event *);

#define KEYED_EVENTS_MAX 16384

#endif
