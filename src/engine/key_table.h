/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Counts packets by key.  Each packet is counted in exactly one place:
 *
 *   packets == live keys + ks_forgotten + ks_refused + ks_cut + ks_keyless
 *
 * and untracked are ks_refused + ks_cut.  Conditions of each key:
 *
 *   every  an event for each kr_count
 *   rate   an event when kr_count come within kr_time; then starts afresh.
 *          Never early.  A kr_count up to KEY_TABLE_MARKS + 1 has the event at
 *          the last of them; a larger one needs up to kr_count / 16 more
 *   below  armed when kr_count came within the last kr_time, its beginning
 *          excluded, as late as the event of a rate; then an event when fewer
 *          did.  Never early; at the latest when fewer than 15/16 came
 *   idle   an event when nothing came for kr_time; then the key is forgotten
 *   after  an event at a packet that follows kr_time without the key, or that
 *          is the first of the key
 *
 * Other kinds are not valid.  A key expires when no packet came for kr_time
 * (idle, after) or longer (rate, below), and never with every; an expired key
 * without events is forgotten.  A key that has not expired keeps its place.
 *
 * Pure but for the memory: no clock, no I/O, no globals.  Times are
 * nanoseconds on one clock, UINT64_MAX is never; a time before that of the call
 * before counts as the latter.
 */
#ifndef KEY_TABLE_H
#define KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/condition.h"
#include "engine/heap.h"
#include "engine/key_extract.h"

/* Default and largest number of keys. */
#define KEY_TABLE_KEYS 4096
#define KEY_TABLE_MAX  1000000

/*
 * Marks of a rate: with g = key_table_step(kr_count), packet 1, 1 + g, 1 + 2g,
 * ... since the fresh start leaves the time in mark 0, 1, 2, ..., of which the
 * last KEY_TABLE_MARKS are kept.  An event is due at mark m if mark
 * m - key_table_back(kr_count) is not older than kr_time.  The packet of the
 * event is the last before the next fresh start, which is also that of a packet
 * after more than kr_time without the key.  A packet that counts as several
 * (segments, bytes) is as many packets of the same time.
 *
 * The marks of a below continue behind an event.  A key is armed at mark m if
 * mark m - key_table_back(kr_count) is younger than kr_time.  Fewer than
 * kr_count packets come behind mark m - key_table_keep(kr_count) and before
 * mark m + 1, so the event is due kr_time after the former mark.
 */
#define KEY_TABLE_MARKS 32

/* Most keys that a call expires. */
#define KEY_TABLE_WORK 64

struct key_table_rule {
	enum condition_kind kr_kind; /* one of those above */
	uint64_t kr_count;	     /* every, rate: 1 or more; below: 2 or
					more; else 0 */
	uint64_t kr_time;	     /* ns; 1 or more, every: 0 */
	bool kr_bytes;		     /* kr_count is bytes, else packets */
	size_t kr_keys;		     /* 1 to KEY_TABLE_MAX */
	size_t kr_size;		     /* key_size() */
	uint64_t kr_seed[2];	     /* secret, against chosen collisions */
};

/* A key in the table. */
struct key_entry {
	struct key ke_key;
	uint64_t ke_packets; /* since the key has its place */
	uint64_t ke_bytes;
	uint64_t ke_events;
	uint64_t ke_last;  /* time of the last packet */
	uint64_t ke_since; /* every, rate: count since the last event; below:
			      since the last silence */
	uint64_t ke_due;   /* events that were not taken yet */
	uint64_t ke_at;	   /* time of the first of these */
	uint32_t ke_older; /* by ke_last; numbers are places + 1, 0: none */
	uint32_t ke_newer;
	uint32_t ke_later; /* in the sequence of events; or next free place */
	uint32_t ke_chain; /* next of the same hash */
	struct heap_node ke_armed; /* below: the next event; hn_order is the
				      number */
	bool ke_used;		   /* holds a key */
	bool ke_live;		   /* has not expired: in the list by ke_last */
};

/* Packets. */
struct key_table_sums {
	uint64_t ks_packets;   /* all */
	uint64_t ks_forgotten; /* of keys that were forgotten */
	uint64_t ks_refused;   /* table was full */
	uint64_t ks_cut;       /* KEY_CUT */
	uint64_t ks_keyless;   /* KEY_NONE */
};

struct key_table {
	struct key_table_rule kt_rule;
	struct key_table_sums kt_sums;
	size_t kt_keys;		      /* places in use */
	uint64_t kt_events;	      /* so far, of all keys, taken or not */
	uint64_t kt_now;	      /* time of the last call */
	struct key_entry *kt_entries; /* kr_keys */
	uint64_t *kt_marks;	      /* rate, below: kt_ring for each entry */
	uint32_t *kt_heads;	      /* chains */
	size_t kt_chains;	      /* a power of 2 */
	uint64_t kt_step;	      /* see KEY_TABLE_MARKS */
	uint64_t kt_back;
	uint64_t kt_keep;
	uint64_t kt_ring;
	struct heap kt_armed; /* below: armed keys */
	uint32_t kt_free;     /* first free place; 0: none before kt_fresh */
	uint32_t kt_fresh;    /* places that were ever used */
	uint32_t kt_oldest;   /* live keys by ke_last */
	uint32_t kt_newest;
	uint32_t kt_first; /* keys with events, the first due first */
	uint32_t kt_last;
};

/* Events of a key. */
struct key_event {
	struct key kv_key;
	uint64_t kv_events;  /* 1 or more */
	uint64_t kv_at;	     /* time at which the first came due */
	uint64_t kv_packets; /* of the key so far */
	uint64_t kv_bytes;
};

/* Allocates the memory of a table.  Returns 0, or -1 and errno. */
int key_table_begin(struct key_table *, const struct key_table_rule *);

/* Frees the memory. */
void key_table_end(struct key_table *);

/*
 * Counts packets (segments) that came together, and their bytes; the key
 * matters if the first argument is KEY_FOUND.  Returns false if the table had
 * no place for the key.  First does key_table_look(); if more keys are idle,
 * the caller keeps the sequence of events with calls of that function.
 */
bool key_table_count(struct key_table *, enum key_found, const struct key *,
    uint64_t packets, uint64_t bytes, uint64_t now);

/*
 * Expires keys, KEY_TABLE_WORK at most.  If more of them are idle,
 * key_table_deadline() is still not after `now`.
 */
void key_table_look(struct key_table *, uint64_t now);

/*
 * Returns the time of the next event that comes due without a packet;
 * key_table_look() may be called later, and then finds the event later.
 */
uint64_t key_table_deadline(const struct key_table *);

/*
 * Takes the events of the key whose events came due first.  Returns false if
 * there are none.  An idle key gives its place back when its event is taken.
 */
bool key_table_take(struct key_table *, struct key_event *);

/* Returns the entry at a place below kr_keys; NULL: no key is there. */
const struct key_entry *key_table_entry(const struct key_table *, size_t place);

/* Returns true for a condition whose events come due without a packet. */
bool key_table_silent(enum condition_kind);

/* Return numbers of marks, see KEY_TABLE_MARKS; 1, 0 and 0 for a count of 1. */
uint64_t key_table_step(uint64_t count);
uint64_t key_table_back(uint64_t count);
uint64_t key_table_keep(uint64_t count);

#endif
