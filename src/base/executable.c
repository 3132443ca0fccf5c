/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/executable.h"

/* Interpreters may be scripts; Linux follows no more of them. */
#define LEVELS 5

/* Returns 0 if the caller may execute this path, or -1 and errno. */
static int
check(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return -1;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

/* Returns dir/name, or name where dir is empty, for free(3); NULL and errno. */
static char *
join(const char *dir, size_t len, const char *name)
{
	const char *slash = len == 0 ? "" : "/";
	char *path;

	if (asprintf(&path, "%.*s%s%s", (int)len, dir, slash, name) == -1)
		return NULL;
	return path;
}

/* Returns true if the search continues in the next directory. */
static bool
elsewhere(int error)
{
	switch (error) {
	case EACCES:
	case ELOOP:
	case ENAMETOOLONG:
	case ENODEV:
	case ENOENT:
	case ENOTDIR:
	case ESTALE:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* execvp(3)'s search: the first that can be executed, EACCES over ENOENT. */
static char *
search(const char *path, const char *name)
{
	const char *dir;
	char *candidate;
	size_t len;
	int error, result = ENOENT;

	for (dir = path;; dir += len + 1) {
		len = strcspn(dir, ":");
		if ((candidate = join(dir, len, name)) == NULL)
			return NULL;
		if (check(candidate) == 0)
			return candidate;
		error = errno;
		free(candidate);
		if (error == EACCES || !elsewhere(error))
			result = error;
		if (dir[len] == '\0' || !elsewhere(error))
			break;
	}
	errno = result;
	return NULL;
}

/*
 * Reads the beginning of a regular file, and a 0 behind it.  Returns the number
 * of bytes, 0 also after an error.  Waits for no writer of a FIFO.
 */
static size_t
read_head(const char *path, char head[EXECUTABLE_HEAD])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	ssize_t n = 0;

	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, head, EXECUTABLE_HEAD - 1);
	close(fd);
	if (n <= 0)
		return 0;
	head[n] = '\0';
	return (size_t)n;
}

bool
executable_interpreter(const char *path, char name[EXECUTABLE_HEAD])
{
	char head[EXECUTABLE_HEAD];
	const char *begin;
	size_t len, n = read_head(path, head);

	if (n < 2 || memcmp(head, "#!", 2) != 0)
		return false;
	begin = head + 2 + strspn(head + 2, " \t");
	len = strcspn(begin, " \t\n");
	/* Of a longer line, systems read more or less. */
	if (len == 0 || begin + len == head + EXECUTABLE_HEAD - 1)
		return false;
	memcpy(name, begin, len);
	name[len] = '\0';
	return true;
}

/* Makes a name from a file fit for a terminal. */
static void
make_printable(char *name)
{
	for (; *name != '\0'; name++)
		if (iscntrl((unsigned char)*name))
			*name = '?';
}

/* Writes why this interpreter of a script cannot be executed. */
static void
explain_interpreter(char *name, int error, char *reason, size_t len)
{
	size_t last = strlen(name) - 1;

	if (name[last] != '\r') {
		make_printable(name);
		snprintf(
		    reason, len, "interpreter %s: %s", name, strerror(error));
		return;
	}
	name[last] = '\0';
	make_printable(name);
	snprintf(reason, len,
	    "interpreter %s: its line ends in CR LF; convert the script to LF",
	    name);
}

/*
 * Returns true, with errno and the reason, if the file is a script that lacks
 * an interpreter, or if such a script is its interpreter.
 */
static bool
lacks_interpreter(const char *path, char *reason, size_t len)
{
	char name[EXECUTABLE_HEAD], script[EXECUTABLE_HEAD];
	size_t used = 0;
	int error, level;

	for (level = 0; level < LEVELS; level++) {
		if (!executable_interpreter(path, name))
			return false;
		if (check(name) == -1) {
			error = errno;
			if (level > 0) {
				make_printable(script);
				used = (size_t)snprintf(
				    reason, len, "interpreter %s: ", script);
			}
			explain_interpreter(
			    name, error, reason + used, len - used);
			errno = error;
			return true;
		}
		memcpy(script, name, sizeof(script));
		path = script;
	}
	return false;
}

char *
executable_find(const char *name, char *reason, size_t len)
{
	const char *dirs = getenv("PATH");
	char *path = NULL;
	int error;

	if (strchr(name, '/') == NULL && name[0] != '\0')
		path = search(dirs == NULL ? _PATH_DEFPATH : dirs, name);
	else if (check(name) == 0)
		path = strdup(name);
	if (path == NULL) {
		error = errno;
		snprintf(reason, len, "%s", strerror(error));
	} else if (lacks_interpreter(path, reason, len)) {
		error = errno;
		free(path);
	} else {
		return path;
	}
	errno = error;
	return NULL;
}

void
executable_explain(const char *path, int error, char *reason, size_t len)
{
	snprintf(reason, len, "%s", strerror(error));
	if (error != ENOENT && error != EACCES && error != ENOTDIR)
		return;
	if (check(path) == -1 || lacks_interpreter(path, reason, len))
		return;
	if (error == ENOENT)
		snprintf(reason, len,
		    "the file exists, but not the interpreter or dynamic "
		    "loader that it names");
}
