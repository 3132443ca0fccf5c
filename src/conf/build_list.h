/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A growing list of items of one size.  Without memory: a fatal error. */
#ifndef BUILD_LIST_H
#define BUILD_LIST_H

#include <stddef.h>

struct conf_errors;
struct conf_rules;

struct build_list {
	void *bl_items;
	size_t bl_count;
};

/* Appends a copy of the item, of `size` bytes. */
void build_list_append(
    struct conf_errors *, struct build_list *, const void *item, size_t size);

/*
 * Moves the items to memory of the rules, followed by a zeroed item.  Returns
 * them, or NULL: no memory.
 */
void *build_list_move(
    struct conf_rules *, struct conf_errors *, struct build_list *, size_t);

/* Frees the items. */
void build_list_free(struct build_list *);

#endif
