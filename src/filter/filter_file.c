/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/textfile.h"
#include "filter/filter.h"
#include "filter/filter_file.h"

/* Overwrites comments, from # to the end of the line, with blanks. */
static void
blank_comments(char *text)
{
	while ((text = strchr(text, '#')) != NULL)
		while (*text != '\0' && *text != '\n')
			*text++ = ' ';
}

char *
filter_file_read(const char *path)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	size_t size = 0;
	char *text;
	ssize_t n;
	int fd;

	if ((text = malloc(FILTER_TEXT)) == NULL)
		err(1, "-F");
	if ((fd = textfile_open(path)) == -1)
		err(1, "-F: %s", name);
	while ((n = read(fd, text + size, FILTER_TEXT - size)) > 0)
		size += (size_t)n;
	if (n == -1)
		err(1, "-F: %s", name);
	if (size == FILTER_TEXT)
		errx(1, "-F: %s: longer than %d bytes", name, FILTER_TEXT - 1);
	text[size] = '\0';
	if (strlen(text) != size)
		errx(1, "-F: %s: not a text file", name);
	if (fd != STDIN_FILENO)
		close(fd);
	blank_comments(text);
	return text;
}
