/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdbool.h>

#include "engine/heap.h"

static bool
is_before(const struct heap_node *a, const struct heap_node *b)
{
	return a->hn_time < b->hn_time ||
	    (a->hn_time == b->hn_time && a->hn_order < b->hn_order);
}

static void
put(struct heap *he, size_t place, struct heap_node *node)
{
	he->he_list[place - 1] = node;
	node->hn_place = place;
}

/* Moves a node towards the root, where times are earlier. */
static void
rise(struct heap *he, struct heap_node *node)
{
	size_t place = node->hn_place;
	struct heap_node *above;

	for (; place > 1; place /= 2) {
		above = he->he_list[place / 2 - 1];
		if (!is_before(node, above))
			break;
		put(he, place, above);
	}
	put(he, place, node);
}

/* Moves a node away from the root. */
static void
sink(struct heap *he, struct heap_node *node)
{
	size_t place = node->hn_place, below;

	for (; (below = 2 * place) <= he->he_n; place = below) {
		if (below < he->he_n &&
		    is_before(he->he_list[below], he->he_list[below - 1]))
			below++;
		if (!is_before(he->he_list[below - 1], node))
			break;
		put(he, place, he->he_list[below - 1]);
	}
	put(he, place, node);
}

static void
take_out(struct heap *he, struct heap_node *node)
{
	struct heap_node *last = he->he_list[--he->he_n];

	if (last != node) {
		put(he, node->hn_place, last);
		rise(he, last);
		sink(he, last);
	}
	node->hn_place = 0;
}

void
heap_set(struct heap *he, struct heap_node *node, uint64_t time)
{
	node->hn_time = time;
	if (time == UINT64_MAX) {
		if (node->hn_place != 0)
			take_out(he, node);
		return;
	}
	if (node->hn_place == 0)
		put(he, ++he->he_n, node);
	rise(he, node);
	sink(he, node);
}

struct heap_node *
heap_first(const struct heap *he)
{
	return he->he_n == 0 ? NULL : he->he_list[0];
}
