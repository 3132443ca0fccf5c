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

/* Slots whose events are sorted at a time, at most. */
#define KEYED_EVENTS_MAX 16384

struct keyed_events {
	const struct source_keys *ke_keys;
	const struct keyed_memory *ke_memory;
	struct keyed_mark *ke_list; /* owned; by time */
	size_t ke_room;		    /* elements of ke_list */
	size_t ke_n;		    /* elements in use */
	size_t ke_next;		    /* first that was not taken */
	size_t ke_word;		    /* word where the search for bits goes on */
};

/* Allocates the list.  Pointers are borrowed.  Returns 0, or -1 and errno. */
int keyed_events_begin(struct keyed_events *, const struct source_keys *,
    const struct keyed_memory *);

/* Frees the list; accepts a list that was not allocated. */
void keyed_events_end(struct keyed_events *);

/*
 * Adds an event to a slot, as the kernel's program does.  The caller adds the
 * event to the count that wakes the watcher.
 */
void keyed_events_raise(struct keyed_events *, size_t number, uint64_t at);

/* Takes back an event that keyed_events_raise() has added to a slot. */
void keyed_events_lower(struct keyed_events *, size_t number);

/*
 * Takes the events of the next key; now and kv_at are ns of the kernel's clock.
 * Returns false if there are none.  The order is that of time among
 * KEYED_EVENTS_MAX keys; events of more keys follow behind them.
 */
bool keyed_events_take(struct keyed_events *, uint64_t now, struct key_event *);

#endif
