/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the end of a key in a table of keys, in the watcher. */
#ifndef KEYED_SLOT_H
#define KEYED_SLOT_H

#include <stddef.h>

struct keyed_memory;
struct keyed_slot;

/* Moves the packets of a slot to kh_forgotten. */
void keyed_slot_forget(const struct keyed_memory *, struct keyed_slot *);

/* Adds a slot to the list of free slots, unless the slot is in there. */
void keyed_slot_push(const struct keyed_memory *, size_t number);

#endif
