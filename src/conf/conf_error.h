/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Errors in a rules file: all of them, each once, in file order. */
#ifndef CONF_ERROR_H
#define CONF_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Errors that are reported, at most. */
#define CONF_ERROR_MAX 100

/* A position in the rules files. */
struct conf_pos {
	const char *pl_file;
	unsigned int pl_line;	/* 0: the whole file */
	unsigned long pl_order; /* number of the token, across all files */
};

struct conf_error {
	unsigned long pr_order;
	char *pr_text;
};

struct conf_errors {
	struct conf_error ps_list[CONF_ERROR_MAX];
	size_t ps_count;
	bool ps_more;	/* more than CONF_ERROR_MAX errors */
	bool ps_fatal;	/* parsing stops */
	bool ps_memory; /* out of memory */
};

/*
 * Adds an error, unless a fatal one was added before.  After a fatal error the
 * lexer returns the end of all files.
 */
void conf_error_add(struct conf_errors *, const struct conf_pos *, const char *,
    ...) __attribute__((format(printf, 3, 4)));
void conf_error_fatal(struct conf_errors *, const struct conf_pos *,
    const char *, ...) __attribute__((format(printf, 3, 4)));

/* Adds a fatal error that replaces all others: out of memory. */
void conf_error_memory(struct conf_errors *);

/*
 * Writes all errors to the file, a line each, or logs them if it is NULL, and
 * removes them.  Returns true if there were any.
 */
bool conf_error_report(struct conf_errors *, FILE *);

/*
 * Returns the text for a message, truncated, in a buffer that the next call
 * overwrites.
 */
const char *conf_error_quote(const char *text);

#endif
