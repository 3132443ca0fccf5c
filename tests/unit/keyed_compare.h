/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Compares a table of keys in the kernel with the reference, after the same
 * packets.  The file that includes this defines MUST(condition), which ends the
 * test if the condition is false, and two functions.
 */
#ifndef KEYED_COMPARE_H
#define KEYED_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/key_table.h"

/* Most keys with events. */
#define COMPARED_MAX 128

/* Take the next events of the kernel's table, and copy the key at a place. */
static bool kernel_event(struct key_event *);
static bool kernel_entry(size_t place, struct key_entry *);

static int
compare_event(const void *a, const void *b)
{
	const struct key_event *x = a, *y = b;

	if (x->kv_at != y->kv_at)
		return x->kv_at < y->kv_at ? -1 : 1;
	return memcmp(&x->kv_key, &y->kv_key, sizeof(x->kv_key));
}

/* Takes all events of both, which come in order of time; returns the sum. */
static uint64_t
compare_events(struct key_table *table)
{
	struct key_event here[COMPARED_MAX], there[COMPARED_MAX];
	size_t n = 0, m = 0;
	uint64_t sum = 0;

	for (; n < COMPARED_MAX && kernel_event(&here[n]); n++) {
		MUST(n == 0 || here[n - 1].kv_at <= here[n].kv_at);
		sum += here[n].kv_events;
	}
	while (m < COMPARED_MAX && key_table_take(table, &there[m]))
		m++;
	MUST(n == m && n < COMPARED_MAX);
	qsort(here, n, sizeof(*here), compare_event);
	qsort(there, n, sizeof(*there), compare_event);
	MUST(memcmp(here, there, n * sizeof(*here)) == 0);
	return sum;
}

/* Compares a key of the reference, which the kernel's table must have. */
static void
compare_key(
    const struct key_entry *there, const struct key_entry *here, bool times)
{
	MUST(here->ke_packets == there->ke_packets);
	MUST(here->ke_bytes == there->ke_bytes);
	MUST(here->ke_events == there->ke_events);
	MUST(!times || here->ke_last == there->ke_last);
}

/* Finds a key in the reference; NULL: none. */
static const struct key_entry *
find_key(const struct key_table *table, const struct key *key)
{
	const struct key_entry *there;
	size_t i;

	for (i = 0; i < table->kt_rule.kr_keys; i++) {
		there = key_table_entry(table, i);
		if (there != NULL &&
		    memcmp(&there->ke_key, key, sizeof(*key)) == 0)
			return there;
	}
	return NULL;
}

/*
 * Compares all keys, with the times of their last packets or without, and the
 * sums.  In the kernel an expired key stays until another one takes the place.
 */
static void
compare_keys(const struct key_table *table, const struct key_table_sums *sums,
    bool times)
{
	const struct key_table_sums *wanted = &table->kt_sums;
	const struct key_entry *there;
	struct key_entry here;
	uint64_t expired = 0;
	size_t i, known = 0;

	for (i = 0; i < table->kt_rule.kr_keys; i++) {
		if (!kernel_entry(i, &here))
			continue;
		if ((there = find_key(table, &here.ke_key)) == NULL) {
			expired += here.ke_packets;
			continue;
		}
		compare_key(there, &here, times);
		known++;
	}
	MUST(known == table->kt_keys);
	MUST(sums->ks_forgotten + expired == wanted->ks_forgotten);
	MUST(sums->ks_refused == wanted->ks_refused);
	MUST(sums->ks_cut == wanted->ks_cut);
	MUST(sums->ks_keyless == wanted->ks_keyless);
}

#endif
