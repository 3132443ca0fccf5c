/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/textfile.h"
#include "conf/conf_file.h"

#define BLOCK 65536

static char problem[2048];

static const char *
wrong(const char *what)
{
	snprintf(problem, sizeof(problem), "%s", what);
	return problem;
}

static const char *
distrust(const struct stat *st)
{
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "writable by others, see chmod(1)";
	if (st->st_uid != 0 && st->st_uid != getuid())
		return "owned neither by root nor by the user who starts "
		       "bpfstatsd, see chown(8)";
	return NULL;
}

/* Returns "what: first, second, ..., name": the chain of includes. */
static const char *
chain(const struct conf_file *top, const char *name, const char *what)
{
	const struct conf_file *list[CONF_FILE_DEPTH], *in;
	size_t n = 0;

	for (in = top; in != NULL && n < CONF_FILE_DEPTH; in = in->in_up)
		list[n++] = in;
	snprintf(problem, sizeof(problem), "%s: ", what);
	while (n-- > 0) {
		strlcat(problem, list[n]->in_name, sizeof(problem));
		strlcat(problem, ", ", sizeof(problem));
	}
	strlcat(problem, name, sizeof(problem));
	return problem;
}

/* Returns an error if the new file is open already, or too deep; or NULL. */
static const char *
check_nesting(const struct conf_file *top, const struct conf_file *new)
{
	const struct conf_file *in;
	size_t depth = 0;

	for (in = top; in != NULL; in = in->in_up) {
		if (in->in_dev == new->in_dev && in->in_ino == new->in_ino)
			return chain(top, new->in_name, "includes itself");
		depth++;
	}
	return depth < CONF_FILE_DEPTH ?
	    NULL :
	    chain(top, new->in_name, "includes nested too deeply");
}

/* Replaces CR LF by LF. */
static void
convert_lines(struct conf_file *in)
{
	size_t from, to = 0;

	for (from = 0; from < in->in_len; from++)
		if (in->in_text[from] != '\r' || from + 1 == in->in_len ||
		    in->in_text[from + 1] != '\n')
			in->in_text[to++] = in->in_text[from];
	in->in_len = to;
}

static const char *
read_all(struct conf_files *is, struct conf_file *in, int fd)
{
	size_t room = 0;
	ssize_t n;
	char *more;

	do {
		if (room - in->in_len < BLOCK) {
			room = room == 0 ? BLOCK : 2 * room;
			if ((more = realloc(in->in_text, room)) == NULL)
				return wrong(strerror(errno));
			in->in_text = more;
		}
		n = read(fd, in->in_text + in->in_len, BLOCK);
		if (n == -1)
			return wrong(strerror(errno));
		in->in_len += (size_t)n;
		if (in->in_len > is->is_max - is->is_size) {
			snprintf(problem, sizeof(problem),
			    "more than %zu bytes of rules", is->is_max);
			return problem;
		}
	} while (n > 0);
	is->is_size += in->in_len;
	convert_lines(in);
	return NULL;
}

static const char *
load(struct conf_files *is, struct conf_file *in, const char *path, int fd)
{
	const char *why = NULL;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return wrong(strerror(errno));
	if (is->is_regular && !S_ISREG(st.st_mode))
		return wrong("not a regular file, which a reload needs");
	in->in_dev = st.st_dev;
	in->in_ino = st.st_ino;
	if (is->is_trusted && strcmp(path, "-") != 0 &&
	    (why = distrust(&st)) != NULL)
		return wrong(why);
	if ((why = check_nesting(is->is_top, in)) != NULL)
		return why;
	return read_all(is, in, fd);
}

/*
 * Returns the path of an included file, relative to the directory of the
 * current one, in memory of the rules; NULL: no memory.
 */
static char *
locate(const struct conf_files *is, const char *path)
{
	const char *dir = is->is_top == NULL ? "" : is->is_top->in_name;
	const char *slash = strrchr(dir, '/');
	char *name;
	int len;

	len = path[0] == '/' || slash == NULL ? 0 : (int)(slash - dir + 1);
	if (is->is_top != NULL && len == 0 && strcmp(path, "-") == 0) {
		dir = "./";
		len = 2;
	}
	name = conf_alloc(is->is_rules, (size_t)len + strlen(path) + 1);
	if (name != NULL) {
		memcpy(name, dir, (size_t)len);
		memcpy(name + len, path, strlen(path) + 1);
	}
	return name;
}

/* Opens a file.  Returns a descriptor, or -1 and errno. */
static int
open_input(const struct conf_files *is, const char *name)
{
	return is->is_regular ? textfile_open_now(name) : textfile_open(name);
}

const char *
conf_file_open(struct conf_files *is, const char *path)
{
	const char *why = NULL;
	struct conf_file *in;
	char *name;
	int fd;

	if (!is->is_include && is->is_top != NULL)
		return wrong("only a file can include files");
	if (strlen(path) >= PATH_MAX)
		return wrong(strerror(ENAMETOOLONG));
	if ((name = locate(is, path)) == NULL ||
	    (in = calloc(1, sizeof(*in))) == NULL)
		return wrong(strerror(errno));
	in->in_name = strcmp(name, "-") == 0 ? "standard input" : name;
	in->in_line = 1;
	if ((fd = open_input(is, name)) == -1)
		why = wrong(strerror(errno));
	else
		why = load(is, in, name, fd);
	if (fd != -1 && fd != STDIN_FILENO)
		close(fd);
	in->in_up = is->is_top;
	is->is_top = in;
	if (why != NULL)
		conf_file_close(is);
	return why;
}

const char *
conf_file_text(struct conf_files *is, const char *text, size_t len)
{
	struct conf_file *in;

	if (len > is->is_max)
		return wrong("too long");
	if ((in = calloc(1, sizeof(*in))) == NULL ||
	    (in->in_text = malloc(len + 1)) == NULL) {
		free(in);
		return wrong(strerror(ENOMEM));
	}
	memcpy(in->in_text, text, len);
	in->in_len = len;
	in->in_line = 1;
	in->in_name = "rules";
	is->is_size = len;
	is->is_top = in;
	convert_lines(in);
	return NULL;
}

void
conf_file_close(struct conf_files *is)
{
	struct conf_file *in = is->is_top;

	is->is_top = in->in_up;
	free(in->in_text);
	free(in);
}
