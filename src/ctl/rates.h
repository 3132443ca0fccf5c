/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: rates and bars, from the replies of several times. */
#ifndef RATES_H
#define RATES_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/print_table.h"

struct reply;

struct rates {
	struct rate *rs_list;	 /* by row, for print_table() */
	struct history *rs_past; /* by row */
	size_t rs_n;
};

/*
 * Adds a reply that was received at now (clock_now(), ns); now never
 * decreases.  The first call needs a zeroed struct.  A new trigger has rate 0;
 * a count that is lower than before has restarted at 0.  Returns 0, or -1 and
 * errno; the rates are unchanged then.
 */
int rates_add(struct rates *, const struct reply *, uint64_t now);

void rates_free(struct rates *);

#endif
