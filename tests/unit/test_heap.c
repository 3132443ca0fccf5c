/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The first node of a heap is always the one with the earliest time, and with
 * the lowest number among these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/heap.h"

#define NODES  200
#define ROUNDS 100000

static struct heap_node nodes[NODES];
static struct heap_node *list[NODES];

/* Returns the first of all nodes in the heap; NULL: none. */
static struct heap_node *
earliest(void)
{
	struct heap_node *n, *first = NULL;

	for (n = nodes; n < nodes + NODES; n++)
		if (n->hn_place != 0 &&
		    (first == NULL || n->hn_time < first->hn_time ||
			(n->hn_time == first->hn_time &&
			    n->hn_order < first->hn_order)))
			first = n;
	return first;
}

static void
begin(struct heap *he)
{
	memset(nodes, 0, sizeof(nodes));
	*he = (struct heap){ .he_list = list };
}

static void
is_empty_at_first(void **state)
{
	struct heap he;

	(void)state;
	begin(&he);
	assert_null(heap_first(&he));
	heap_set(&he, &nodes[0], UINT64_MAX);
	assert_null(heap_first(&he));
	heap_set(&he, &nodes[0], 0);
	assert_ptr_equal(heap_first(&he), &nodes[0]);
	heap_set(&he, &nodes[0], UINT64_MAX);
	assert_null(heap_first(&he));
}

static void
any_sequence(void **state)
{
	struct heap_node *node;
	struct heap he;
	uint64_t time;
	size_t i;

	(void)state;
	begin(&he);
	srandom(1);
	for (i = 0; i < ROUNDS; i++) {
		/* Equal times, and nodes that leave, are frequent. */
		time = (uint64_t)random() % 50;
		node = &nodes[(size_t)random() % NODES];
		node->hn_order = i;
		heap_set(&he, node, time < 10 ? UINT64_MAX : time);
		assert_ptr_equal(heap_first(&he), earliest());
	}
}

static void
comes_out_in_order(void **state)
{
	struct heap he;
	uint64_t last = 0;
	size_t i;

	(void)state;
	begin(&he);
	for (i = 0; i < NODES; i++)
		heap_set(&he, &nodes[i], (uint64_t)random());
	assert_int_equal(he.he_n, NODES);
	for (i = 0; i < NODES; i++) {
		assert_true(heap_first(&he)->hn_time >= last);
		last = heap_first(&he)->hn_time;
		heap_set(&he, heap_first(&he), UINT64_MAX);
	}
	assert_int_equal(he.he_n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_at_first),
		cmocka_unit_test(any_sequence),
		cmocka_unit_test(comes_out_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
