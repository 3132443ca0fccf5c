/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The stack of rules files: the file being read, and those that include it. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

/* Bytes of all files and of all expanded macros, at most. */
#define CONF_FILE_MAX (4U << 20)
/* Depth of includes, at most. */
#define CONF_FILE_DEPTH 16

struct conf_file {
	struct conf_file *in_up; /* including file, or NULL */
	const char *in_name;
	char *in_text; /* whole contents */
	size_t in_len;
	size_t in_at;		 /* offset of the next character */
	unsigned int in_line;	 /* line of the next character, from 1 */
	unsigned int in_control; /* last line with a control character */
	dev_t in_dev;		 /* identity of the file; 0: a text */
	ino_t in_ino;
};

struct conf_files {
	struct conf_file *is_top;    /* current file */
	struct conf_rules *is_rules; /* owner of names and texts */
	size_t is_size;		     /* bytes so far */
	size_t is_max;		     /* limit of is_size */
	bool is_trusted;	     /* refuse files that others can write */
	bool is_regular; /* refuse other than regular files, without blocking */
	bool is_include; /* allow includes */
};

/*
 * Opens a file ("-": standard input; relative to the current file's directory)
 * or a text and makes it the current one.  Returns NULL, or an error in a
 * buffer that the next call overwrites.
 */
const char *conf_file_open(struct conf_files *, const char *path);
const char *conf_file_text(struct conf_files *, const char *text, size_t len);

/* Closes the current file; the including file becomes the current one. */
void conf_file_close(struct conf_files *);

#endif
