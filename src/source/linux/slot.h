/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: a slot in the daemon: the counts of a source. */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slots;
struct source_count;

struct slot {
	struct slots *sl_slots; /* borrowed */
	struct slot_memory *sl_memory;
	size_t sl_unit;	      /* see slots_take; 0: no slot */
	bool sl_time;	      /* counts silences */
	bool sl_listed;	      /* in the list of slots_woken */
	struct slot *sl_next; /* next in the list */
	uint64_t sl_woke;     /* kernel's time of the first record; 0: none */
	uint64_t sl_packets;  /* current threshold; UINT64_MAX: none */
	uint64_t sl_bytes;    /* current threshold; UINT64_MAX: none */
	struct source *sl_source; /* owner of the slot */
};

/* Begins to use a slot at a unit of slots_take. */
void slot_open(struct slot *, struct slots *, size_t unit, bool time);

/* Ends the use; the unit stays taken.  No effect on a closed slot. */
void slot_close(struct slot *);

/* Reads the counts; see source_sample. */
void slot_count(struct slot *, struct source_count *);

/*
 * Sets the thresholds sc_packets and sc_bytes; UINT64_MAX: never.  Returns true
 * if a threshold is reached already: then no record follows.
 */
bool slot_arm(struct slot *, const struct source_count *thresholds);

/* Implements source_silence. */
bool slot_count_silences(
    struct slot *, size_t number, uint64_t time, uint64_t since);

#endif
