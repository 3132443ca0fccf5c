/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: a source with an extended filter in a tap, for its files: tapped.c
 * counts, tapped_open.c opens.
 */
#ifndef TAPPED_H
#define TAPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "source/linux/slot.h"
#include "source/linux/tap.h"
#include "source/source.h"

struct ebpf_keyed;
struct slots;

struct tapped {
	struct source td_source; /* first member: cast from source */
	struct slot td_slot;
	struct tap_filter td_filter;
	struct ebpf_keyed **td_tables; /* list; NULL: no tables */
	int td_link;		       /* link type that identifies the tap */
};

/* Returns a source without slot and tap; NULL and errno on failure. */
struct tapped *tapped_allocate(void);

/* Begins to count in a slot. */
void tapped_use_slot(struct tapped *, struct slots *, size_t unit, bool time);

/* Implements source_close; accepts a half-built object. */
void tapped_close(struct source *);

#endif
