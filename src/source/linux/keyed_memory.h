/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the memory of a table of keys, which the kernel's programs and the
 * watcher share.  A hash table leads from a key to the number of a slot; the
 * slots, a header and words of 64 bits are mapped arrays.  The number of a slot
 * never changes, its key does.
 *
 * Exactness.  A packet finds a slot by its key, and may stall at any moment
 * after that.  So it pins the slot: a single addition to kd_word, whose result
 * says whether the slot is in use, and by then nobody gives the slot to another
 * key.  The packet compares the key, counts and takes the pin back, with the
 * next sequence number.  A program that wants the slot for another key reads
 * the word, then that no event waits and that the last packet is long ago, and
 * exchanges the word it has read for a busy one.  This fails if a packet has
 * been there since: it has pinned, or left another sequence number.  A packet
 * that finds a busy slot, or another key, takes the pin back and looks up the
 * key again.  No time limit is part of the argument.
 *
 *  - A packet counts once: under its key while the slot is pinned, or in one of
 *    ks_refused, ks_cut and ks_keyless.  Counts that leave a slot are exchanged
 *    for 0 and added to kh_forgotten.
 *  - Two processors with the same new key take a slot each.  The hash table
 *    takes one of them; the other slot has never been in it and is free again.
 *    If one takes the last slot, the packet of the other is refused.
 *  - A slot is in the list of free slots without a key, or with a silent one.
 *    If that key comes back, the slot loses the key, which takes the first slot
 *    of the list.  Only if two packets of the key come at once, the slot is in
 *    use again in the list, and the next new key takes the slot out.
 *  - A key leaves the hash table before its slot has another one, and only
 *    through the program that holds the slot busy: nobody deletes the entry of
 *    another.  An entry read too late leads to a slot with another key.
 *  - The time in kd_last only grows.  The packet that replaces a time is the
 *    only one to see the silence before it.  A silence is the event of idle:
 *    the watcher sets KEYED_COUNTED for one that lasts, else the packet that
 *    ends the silence counts it.
 *  - Events: added to kd_due, then the bit of the slot, then the count that
 *    wakes.  The watcher clears the bit before it takes kd_due.  A slot with
 *    events keeps its key.
 *  - A packet of an every, and one of a rate in front of a mark, replaces
 *    kd_last only some ticks after kd_tick, because the clock is slow to read.
 *    For a rate these ticks take at most 1/128 of its time or 10 ms, for an
 *    every 100 ms, and longer if the kernel's ticks are late.  No mark of a
 *    rate is younger than kd_last.  So a rate that begins afresh, or whose slot
 *    goes to another key, loses fewer packets than a step.
 *  - A packet tries each exchange, and the search for its slot, several times.
 *    When others win each time, the packet is refused, or late for a rate.
 *  - below: a packet arms its key while the slot is pinned.  The watcher reads
 *    the word, then the key's marks, and disarms the key by an exchange of the
 *    word: no packet has been there since, and all marks were left.  An armed
 *    key keeps its slot.
 */
#ifndef KEYED_MEMORY_H
#define KEYED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source_keys.h"

struct key_entry;
struct key_table_sums;

/* Parts of kd_word, from the lowest bit. */
#define KEYED_PINS     UINT64_C(0xffff)	   /* packets that count in the slot */
#define KEYED_USED     (UINT64_C(1) << 16) /* has a key */
#define KEYED_LIVE     (UINT64_C(1) << 17) /* idle: not silent */
#define KEYED_BUSY     (UINT64_C(1) << 18) /* the key changes */
#define KEYED_LISTED   (UINT64_C(1) << 19) /* in the list of free slots */
#define KEYED_ARMED    (UINT64_C(1) << 20) /* below: so many came */
#define KEYED_SEQUENCE (UINT64_C(1) << 21) /* packets that have counted */

/* Bit of kd_last, idle: the silence behind the last packet is counted. */
#define KEYED_COUNTED (UINT64_C(1) << 63)

/* A slot.  Times are ns of the kernel's clock. */
struct keyed_slot {
	_Atomic uint64_t kd_word;
	_Atomic uint64_t kd_last; /* time of the last packet; 0: none yet; see
				     kd_tick */
	_Atomic uint64_t kd_tick; /* every, rate: the kernel's jiffies when
				     kd_last was about to be replaced */
	_Atomic uint64_t kd_packets;
	_Atomic uint64_t kd_bytes;
	_Atomic uint64_t kd_rate;   /* see ebpf_keyed_rate.h; below: count, see
				       ebpf_keyed_below.h */
	_Atomic uint64_t kd_due;    /* events that were not taken yet */
	_Atomic uint64_t kd_at;	    /* time of the first of these */
	_Atomic uint64_t kd_events; /* events that were taken */
	uint32_t kd_number;
	_Atomic uint32_t kd_next; /* next free slot: number + 1, or 0 */
	uint8_t kd_key[];	  /* key_size() */
};

/* Processors share the sums of a line, and rarely at the same time. */
#define KEYED_LINES 4

struct keyed_line {
	_Atomic uint64_t kl_refused; /* packets */
	_Atomic uint64_t kl_cut;
	_Atomic uint64_t kl_keyless;
	uint64_t kl_unused[5]; /* fills a line of the cache */
};

struct keyed_header {
	_Atomic uint64_t kh_fresh; /* slots that were taken for the first time;
				      more than there are: none is left */
	_Atomic uint64_t kh_hand;  /* place of the search for expired keys */
	_Atomic uint64_t kh_free;  /* first free slot: number + 1, or 0; above
				      KEYED_CHANGE how often it has changed */
	_Atomic uint64_t kh_spare; /* slots that are free or silent */
	_Atomic uint64_t kh_forgotten; /* packets */
	_Atomic uint64_t kh_tell; /* time from which a refused packet wakes */
	uint64_t kh_unused[2];
	struct keyed_line kh_lines[KEYED_LINES];
};

#define KEYED_CHANGE (UINT64_C(1) << 32)

/* Times that a program tries: the slot of a key, an exchange. */
#define KEYED_TRIES 6

/* Most ticks, of 10 ms at most, until a packet replaces kd_last; see above. */
#define KEYED_TICKS 10

/* Least time between two refused packets that wake the watcher, ns. */
#define KEYED_TELL UINT64_C(30000000000)

/* Least time without packets after which another key takes the place, ns. */
#define KEYED_REST UINT64_C(1000000000)

/*
 * Words of 64 bits.  First bits, one for each slot: those with events (dirty,
 * from KEYED_DIRTY on), then those whose key is new or no longer silent, or
 * armed (young; idle and below only).  Then the marks of a rate or a below,
 * those of a slot one behind the other.  The functions return the first word.
 */
#define KEYED_DIRTY ((size_t)0)
size_t keyed_memory_young_at(const struct source_keys *);
size_t keyed_memory_marks_at(const struct source_keys *);

/* Return the marks of a slot, of a rate a power of 2, and the number of words.
 */
size_t keyed_memory_ring(const struct source_keys *);
size_t keyed_memory_words(const struct source_keys *);

/* Returns the bytes of a slot. */
size_t keyed_memory_slot_size(const struct source_keys *);

/* Arrays in a process. */
struct keyed_memory {
	struct keyed_header *km_header;
	_Atomic uint64_t *km_words;
	unsigned char *km_slots;
	size_t km_keys;	  /* slots */
	size_t km_size;	  /* bytes of a slot */
	size_t km_nwords; /* words; without the marks of a rate, which are the
			     kernel's */
	size_t km_bits;	  /* words with a bit for each slot */
	size_t km_marks;  /* below: see keyed_memory_marks_at */
	size_t km_ring;	  /* below: marks of a slot */
};

/* Descriptors of the arrays, in a message, too. */
enum {
	KEYED_HEADER,
	KEYED_SLOTS,
	KEYED_WORDS,
	KEYED_ARRAYS
};

/* Maps the arrays, read and write.  Returns 0, or -1 and errno. */
int keyed_memory_map(struct keyed_memory *, const struct source_keys *,
    const int fds[KEYED_ARRAYS]);

/* Initializes the sizes, without arrays: the first step of a map. */
void keyed_memory_init(struct keyed_memory *, const struct source_keys *);

/* Unmaps the arrays; accepts arrays that are not mapped. */
void keyed_memory_unmap(struct keyed_memory *);

/* Return a slot by its number, the words of the bits, and the marks of a slot.
 */
struct keyed_slot *keyed_memory_slot(const struct keyed_memory *, size_t);
_Atomic uint64_t *keyed_memory_dirty(const struct keyed_memory *);
_Atomic uint64_t *keyed_memory_young(const struct keyed_memory *);
_Atomic uint64_t *keyed_memory_marks(const struct keyed_memory *, size_t);

/* Implement source_keys_sums and source_keys_entry; size: key_size(). */
size_t keyed_memory_sums(const struct keyed_memory *, struct key_table_sums *);
bool keyed_memory_entry(
    const struct keyed_memory *, size_t size, size_t place, struct key_entry *);

#endif
