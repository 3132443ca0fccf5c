/* bpfstatsctl: rates, by what was told at several times. */
#ifndef RATES_H
#define RATES_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/print_table.h"

struct reply;

struct rates {
	struct rate *ts_list;	 /* as print_table wants them */
	struct history *ts_past; /* of each row */
	size_t ts_n;
};

/*
 * What a reply says at this time of clock_now(), which it was asked for after
 * those before; zeroed at first.  Rules that are new have no past; a count
 * that is lower than it was began anew.  0, or -1 and errno.
 */
int rates_add(struct rates *, const struct reply *, uint64_t now);

void rates_free(struct rates *);

#endif
