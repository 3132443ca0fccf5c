/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the memory that extended filters and the daemon share: an array of
 * slots, one for each source, and a ring buffer.  When a count reaches the
 * threshold, the filter clears the threshold and writes a record to the ring,
 * which names the slot and wakes the daemon.
 *
 * Both are made once, before fork(2), and shared by the processes of the
 * daemon.  Needs Linux 5.12 (atomic operations with BPF_FETCH) and CAP_BPF.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct keyed_source;
struct slot;
struct slots;
struct source_shared;
struct tap;

struct slot_counter {
	_Atomic uint64_t sn_seen;      /* packets or bytes */
	_Atomic uint64_t sn_threshold; /* wakes the daemon; UINT64_MAX: never */
};

/* Memory of a slot; times are ns of the kernel's monotonic clock. */
struct slot_memory {
	struct slot_counter sm_packets;
	struct slot_counter sm_bytes;
	_Atomic uint64_t sm_last;     /* time of the last packet, or 0 */
	_Atomic uint64_t sm_shortest; /* shortest sl_time, or SLOT_UNUSED */
	uint64_t sm_spare[2];	      /* fills a line of the cache */
};

/* A struct source_silence in times of the kernel's clock. */
struct slot_silence {
	_Atomic uint64_t ss_time; /* ns; SLOT_UNUSED: never counts */
	_Atomic uint64_t ss_since;
	_Atomic uint64_t ss_count;
};

/* Longer than any silence; the program compares signed numbers. */
#define SLOT_UNUSED ((uint64_t)INT64_MAX)

/* Offset of the SOURCE_SILENCES silences of a slot with times. */
#define SLOT_SILENCES sizeof(struct slot_memory)

/* Units of a slot with times: struct slot_memory, and the silences behind. */
#define SLOT_UNITS                                           \
	(1 +                                                 \
	    (SOURCE_SILENCES * sizeof(struct slot_silence) + \
		sizeof(struct slot_memory) - 1) /            \
		sizeof(struct slot_memory))

/* Record in the ring. */
struct slot_record {
	uint64_t sr_unit; /* first unit of the slot */
	uint64_t sr_time; /* time of the packet, ns of the kernel's clock */
};

/*
 * Returns the slots of all sources, made when first needed, with room for more
 * if a reload may add sources.  NULL and errno if the kernel allows none.
 */
struct slots *slots_shared(struct source_shared *);

/* Closes and frees; accepts NULL. */
void slots_close(struct slots *);

/*
 * Takes a slot whose counts are 0.  time: with silences.  Returns the first
 * unit; or 0 and errno, ENOSPC if there is no room.
 */
size_t slots_take(struct slots *, bool time);

/*
 * Gives a slot back, after the program that counts there has been replaced.
 * The slot is taken again only when no processor can run the old program.
 */
void slots_give(struct slots *, size_t unit, bool time);

/* Returns the memory of a slot. */
struct slot_memory *slots_memory(const struct slots *, size_t unit);

/* Sets the slot that slots_woken returns for a unit; NULL: none. */
void slots_own(struct slots *, size_t unit, struct slot *);

/* Return the lists of taps and tables of keys that count in the slots. */
struct tap **slots_taps(struct slots *);
struct keyed_source **slots_tables(struct slots *);

/* Return the descriptors of the array, and of the ring, for poll(2). */
int slots_array(const struct slots *);
int slots_ring(const struct slots *);

/* Returns the kernel's clock minus clock_now, ns. */
int64_t slots_ahead(const struct slots *);

/*
 * slots_consume empties the ring, which is then no longer readable: each slot
 * with a record joins a list.  slots_woken removes and returns the first slot
 * of the list; NULL: none.
 */
void slots_consume(struct slots *);
struct slot *slots_woken(struct slots *);

#endif
