#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "text.h"

/* The effective user comes back: this is but for one call. */
int
text_open(char option, const char *path)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int fd, saved;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	if (setegid(getgid()) == -1 || seteuid(getuid()) == -1)
		err(1, "-%c: %s: giving up rights", option, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	saved = errno;
	if (seteuid(uid) == -1 || setegid(gid) == -1)
		err(1, "-%c: %s: taking back rights", option, path);
	errno = saved;
	return fd;
}

static void
blank_comments(char *text)
{
	while ((text = strchr(text, '#')) != NULL)
		while (*text != '\0' && *text != '\n')
			*text++ = ' ';
}

char *
text_read(const char *path)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	size_t size = 0;
	char *text;
	ssize_t n;
	int fd;

	if ((text = malloc(FILTER_TEXT)) == NULL)
		err(1, "-F");
	if ((fd = text_open('F', path)) == -1)
		err(1, "-F: %s", name);
	while ((n = read(fd, text + size, FILTER_TEXT - size)) > 0)
		size += (size_t)n;
	if (n == -1)
		err(1, "-F: %s", name);
	if (size == FILTER_TEXT)
		errx(1, "-F: %s: longer than %d bytes", name, FILTER_TEXT - 1);
	text[size] = '\0';
	if (strlen(text) != size)
		errx(1, "-F: %s: not a text", name);
	if (fd != STDIN_FILENO)
		close(fd);
	blank_comments(text);
	return text;
}
