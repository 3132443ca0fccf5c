/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: prints a reply for people. */
#ifndef PRINT_TABLE_H
#define PRINT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct reply;

/* Cells of a bar, and heights of a cell, including 0. */
#define BAR_CELLS 10
#define BAR_STEPS 9

/* The recent rate of a row, from several replies. */
struct rate {
	double rt_rate;			 /* packets or bytes a second */
	unsigned char rt_bar[BAR_CELLS]; /* heights; the newest is last */
};

struct table {
	size_t ta_width;    /* characters of a line, 80 or more */
	size_t ta_lines;    /* maximum, with the heading; 0: no limit */
	bool ta_utf8;	    /* draw bars with U+2581 to U+2588, not ASCII */
	const char *ta_eol; /* end of a line */
	const struct rate *ta_rates; /* by row; NULL: show the average */
};

/* Prints a line for each trigger.  Check ferror(3) afterwards. */
void print_table(const struct table *, const struct reply *, FILE *);

#endif
