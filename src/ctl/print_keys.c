/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/keys.h"
#include "ctl/print_keys.h"
#include "ctl/print_table.h"

/* Bytes for the text of a key, or for the name of a table. */
#define CELL 512

/* Characters of the columns behind the key, and of the optional one. */
#define NUMBERS_WIDTH ((size_t)25)
#define BYTES_WIDTH   ((size_t)6)

/* Returns true if there is a column for bytes. */
static bool
has_bytes(const struct keys *ks)
{
	size_t i;

	for (i = 0; i < ks->ks_n; i++)
		if (ks->ks_rows[i].kr_has_bytes)
			return true;
	return false;
}

/* Returns the width of the column for the keys, in characters. */
static size_t
key_width(const struct keys *ks, size_t room)
{
	size_t i, width = strlen("KEY");

	for (i = 0; i < ks->ks_n; i++)
		if (ks->ks_rows[i].kr_key != NULL &&
		    strlen(ks->ks_rows[i].kr_key) > width)
			width = strlen(ks->ks_rows[i].kr_key);
	return width < room ? width : room;
}

/* Cuts a text to the width. */
static void
fit(char *text, size_t width)
{
	format_safe(text);
	if (strlen(text) > width)
		snprintf(text + width - 1, 2, "~");
}

static void
print_row(const struct keys_row *kr, size_t width, bool bytes, FILE *f)
{
	char key[CELL], text[SHORT_TEXT];

	snprintf(key, sizeof(key), "%s", kr->kr_key);
	fit(key, width);
	fprintf(f, "%-*s %5s", (int)width, key,
	    format_number((double)kr->kr_packets, 1000, text));
	if (bytes)
		fprintf(f, " %5s",
		    kr->kr_has_bytes ?
			format_number((double)kr->kr_bytes, 1024, text) :
			"-");
	fprintf(f, " %6s",
	    kr->kr_rate < 0 ? "-" : format_number(kr->kr_rate, 1000, text));
	fprintf(f, " %5s", format_number((double)kr->kr_events, 1000, text));
	fprintf(f, " %5s", format_age(kr->kr_last, text));
}

/* Prints the name of a table. */
static void
print_head(const struct table *ta, const struct keys_row *kr, FILE *f)
{
	char name[CELL];

	snprintf(
	    name, sizeof(name), "%s: %s", kr->kr_interface, kr->kr_trigger);
	fit(name, ta->ta_width);
	fprintf(f, "%s", name);
}

void
print_keys(const struct table *ta, const struct keys *ks, FILE *f)
{
	const bool bytes = has_bytes(ks);
	const size_t numbers = NUMBERS_WIDTH + (bytes ? BYTES_WIDTH : 0);
	const size_t width = key_width(ks, ta->ta_width - numbers);
	const struct keys_row *kr;
	size_t i, left = ta->ta_lines == 0 ? SIZE_MAX : ta->ta_lines - 1;

	for (i = 0; i < ks->ks_n; i++) {
		kr = &ks->ks_rows[i];
		if (left < (kr->kr_key == NULL ? 2 : 1))
			break;
		left -= kr->kr_key == NULL ? 2 : 1;
		if (kr->kr_key != NULL) {
			print_row(kr, width, bytes, f);
		} else {
			print_head(ta, kr, f);
			fprintf(f, "%s%-*s  PKTS%s RATE/S EVENT  LAST",
			    ta->ta_eol, (int)width, "KEY",
			    bytes ? " BYTES" : "");
		}
		fputs(ta->ta_eol, f);
	}
	if (i < ks->ks_n)
		fprintf(f, "... and more%s", ta->ta_eol);
}
