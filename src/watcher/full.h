/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * When to tell that a table of keys is full: at the first refused packet, and
 * again when the table has refused none for a while, and then does.  Pure.
 */
#ifndef FULL_H
#define FULL_H

#include <stdbool.h>
#include <stdint.h>

/* Initially all zero; times are monotonic ns. */
struct full {
	uint64_t fu_refused; /* packets, at the last look */
	uint64_t fu_last;    /* time of the last look that found more */
	bool fu_told;	     /* since the table refused none for a while */
};

/* Takes the refused packets so far.  Returns true if it is time to tell. */
bool full_look(struct full *, uint64_t refused, uint64_t now);

#endif
