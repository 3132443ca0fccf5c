/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * inspect file: a command that writes its descriptors, rights, signals, process
 * group, session, terminal and environment to the file.  The file appears when
 * it is complete.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Prints lines such as "fd: 0 /dev/null". */
static void
descriptors(FILE *out)
{
	DIR *dir;
	struct dirent *de;
	char target[PATH_MAX];
	ssize_t n;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		err(1, "/proc/self/fd");
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.' ||
		    strtol(de->d_name, NULL, 10) == dirfd(dir))
			continue;
		n = readlinkat(
		    dirfd(dir), de->d_name, target, sizeof(target) - 1);
		if (n == -1)
			err(1, "%s", de->d_name);
		target[n] = '\0';
		fprintf(out, "fd: %s %s\n", de->d_name, target);
	}
	closedir(dir);
}

/* Prints /proc/self/status with single blanks, as "Uid: 0 0 0 0". */
static void
status(FILE *out)
{
	char line[4096];
	char *word;
	FILE *in;

	if ((in = fopen("/proc/self/status", "r")) == NULL)
		err(1, "/proc/self/status");
	while (fgets(line, sizeof(line), in) != NULL) {
		word = strtok(line, " \t\n");
		while (word != NULL) {
			fputs(word, out);
			word = strtok(NULL, " \t\n");
			fputs(word != NULL ? " " : "\n", out);
		}
	}
	fclose(in);
}

int
main(int argc, char **argv)
{
	char *text = NULL, unfinished[PATH_MAX];
	size_t i, len = 0;
	FILE *out;

	if (argc != 2)
		errx(2, "usage: inspect file");
	/* A file in memory has no descriptor. */
	if ((out = open_memstream(&text, &len)) == NULL)
		err(1, "memory");
	descriptors(out);
	status(out);
	fprintf(out, "group: %s\n", getpgrp() == getpid() ? "own" : "shared");
	fprintf(out, "session: %s\n", getsid(0) == getpid() ? "own" : "shared");
	fprintf(out, "terminal: %s\n",
	    open("/dev/tty", O_RDWR | O_CLOEXEC) == -1 ? "none" : "shared");
	for (i = 0; environ[i] != NULL; i++)
		fprintf(out, "env: %s\n", environ[i]);
	fclose(out);
	snprintf(unfinished, sizeof(unfinished), "%s.tmp", argv[1]);
	if ((out = fopen(unfinished, "w")) == NULL)
		err(1, "%s", unfinished);
	fputs(text, out);
	if (fclose(out) == EOF || rename(unfinished, argv[1]) == -1)
		err(1, "%s", argv[1]);
	return 0;
}
