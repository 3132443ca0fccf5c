/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "engine/key_hash.h"
#include "engine/lane_table.h"

/* Lanes that the first memory has room for. */
#define FIRST_SIZE 16

/* Returns the index of the first trigger with the same by. */
static size_t
kind_of(const struct lanes_trigger *list, size_t i)
{
	size_t first = 0;

	while (memcmp(&list[first].lt_by, &list[i].lt_by,
		   sizeof(list[i].lt_by)) != 0)
		first++;
	return first;
}

struct lanes *
lane_table_new(
    const struct lanes_trigger *list, size_t n, const uint64_t seed[2])
{
	struct lanes *la = calloc(1, sizeof(*la));
	size_t i;

	if (la == NULL)
		return NULL;
	la->la_triggers = calloc(n, sizeof(*la->la_triggers));
	if (la->la_triggers == NULL) {
		free(la);
		return NULL;
	}
	la->la_ntriggers = n;
	memcpy(la->la_seed, seed, sizeof(la->la_seed));
	for (i = 0; i < n; i++) {
		la->la_triggers[i].ls_trigger = list[i];
		la->la_triggers[i].ls_kind = kind_of(list, i);
		la->la_triggers[i].ls_front = i == 0 || list[i].lt_calm == 0 ?
		    i :
		    la->la_triggers[i - 1].ls_front;
		if (list[i].lt_by.ks_n > 0 && list[i].lt_keys > la->la_most)
			la->la_most = list[i].lt_keys;
	}
	return la;
}

void
lane_table_free(struct lanes *la)
{
	struct lane *ln, *next;
	size_t i;

	for (i = 0; i < la->la_size; i++)
		for (ln = la->la_chains[i]; ln != NULL; ln = next) {
			next = ln->ln_chain;
			free(ln);
		}
	free((void *)la->la_chains);
	free((void *)la->la_order.he_list);
	free((void *)la->la_due.he_list);
	free((void *)la->la_resting.he_list);
	free((void *)la->la_calm.he_list);
	free(la->la_triggers);
	free(la);
}

/* Returns the first pointer of a key's chain. */
static struct lane **
chain(const struct lanes *la, size_t kind, const struct key *key)
{
	const struct key_spec *by = &la->la_triggers[kind].ls_trigger.lt_by;
	const uint64_t hash = key_hash(key, key_size(by), la->la_seed);

	return &la->la_chains[hash & (la->la_size - 1)];
}

struct lane *
lane_table_find(const struct lanes *la, size_t trigger, const struct key *key)
{
	const size_t kind = la->la_triggers[trigger].ls_kind;
	struct lane *ln;

	if (la->la_size == 0)
		return NULL;
	for (ln = *chain(la, kind, key); ln != NULL; ln = ln->ln_chain)
		if (ln->ln_kind == kind &&
		    memcmp(&ln->ln_key, key, sizeof(*key)) == 0)
			break;
	return ln;
}

static bool
grow_heap(struct heap *he, size_t size)
{
	struct heap_node **list = (struct heap_node **)realloc(
	    (void *)he->he_list, size * sizeof(struct heap_node *));

	if (list != NULL)
		he->he_list = list;
	return list != NULL;
}

/* Makes room for twice as many lanes.  Returns 0, or -1 and errno. */
static int
grow(struct lanes *la)
{
	const size_t size = la->la_size == 0 ? FIRST_SIZE : 2 * la->la_size;
	const size_t before = la->la_size;
	struct lane **old = la->la_chains, **chains, **link, *ln, *next;
	size_t i;

	if (!grow_heap(&la->la_order, size) || !grow_heap(&la->la_due, size) ||
	    !grow_heap(&la->la_resting, size) ||
	    !grow_heap(&la->la_calm, size) ||
	    (chains = (struct lane **)calloc(size, sizeof(void *))) == NULL)
		return -1;
	la->la_chains = chains;
	la->la_size = size;
	for (i = 0; i < before; i++)
		for (ln = old[i]; ln != NULL; ln = next) {
			next = ln->ln_chain;
			link = chain(la, ln->ln_kind, &ln->ln_key);
			ln->ln_chain = *link;
			*link = ln;
		}
	free((void *)old);
	return 0;
}

/* Adds a trigger to a new lane. */
static void
add_part(struct lane *ln, const struct lane_trigger *ls, size_t index)
{
	struct lane_part *lp = &ln->ln_parts[ln->ln_nparts++];

	lp->lp_calm = UINT64_MAX;
	lp->lp_node.sn_policy = ls->ls_trigger.lt_policy;
	lp->lp_node.sn_index = index;
	sequence_add(&ln->ln_sequence, &lp->lp_node);
}

struct lane *
lane_table_add(struct lanes *la, size_t trigger, const struct key *key)
{
	const size_t kind = la->la_triggers[trigger].ls_kind;
	struct lane *ln, **link;
	size_t i, parts = 0;

	if (la->la_n == la->la_size && grow(la) == -1)
		return NULL;
	for (i = kind; i < la->la_ntriggers; i++)
		parts += la->la_triggers[i].ls_kind == kind;
	ln = calloc(1, sizeof(*ln) + parts * sizeof(ln->ln_parts[0]));
	if (ln == NULL)
		return NULL;
	ln->ln_key = *key;
	ln->ln_kind = kind;
	for (i = kind; i < la->la_ntriggers; i++)
		if (la->la_triggers[i].ls_kind == kind)
			add_part(ln, &la->la_triggers[i], i);
	link = chain(la, kind, key);
	ln->ln_chain = *link;
	*link = ln;
	la->la_n++;
	return ln;
}

void
lane_table_remove(struct lanes *la, struct lane *ln)
{
	struct lane **link = chain(la, ln->ln_kind, &ln->ln_key);

	while (*link != ln)
		link = &(*link)->ln_chain;
	*link = ln->ln_chain;
	la->la_n--;
	la->la_quiet -= ln->ln_quiet;
	free(ln);
}
