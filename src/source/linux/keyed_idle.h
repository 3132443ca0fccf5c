/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: finds the silent keys of a table, in the watcher, with a timer wheel.
 * Each key waits in the bucket of the time at which the key may be silent; a
 * look at this time finds the silence, or a later packet with a later time.  An
 * armed key of a below is silent when its event is due.
 */
#ifndef KEYED_IDLE_H
#define KEYED_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyed_events;
struct keyed_memory;
struct source_keys;

/* Buckets in ki_time; and all buckets, which last four times as long. */
#define KEYED_IDLE_PARTS   32
#define KEYED_IDLE_BUCKETS 128

/* Most slots that a call looks at. */
#define KEYED_IDLE_WORK 4096

/* Times are ns of the kernel's clock. */
struct keyed_idle {
	const struct keyed_memory *ki_memory;
	struct keyed_events *ki_events;
	uint64_t ki_time;   /* silence */
	uint64_t ki_step;   /* below: see KEY_TABLE_MARKS */
	uint64_t ki_keep;   /* below: see KEY_TABLE_MARKS */
	bool ki_below;	    /* events of a below; else of idle */
	uint64_t ki_part;   /* ns of a bucket */
	uint64_t ki_done;   /* first part of time that may have keys */
	uint64_t ki_looked; /* time of the last look */
	size_t ki_n;	    /* keys in buckets */
	bool ki_more;	    /* new keys are in none yet */
	uint32_t *ki_next;  /* slot -> next in the bucket: number + 1, 0: none;
			       KEYED_IDLE_OUT: in no bucket */
	uint32_t ki_heads[KEYED_IDLE_BUCKETS]; /* first slot, as ki_next */
	uint64_t ki_least[KEYED_IDLE_BUCKETS]; /* earliest time of the slots */
};

#define KEYED_IDLE_OUT UINT32_MAX

/* Allocates the buckets; pointers are borrowed.  Returns 0, or -1 and errno. */
int keyed_idle_begin(struct keyed_idle *, const struct source_keys *,
    const struct keyed_memory *, struct keyed_events *);

/* Frees the memory; accepts memory that was not allocated. */
void keyed_idle_end(struct keyed_idle *);

/*
 * Raises an event for each key that is silent at `now`; looks at a bounded
 * number of keys.  Returns the number of events.
 */
uint64_t keyed_idle_look(struct keyed_idle *, uint64_t now);

/*
 * Returns the time of the next keyed_idle_look(): that of the last one if keys
 * are left; UINT64_MAX: there is no key, and the next new key needs a look.
 */
uint64_t keyed_idle_deadline(const struct keyed_idle *);

#endif
