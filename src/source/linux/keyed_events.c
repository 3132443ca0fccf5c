/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/condition.h"
#include "engine/key.h"
#include "engine/key_table.h"
#include "source/linux/keyed_events.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/keyed_slot.h"

int
keyed_events_begin(struct keyed_events *ke, const struct source_keys *sk,
    const struct keyed_memory *km)
{
	memset(ke, 0, sizeof(*ke));
	ke->ke_keys = sk;
	ke->ke_memory = km;
	ke->ke_room =
	    sk->sk_keys < KEYED_EVENTS_MAX ? sk->sk_keys : KEYED_EVENTS_MAX;
	ke->ke_list = calloc(ke->ke_room, sizeof(*ke->ke_list));
	return ke->ke_list == NULL ? -1 : 0;
}

void
keyed_events_end(struct keyed_events *ke)
{
	free(ke->ke_list);
	ke->ke_list = NULL;
}

void
keyed_events_raise(struct keyed_events *ke, size_t number, uint64_t at)
{
	struct keyed_slot *kd = keyed_memory_slot(ke->ke_memory, number);

	if (atomic_fetch_add(&kd->kd_due, 1) == 0)
		atomic_store(&kd->kd_at, at);
	atomic_fetch_or(&keyed_memory_dirty(ke->ke_memory)[number / 64],
	    UINT64_C(1) << number % 64);
}

void
keyed_events_lower(struct keyed_events *ke, size_t number)
{
	struct keyed_slot *kd = keyed_memory_slot(ke->ke_memory, number);

	atomic_fetch_sub(&kd->kd_due, 1);
}

static int
compare(const void *a, const void *b)
{
	const struct keyed_mark *x = a, *y = b;

	if (x->kn_at != y->kn_at)
		return x->kn_at < y->kn_at ? -1 : 1;
	return x->kn_number < y->kn_number ? -1 : 1;
}

/* Lists the slots of a word, as far as there is room. */
static void
list_word(struct keyed_events *ke, size_t word, uint64_t now)
{
	_Atomic uint64_t *bits = &keyed_memory_dirty(ke->ke_memory)[word];
	struct keyed_mark *kn;
	uint64_t left, at;
	size_t bit;

	if (atomic_load(bits) == 0)
		return;
	left = atomic_exchange(bits, 0);
	for (bit = 0; left != 0 && ke->ke_n < ke->ke_room; bit++) {
		if ((left & UINT64_C(1) << bit) == 0)
			continue;
		left &= ~(UINT64_C(1) << bit);
		kn = &ke->ke_list[ke->ke_n];
		kn->kn_number = (uint32_t)(word * 64 + bit);
		if (kn->kn_number >= ke->ke_memory->km_keys)
			continue;
		at = atomic_load(
		    &keyed_memory_slot(ke->ke_memory, kn->kn_number)->kd_at);
		kn->kn_at = at == 0 || at > now ? now : at;
		ke->ke_n++;
	}
	if (left != 0)
		atomic_fetch_or(bits, left);
}

/* Lists slots with events, by the time of the first one. */
static void
list_all(struct keyed_events *ke, uint64_t now)
{
	const size_t words = ke->ke_memory->km_bits;
	size_t i;

	ke->ke_n = ke->ke_next = 0;
	for (i = 0; i < words && ke->ke_n < ke->ke_room; i++) {
		list_word(ke, ke->ke_word, now);
		if (ke->ke_n < ke->ke_room)
			ke->ke_word = (ke->ke_word + 1) % words;
	}
	/* qsort(3) of glibc asks for the size of memory: forbidden. */
	(void)heapsort(ke->ke_list, ke->ke_n, sizeof(*ke->ke_list), compare);
}

/*
 * Takes the events of a slot.  Nobody takes the slot from the key as long as
 * kd_due is not 0, which comes last.
 */
static bool
take(struct keyed_events *ke, const struct keyed_mark *kn,
    struct key_event *event)
{
	struct keyed_slot *kd = keyed_memory_slot(ke->ke_memory, kn->kn_number);
	bool forgotten;

	if (atomic_load(&kd->kd_due) == 0)
		return false;
	memset(event, 0, sizeof(*event));
	memcpy(
	    event->kv_key.k_bytes, kd->kd_key, key_size(&ke->ke_keys->sk_spec));
	event->kv_packets = atomic_load(&kd->kd_packets);
	event->kv_bytes = atomic_load(&kd->kd_bytes);
	event->kv_at = kn->kn_at;
	atomic_store(&kd->kd_at, 0);
	forgotten = ke->ke_keys->sk_kind == CONDITION_IDLE &&
	    (atomic_load(&kd->kd_word) & KEYED_LIVE) == 0;
	if (forgotten)
		keyed_slot_forget(ke->ke_memory, kd);
	event->kv_events = atomic_exchange(&kd->kd_due, 0);
	if (forgotten)
		keyed_slot_push(ke->ke_memory, kn->kn_number);
	else
		atomic_fetch_add(&kd->kd_events, event->kv_events);
	return true;
}

bool
keyed_events_take(
    struct keyed_events *ke, uint64_t now, struct key_event *event)
{
	for (;;) {
		if (ke->ke_next == ke->ke_n)
			list_all(ke, now);
		if (ke->ke_n == 0)
			return false;
		while (ke->ke_next < ke->ke_n)
			if (take(ke, &ke->ke_list[ke->ke_next++], event))
				return true;
	}
}
