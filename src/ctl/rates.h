/* bpfstatsctl: rates, by what was told at several times. */
#ifndef RATES_H
#define RATES_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/print_table.h"

struct reply;

struct trends {
	struct trend *ts_list;	 /* as table_print wants them */
	struct history *ts_past; /* of each row */
	size_t ts_n;
};

/*
 * What a reply says at this time of clock_now(), which it was asked for after
 * those before; zeroed at first.  Rules that are new have no past; a count
 * that is lower than it was began anew.  0, or -1 and errno.
 */
int trends_add(struct trends *, const struct reply *, uint64_t now);

void trends_free(struct trends *);

#endif
