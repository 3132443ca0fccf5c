/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdatomic.h>

#include "source/linux/keyed_memory.h"
#include "source/linux/keyed_slot.h"

void
keyed_slot_forget(const struct keyed_memory *km, struct keyed_slot *kd)
{
	atomic_fetch_add(
	    &km->km_header->kh_forgotten, atomic_exchange(&kd->kd_packets, 0));
	atomic_store(&kd->kd_bytes, 0);
	atomic_store(&kd->kd_events, 0);
}

void
keyed_slot_push(const struct keyed_memory *km, size_t number)
{
	struct keyed_slot *kd = keyed_memory_slot(km, number);
	_Atomic uint64_t *list = &km->km_header->kh_free;
	uint64_t first, changed;

	if ((atomic_fetch_or(&kd->kd_word, KEYED_LISTED) & KEYED_LISTED) != 0)
		return;
	first = atomic_load(list);
	do {
		atomic_store(&kd->kd_next, (uint32_t)first);
		changed =
		    (first / KEYED_CHANGE + 1) * KEYED_CHANGE + number + 1;
	} while (!atomic_compare_exchange_weak(list, &first, changed));
}
