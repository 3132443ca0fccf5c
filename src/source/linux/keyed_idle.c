/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/condition.h"
#include "engine/key_table.h"
#include "engine/key_table_marks.h"
#include "source/linux/keyed_events.h"
#include "source/linux/keyed_idle.h"
#include "source/linux/keyed_memory.h"
#include "source/source_keys.h"

int
keyed_idle_begin(struct keyed_idle *ki, const struct source_keys *sk,
    const struct keyed_memory *km, struct keyed_events *ke)
{
	size_t i;

	memset(ki, 0, sizeof(*ki));
	ki->ki_memory = km;
	ki->ki_events = ke;
	ki->ki_time = sk->sk_time;
	ki->ki_part = sk->sk_time / KEYED_IDLE_PARTS + 1;
	ki->ki_below = sk->sk_kind == CONDITION_BELOW;
	if (ki->ki_below) {
		ki->ki_step = key_table_step(sk->sk_count);
		ki->ki_keep = key_table_keep(sk->sk_count);
	}
	ki->ki_next = calloc(sk->sk_keys, sizeof(*ki->ki_next));
	if (ki->ki_next == NULL)
		return -1;
	for (i = 0; i < sk->sk_keys; i++)
		ki->ki_next[i] = KEYED_IDLE_OUT;
	return 0;
}

void
keyed_idle_end(struct keyed_idle *ki)
{
	free(ki->ki_next);
	ki->ki_next = NULL;
}

/* Puts a slot into the bucket of a time. */
static void
put(struct keyed_idle *ki, size_t number, uint64_t when)
{
	uint64_t part = when / ki->ki_part;
	size_t bucket;

	if (part < ki->ki_done)
		part = ki->ki_done;
	if (part >= ki->ki_done + KEYED_IDLE_BUCKETS)
		part = ki->ki_done + KEYED_IDLE_BUCKETS - 1;
	bucket = part % KEYED_IDLE_BUCKETS;
	if (ki->ki_heads[bucket] == 0 || when < ki->ki_least[bucket])
		ki->ki_least[bucket] = when;
	ki->ki_next[number] = ki->ki_heads[bucket];
	ki->ki_heads[bucket] = (uint32_t)number + 1;
	ki->ki_n++;
}

/* Returns the time of the mark that keeps the key of a slot armed. */
static uint64_t
kept(const struct keyed_idle *ki, size_t number)
{
	const struct keyed_memory *km = ki->ki_memory;
	const uint64_t count =
	    atomic_load(&keyed_memory_slot(km, number)->kd_rate);
	const uint64_t marks = key_table_marks_left(count, ki->ki_step);

	return atomic_load(&keyed_memory_marks(
	    km, number)[(marks - 1 - ki->ki_keep) % km->km_ring]);
}

/* Returns the time at which the key of a slot may be silent. */
static uint64_t
silent_at(const struct keyed_idle *ki, size_t number)
{
	const struct keyed_slot *kd = keyed_memory_slot(ki->ki_memory, number);

	return ki->ki_time +
	    (ki->ki_below ? kept(ki, number) :
			    atomic_load(&kd->kd_last) & ~KEYED_COUNTED);
}

/* Puts the slots of a word in; each is in no bucket. */
static void
put_word(struct keyed_idle *ki, size_t word, uint64_t bits)
{
	size_t number;

	for (number = word * 64; bits != 0; number++, bits >>= 1) {
		if ((bits & 1) == 0 || number >= ki->ki_memory->km_keys ||
		    ki->ki_next[number] != KEYED_IDLE_OUT)
			continue;
		put(ki, number, silent_at(ki, number));
	}
}

/* Puts the keys in that are new since the last call, as far as *work goes. */
static void
put_young(struct keyed_idle *ki, size_t *work)
{
	_Atomic uint64_t *bits = keyed_memory_young(ki->ki_memory);
	const size_t words = ki->ki_memory->km_bits;
	size_t word;

	for (word = 0; *work > 0 && word < words; word++) {
		if (atomic_load(&bits[word]) == 0)
			continue;
		put_word(ki, word, atomic_exchange(&bits[word], 0));
		*work -= *work < 64 ? *work : 64;
	}
	ki->ki_more = word < words;
}

/*
 * Takes the silence after kd_last from the packets: the event is there before,
 * so that no other key takes the slot.  Returns false if a packet came.
 */
static bool
count_silence(struct keyed_idle *ki, size_t number, uint64_t last)
{
	struct keyed_slot *kd = keyed_memory_slot(ki->ki_memory, number);

	keyed_events_raise(ki->ki_events, number, last + ki->ki_time);
	if (atomic_compare_exchange_strong(
		&kd->kd_last, &last, last | KEYED_COUNTED))
		return true;
	keyed_events_lower(ki->ki_events, number);
	return false;
}

/*
 * Ends the key of a slot that was silent up to now: counts the silence, in
 * *events, unless this has been done, and then the slot is no longer live.
 * Returns false if a packet came.
 */
static bool
silence(struct keyed_idle *ki, size_t number, uint64_t now, uint64_t *events)
{
	struct keyed_slot *kd = keyed_memory_slot(ki->ki_memory, number);
	uint64_t word = atomic_load(&kd->kd_word);
	const uint64_t last = atomic_load(&kd->kd_last);

	if ((word & (KEYED_PINS | KEYED_BUSY)) != 0 ||
	    (last & ~KEYED_COUNTED) + ki->ki_time > now)
		return false;
	if ((last & KEYED_COUNTED) == 0) {
		if (!count_silence(ki, number, last))
			return false;
		++*events;
	}
	if (!atomic_compare_exchange_strong(
		&kd->kd_word, &word, word & ~KEYED_LIVE))
		return false;
	atomic_fetch_add(&ki->ki_memory->km_header->kh_spare, 1);
	return true;
}

/*
 * Disarms the key of a slot, whose event in *events was due at that time: the
 * event is there before, so that no other key takes the slot.  Returns false if
 * a packet came.
 */
static bool
disarm(struct keyed_idle *ki, size_t number, uint64_t at, uint64_t *events)
{
	struct keyed_slot *kd = keyed_memory_slot(ki->ki_memory, number);
	uint64_t word = atomic_load(&kd->kd_word);

	if ((word & (KEYED_PINS | KEYED_BUSY)) != 0 ||
	    silent_at(ki, number) != at)
		return false;
	keyed_events_raise(ki->ki_events, number, at);
	if (atomic_compare_exchange_strong(
		&kd->kd_word, &word, word & ~KEYED_ARMED)) {
		++*events;
		return true;
	}
	keyed_events_lower(ki->ki_events, number);
	return false;
}

/* Looks at a slot that has left its bucket.  Returns the events. */
static uint64_t
look_at(struct keyed_idle *ki, size_t number, uint64_t now)
{
	uint64_t at, events = 0;

	/* Only this process makes a key silent. */
	ki->ki_next[number] = KEYED_IDLE_OUT;
	at = silent_at(ki, number);
	if (at > now)
		put(ki, number, at);
	else if (ki->ki_below ? !disarm(ki, number, at, &events) :
				!silence(ki, number, now, &events))
		put(ki, number, now + ki->ki_part);
	return events;
}

/* Takes the slots of a bucket out and looks at them, as far as *work goes. */
static uint64_t
look_bucket(struct keyed_idle *ki, size_t bucket, uint64_t now, size_t *work)
{
	uint32_t number = ki->ki_heads[bucket], next, *last;
	uint64_t events = 0;

	ki->ki_heads[bucket] = 0;
	for (; number != 0 && *work > 0; number = next) {
		next = ki->ki_next[number - 1];
		ki->ki_n--;
		--*work;
		events += look_at(ki, number - 1, now);
	}
	if (number == 0)
		return events;
	/* The rest goes back, behind those that have come. */
	for (last = &ki->ki_heads[bucket]; *last != 0;)
		last = &ki->ki_next[*last - 1];
	*last = number;
	ki->ki_least[bucket] = now;
	return events;
}

uint64_t
keyed_idle_look(struct keyed_idle *ki, uint64_t now)
{
	const uint64_t last = now / ki->ki_part;
	size_t work = KEYED_IDLE_WORK, bucket;
	uint64_t events = 0, part;

	if (ki->ki_n == 0)
		ki->ki_done = last;
	/* After a long time each bucket is of the past. */
	if (last >= ki->ki_done + KEYED_IDLE_BUCKETS)
		ki->ki_done = last - KEYED_IDLE_BUCKETS + 1;
	put_young(ki, &work);
	ki->ki_looked = now;
	for (part = ki->ki_done; part <= last && work > 0; part++) {
		bucket = part % KEYED_IDLE_BUCKETS;
		ki->ki_done = part;
		/* A bucket of the past has keys that had no other bucket. */
		if (ki->ki_heads[bucket] != 0 &&
		    (part < last || ki->ki_least[bucket] <= now))
			events += look_bucket(ki, bucket, now, &work);
	}
	return events;
}

uint64_t
keyed_idle_deadline(const struct keyed_idle *ki)
{
	const uint64_t soon = ki->ki_looked + ki->ki_part;
	uint64_t part = ki->ki_done;
	size_t bucket;

	if (ki->ki_more)
		return ki->ki_looked;
	if (ki->ki_n == 0)
		return UINT64_MAX;
	for (;; part++) {
		bucket = part % KEYED_IDLE_BUCKETS;
		if (ki->ki_heads[bucket] != 0)
			break;
	}
	if (ki->ki_least[bucket] <= ki->ki_looked)
		return ki->ki_looked;
	return ki->ki_least[bucket] > soon ? ki->ki_least[bucket] : soon;
}
