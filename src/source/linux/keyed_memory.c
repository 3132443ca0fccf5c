/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "engine/condition.h"
#include "engine/key.h"
#include "engine/key_table.h"
#include "source/linux/keyed_memory.h"

/* Returns the number of words with a bit for each slot. */
static size_t
bits(const struct source_keys *sk)
{
	return ((size_t)sk->sk_keys + 63) / 64;
}

size_t
keyed_memory_young_at(const struct source_keys *sk)
{
	return KEYED_DIRTY + bits(sk);
}

size_t
keyed_memory_marks_at(const struct source_keys *sk)
{
	return keyed_memory_young_at(sk) + bits(sk);
}

size_t
keyed_memory_ring(const struct source_keys *sk)
{
	size_t n = 1;

	if (sk->sk_kind == CONDITION_BELOW)
		return (size_t)key_table_back(sk->sk_count) + 1;
	if (sk->sk_kind != CONDITION_RATE || sk->sk_count == 1)
		return 0;
	while (n < KEY_TABLE_MARKS && n <= key_table_back(sk->sk_count))
		n *= 2;
	return n;
}

size_t
keyed_memory_words(const struct source_keys *sk)
{
	return keyed_memory_marks_at(sk) + sk->sk_keys * keyed_memory_ring(sk);
}

size_t
keyed_memory_slot_size(const struct source_keys *sk)
{
	size_t end =
	    offsetof(struct keyed_slot, kd_key) + key_size(&sk->sk_spec);

	return (end + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
}

void
keyed_memory_init(struct keyed_memory *km, const struct source_keys *sk)
{
	memset(km, 0, sizeof(*km));
	km->km_keys = sk->sk_keys;
	km->km_size = keyed_memory_slot_size(sk);
	km->km_nwords = km->km_marks = keyed_memory_marks_at(sk);
	km->km_bits = bits(sk);
	if (sk->sk_kind != CONDITION_BELOW)
		return;
	km->km_nwords = keyed_memory_words(sk);
	km->km_ring = keyed_memory_ring(sk);
}

/* Maps an array.  Returns NULL and errno on failure. */
static void *
map(size_t size, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

int
keyed_memory_map(struct keyed_memory *km, const struct source_keys *sk,
    const int fds[KEYED_ARRAYS])
{
	keyed_memory_init(km, sk);
	km->km_header = map(sizeof(*km->km_header), fds[KEYED_HEADER]);
	km->km_slots = map(km->km_keys * km->km_size, fds[KEYED_SLOTS]);
	km->km_words =
	    map(km->km_nwords * sizeof(*km->km_words), fds[KEYED_WORDS]);
	return km->km_header == NULL || km->km_slots == NULL ||
		km->km_words == NULL ?
	    -1 :
	    0;
}

static void
unmap(void *p, size_t size)
{
	if (p != NULL)
		munmap(p, size);
}

void
keyed_memory_unmap(struct keyed_memory *km)
{
	unmap(km->km_header, sizeof(*km->km_header));
	unmap(km->km_slots, km->km_keys * km->km_size);
	unmap((void *)km->km_words, km->km_nwords * sizeof(*km->km_words));
	km->km_header = NULL;
	km->km_slots = NULL;
	km->km_words = NULL;
}

struct keyed_slot *
keyed_memory_slot(const struct keyed_memory *km, size_t number)
{
	return (
	    struct keyed_slot *)(void *)(km->km_slots + number * km->km_size);
}

_Atomic uint64_t *
keyed_memory_dirty(const struct keyed_memory *km)
{
	return km->km_words + KEYED_DIRTY;
}

_Atomic uint64_t *
keyed_memory_young(const struct keyed_memory *km)
{
	return km->km_words + KEYED_DIRTY + km->km_bits;
}

_Atomic uint64_t *
keyed_memory_marks(const struct keyed_memory *km, size_t number)
{
	return km->km_words + km->km_marks + number * km->km_ring;
}

size_t
keyed_memory_sums(const struct keyed_memory *km, struct key_table_sums *sums)
{
	struct keyed_header *kh = km->km_header;
	uint64_t used, spare;
	size_t i;

	memset(sums, 0, sizeof(*sums));
	sums->ks_forgotten = atomic_load(&kh->kh_forgotten);
	for (i = 0; i < KEYED_LINES; i++) {
		sums->ks_refused += atomic_load(&kh->kh_lines[i].kl_refused);
		sums->ks_cut += atomic_load(&kh->kh_lines[i].kl_cut);
		sums->ks_keyless += atomic_load(&kh->kh_lines[i].kl_keyless);
	}
	spare = atomic_load(&kh->kh_spare);
	used = atomic_load(&kh->kh_fresh);
	if (used > km->km_keys)
		used = km->km_keys;
	return used > spare ? (size_t)(used - spare) : 0;
}

/* Returns true if the slot has a key that counts. */
static bool
has_key(const struct keyed_slot *kd)
{
	const uint64_t word = atomic_load(&kd->kd_word);

	return (word & KEYED_USED) != 0 && (word & KEYED_BUSY) == 0 &&
	    ((word & KEYED_LIVE) != 0 || atomic_load(&kd->kd_due) != 0);
}

bool
keyed_memory_entry(const struct keyed_memory *km, size_t size, size_t place,
    struct key_entry *entry)
{
	struct keyed_slot *kd = keyed_memory_slot(km, place);

	memset(entry, 0, sizeof(*entry));
	if (!has_key(kd))
		return false;
	memcpy(entry->ke_key.k_bytes, kd->kd_key, size);
	entry->ke_packets = atomic_load(&kd->kd_packets);
	entry->ke_bytes = atomic_load(&kd->kd_bytes);
	entry->ke_events = atomic_load(&kd->kd_events);
	entry->ke_due = atomic_load(&kd->kd_due);
	entry->ke_events += entry->ke_due;
	entry->ke_last = atomic_load(&kd->kd_last) & ~KEYED_COUNTED;
	/* Another key may have taken the slot meanwhile. */
	return has_key(kd) &&
	    memcmp(entry->ke_key.k_bytes, kd->kd_key, size) == 0;
}
