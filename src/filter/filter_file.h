/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Reads filter expressions from files, for -F. */
#ifndef FILTER_FILE_H
#define FILTER_FILE_H

/*
 * Reads the expression in a file; "-" is standard input.  Comments, from # to
 * the end of the line, become blanks, so that offsets stay.  Returns the text,
 * owned by the caller.  Exits with a message if the file cannot be read,
 * contains a 0 byte, or has FILTER_TEXT bytes or more.
 */
char *filter_file_read(const char *path);

#endif
