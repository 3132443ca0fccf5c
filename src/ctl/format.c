/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdint.h>
#include <stdio.h>

#include "ctl/format.h"

const char *
format_number(double v, double base, char buf[SHORT_TEXT])
{
	static const char units[] = " kMGTPEZY";
	size_t i = 0;

	if (v < 99999.5) {
		snprintf(buf, SHORT_TEXT, "%.*f",
		    v < 99.95 && v != (double)(long)v ? 1 : 0, v);
		return buf;
	}
	for (; v >= 999.5 && i < sizeof(units) - 2; i++)
		v /= base;
	snprintf(buf, SHORT_TEXT, "%.*f%c",
	    v < 9.95	  ? 2 :
		v < 99.95 ? 1 :
			    0,
	    v, units[i]);
	return buf;
}

const char *
format_age(double seconds, char buf[SHORT_TEXT])
{
	static const struct {
		double a_size; /* s */
		double a_most; /* first value that needs the next unit */
		char a_name;
	} ages[] = { { 1, 100, 's' }, { 60, 100, 'm' }, { 3600, 48, 'h' },
		{ 86400, 1000, 'd' } };
	size_t i;

	if (seconds < 0) {
		snprintf(buf, SHORT_TEXT, "-");
		return buf;
	}
	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		if (seconds / ages[i].a_size < ages[i].a_most)
			break;
	if (i == sizeof(ages) / sizeof(ages[0]))
		snprintf(buf, SHORT_TEXT, ">999d");
	else
		snprintf(buf, SHORT_TEXT, "%d%c",
		    (int)(seconds / ages[i].a_size), ages[i].a_name);
	return buf;
}

void
format_safe(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
