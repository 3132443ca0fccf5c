/* The files that rules are read from: one, and those that are included. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

/* All files together, and what macros stand for, in bytes. */
#define CONF_FILE_MAX (4U << 20)
/* Files in one another. */
#define CONF_FILE_DEPTH 16

struct conf_file {
	struct conf_file *in_up; /* the one that includes it */
	const char *in_name;
	char *in_text;
	size_t in_len;
	size_t in_at;
	unsigned int in_line;
	unsigned int in_control; /* the last line with a control character */
	dev_t in_dev;		 /* which file it is; 0: none */
	ino_t in_ino;
};

struct conf_files {
	struct conf_file *is_top; /* what is read now */
	struct conf_rules *is_rules;
	size_t is_size;	 /* bytes so far */
	size_t is_max;	 /* that they may be */
	bool is_trusted; /* refuse what others can write */
	bool is_regular; /* refuse what is no regular file, without waiting */
	bool is_include; /* whether there are other files */
};

/*
 * What is read from now on: a file, "-" for standard input, relative to the
 * directory of the one that is read; or a text.  NULL, or what is wrong, in a
 * buffer that the next call overwrites.
 */
const char *conf_file_open(struct conf_files *, const char *path);
const char *conf_file_text(struct conf_files *, const char *text, size_t len);

/* Ends reading the top one. */
void conf_file_close(struct conf_files *);

#endif
