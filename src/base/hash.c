/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Chains of the smallest table. */
#define CHAINS 8

/* FNV-1a, see its description by Fowler, Noll and Vo. */
#define PRIME UINT64_C(0x100000001b3)

uint64_t
hash_text(uint64_t before, const char *text)
{
	uint64_t key = before;

	for (; text != NULL && *text != '\0'; text++)
		key = (key ^ (unsigned char)*text) * PRIME;
	/* The end of a text: no byte of UTF-8 is 0xff. */
	return (key ^ (text == NULL ? 0xff : 0)) * PRIME;
}

static struct hash_link **
chain(const struct hash *ha, uint64_t key)
{
	return &ha->ha_chains[(size_t)key & (ha->ha_size - 1)];
}

static void
append(struct hash *ha, struct hash_link *hl)
{
	struct hash_link **end = chain(ha, hl->hl_key);

	while (*end != NULL)
		end = &(*end)->hl_next;
	hl->hl_next = NULL;
	*end = hl;
}

int
hash_reserve(struct hash *ha, size_t n)
{
	struct hash more = { .ha_size = CHAINS, .ha_count = ha->ha_count };
	struct hash_link *hl, *next;
	size_t i;

	while (more.ha_size < n)
		more.ha_size *= 2;
	if (ha->ha_size >= more.ha_size)
		return 0;
	more.ha_chains = (struct hash_link **)calloc(
	    more.ha_size, sizeof(struct hash_link *));
	if (more.ha_chains == NULL)
		return -1;
	for (i = 0; i < ha->ha_size; i++)
		for (hl = ha->ha_chains[i]; hl != NULL; hl = next) {
			next = hl->hl_next;
			append(&more, hl);
		}
	free((void *)ha->ha_chains);
	*ha = more;
	return 0;
}

int
hash_add(struct hash *ha, struct hash_link *hl, uint64_t key)
{
	if (hash_reserve(ha, ha->ha_count + 1) == -1)
		return -1;
	hl->hl_key = key;
	append(ha, hl);
	ha->ha_count++;
	return 0;
}

void
hash_remove(struct hash *ha, struct hash_link *hl)
{
	struct hash_link **link = chain(ha, hl->hl_key);

	while (*link != hl)
		link = &(*link)->hl_next;
	*link = hl->hl_next;
	ha->ha_count--;
}

/* Returns the first link of the key from hl on; NULL: none. */
static struct hash_link *
find(struct hash_link *hl, uint64_t key)
{
	while (hl != NULL && hl->hl_key != key)
		hl = hl->hl_next;
	return hl;
}

struct hash_link *
hash_first(const struct hash *ha, uint64_t key)
{
	return ha->ha_size == 0 ? NULL : find(*chain(ha, key), key);
}

struct hash_link *
hash_next(const struct hash_link *hl)
{
	return find(hl->hl_next, hl->hl_key);
}

void
hash_clear(struct hash *ha)
{
	free((void *)ha->ha_chains);
	memset(ha, 0, sizeof(*ha));
}
