/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A binary heap of deadlines.  The nodes are members of what is due.  Pure:
 * times are ns, UINT64_MAX is never.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Initially all zero. */
struct heap_node {
	uint64_t hn_time;
	uint64_t hn_order; /* of nodes with the same time; the caller's */
	size_t hn_place;   /* index in he_list plus 1; 0: not in the heap */
};

/* Initially with he_n 0 and room for all nodes. */
struct heap {
	struct heap_node **he_list; /* owned by the caller */
	size_t he_n;
};

/*
 * Sets the time of a node, whose hn_order may have changed; UINT64_MAX takes
 * the node out of the heap.
 */
void heap_set(struct heap *, struct heap_node *, uint64_t time);

/*
 * Returns the node with the earliest time, and among these the lowest hn_order;
 * NULL: the heap is empty.
 */
struct heap_node *heap_first(const struct heap *);

#endif
