/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: numbers, ages and texts for people. */
#ifndef FORMAT_H
#define FORMAT_H

/* Bytes for the texts of the next two. */
#define SHORT_TEXT 32

/*
 * Writes a number in 5 characters or fewer, such as 99999, 123k or 1.2M.  base
 * is 1000 or 1024.  Returns buf.
 */
const char *format_number(double, double base, char buf[SHORT_TEXT]);

/* Writes an age, such as "3m", in 5 characters or fewer; "-": below 0. */
const char *format_age(double seconds, char buf[SHORT_TEXT]);

/*
 * Makes text safe for every terminal: the server's text may hold any bytes.
 * Afterwards a byte is a character.
 */
void format_safe(char *);

#endif
