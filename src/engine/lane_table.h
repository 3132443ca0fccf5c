/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The data of lanes.c: a hash table of lanes by key, and what they wait for. */
#ifndef LANE_TABLE_H
#define LANE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/heap.h"
#include "engine/key.h"
#include "engine/lanes.h"
#include "engine/sequence.h"

/* A trigger in a lane. */
struct lane_part {
	struct sequence_node lp_node;
	uint64_t lp_waiting; /* events without a run, counted in ls_waiting */
	uint64_t lp_packets; /* of the key, at the last event */
	uint64_t lp_bytes;
	uint64_t lp_calm; /* time of the event of calm; UINT64_MAX: none */
};

struct lane {
	struct lane *ln_chain; /* next of the same hash */
	struct key ln_key;
	size_t ln_kind; /* ls_kind of its triggers */
	struct sequence ln_sequence;
	struct heap_node ln_order; /* in la_order */
	struct heap_node ln_due;   /* in la_due */
	struct heap_node ln_rest;  /* in la_resting */
	struct heap_node ln_calm;  /* in la_calm */
	uint64_t ln_entry;	   /* number of the last entry into la_order */
	uint32_t ln_run;	   /* number of the run in progress */
	bool ln_quiet;		   /* waits for a calm only: in la_quiet */
	size_t ln_nparts;
	struct lane_part ln_parts[];
};

/* A trigger of the rule. */
struct lane_trigger {
	struct lanes_trigger ls_trigger;
	size_t ls_kind;	 /* index of the first trigger of the same by */
	size_t ls_front; /* calm: index of the trigger in front, else own */
	struct lanes_calm ls_calm;
	uint64_t ls_waiting; /* events without a run, in all lanes */
	uint32_t ls_running; /* runs in progress */
	struct lane *ls_lanes[LANES_RUNS]; /* by lr_run; NULL: no such run */
};

struct lanes {
	struct lane_trigger *la_triggers;
	size_t la_ntriggers;
	uint64_t la_seed[2];
	struct lane **la_chains; /* la_size of them, a power of 2 */
	size_t la_size;		 /* room in the heaps; 0: nothing yet */
	size_t la_n;		 /* lanes */
	size_t la_quiet;	 /* of these, wait for a calm only */
	size_t la_most;		 /* the largest lt_keys */
	struct heap la_order;	 /* wait for the turn */
	struct heap la_due;	 /* wait for a time */
	struct heap la_resting;	 /* wait for the end of an interval only */
	struct heap la_calm;	 /* wait for a calm */
	uint64_t la_entries;	 /* into la_order */
	size_t la_running;	 /* runs in progress */
	size_t la_alone;	 /* of triggers with one run at a time */
	uint64_t la_met;	 /* events since the last start */
	bool la_crowded;	 /* la_met was larger than 1 then */
};

/* Allocates the lanes of a rule.  Returns NULL and errno without memory. */
struct lanes *lane_table_new(
    const struct lanes_trigger *, size_t n, const uint64_t seed[2]);

/* Frees the lanes of a rule. */
void lane_table_free(struct lanes *);

/* Returns the lane of a trigger's key; NULL: none. */
struct lane *lane_table_find(
    const struct lanes *, size_t trigger, const struct key *);

/* Adds a lane for a trigger's key.  Returns NULL and errno without memory. */
struct lane *lane_table_add(struct lanes *, size_t trigger, const struct key *);

/* Frees a lane that is in no heap. */
void lane_table_remove(struct lanes *, struct lane *);

#endif
