/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A hash table.  The caller's objects contain the links; the caller owns them,
 * and compares objects of the same key.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_link {
	struct hash_link *hl_next; /* in the chain */
	uint64_t hl_key;
};

/* A table, empty when zeroed. */
struct hash {
	struct hash_link **ha_chains;
	size_t ha_size;	 /* number of chains, a power of 2; 0: none */
	size_t ha_count; /* number of links */
};

/* First argument of hash_text() for the first text. */
#define HASH_TEXT UINT64_C(0xcbf29ce484222325)

/*
 * Returns the key of some texts, from that of the texts before and one more.
 * NULL differs from an empty text.
 */
uint64_t hash_text(uint64_t before, const char *);

/*
 * Makes room, so that the next hash_add() up to a count of n do not fail.
 * Returns 0, or -1 and errno.
 */
int hash_reserve(struct hash *, size_t n);

/* Adds a link behind those of the same key.  Returns 0, or -1 and errno. */
int hash_add(struct hash *, struct hash_link *, uint64_t key);

/* Removes a link that is in the table. */
void hash_remove(struct hash *, struct hash_link *);

/* Return the first and the next link of a key, in their sequence; or NULL. */
struct hash_link *hash_first(const struct hash *, uint64_t key);
struct hash_link *hash_next(const struct hash_link *);

/* Empties the table; touches no link. */
void hash_clear(struct hash *);

#endif
