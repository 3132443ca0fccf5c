/* bpfstatsctl: what was told, for people. */
#ifndef PRINT_TABLE_H
#define PRINT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct reply;

/* Cells of a bar, and how many heights they have, with that of nothing. */
#define BAR_CELLS 10
#define BAR_STEPS 9

/* What is known of a row by looking again and again. */
struct rate {
	double tr_rate;			 /* a second */
	unsigned char tr_bar[BAR_CELLS]; /* each below BAR_STEPS */
};

struct table {
	size_t ta_width; /* characters in a line; 80 at least */
	size_t ta_lines; /* at the most, with the heads; 0: any */
	bool ta_utf8;	 /* what bars are made of */
	const char *ta_eol;
	const struct rate *ta_trends; /* of each row; NULL: none is known */
};

void print_table(const struct table *, const struct reply *, FILE *);

/* Room for the next two. */
#define SHORT_TEXT 32

/* A number in 5 characters or fewer, such as 99999, 123k or 1.2M. */
const char *print_table_number(double, double base, char buf[SHORT_TEXT]);

/* "3m ago", in 8 characters or fewer; "-" for what is below 0. */
const char *print_table_age(double seconds, char buf[SHORT_TEXT]);

#endif
