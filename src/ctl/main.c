/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl(8): asks the daemon for its statistics and prints them. */
#include <err.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/client.h"
#include "ctl/print.h"
#include "ctl/print_keys.h"
#include "ctl/print_table.h"
#include "ctl/watch.h"
#include "ipc/stats_proto.h"

static const char usage_text[] =
    "usage: bpfstatsctl [-jmV] [-k rule] [-s socket] [-w seconds]\n";

static void usage(void) __attribute__((noreturn));
static void version(void) __attribute__((noreturn));

static void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static unsigned int
interval(const char *arg)
{
	const char *problem;
	long long n = strtonum(arg, 1, 3600, &problem);

	if (problem == NULL && isdigit((unsigned char)arg[0]))
		return (unsigned int)n;
	warnx("-w: \"%s\": not a number of seconds from 1 to 3600", arg);
	usage();
}

static void
version(void)
{
	puts("bpfstatsctl " VERSION);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

/* Asks once and prints: 'j' JSON, 'm' OpenMetrics, 't' a table. */
static void
show(const char *path, int form)
{
	const struct table table = { .ta_width = 80, .ta_eol = "\n" };
	char problem[REPLY_ERROR];
	struct reply re;

	if (client_ask(&re, path, problem) == -1)
		errx(1, "%s: %s", path, problem);
	if (form == 'j')
		print_json(&re, stdout);
	else if (form == 'm')
		print_metrics(&re, stdout);
	else
		print_table(&table, &re, stdout);
	reply_free(&re);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "stdout");
}

/* Prints the keys of a rule, with their rates during a second. */
static void
show_keys(const char *path, const char *rule, int form)
{
	const struct table table = { .ta_width = 80, .ta_eol = "\n" };
	const struct timespec second = { .tv_sec = 1 };
	char problem[REPLY_ERROR];
	struct keys before, ks;
	uint64_t since;

	if (client_ask_keys(&before, path, rule, problem) == -1)
		errx(1, "%s: %s", path, problem);
	since = clock_now();
	(void)nanosleep(&second, NULL);
	if (client_ask_keys(&ks, path, rule, problem) == -1)
		errx(1, "%s: %s", path, problem);
	if (keys_rates(&ks, &before, (double)(clock_now() - since) / CLOCK_S) ==
	    -1)
		err(1, "keys");
	if (form == 'j')
		print_json_keys(&ks, rule, stdout);
	else
		print_keys(&table, &ks, stdout);
	keys_free(&before);
	keys_free(&ks);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "stdout");
}

/*
 * Returns the usual path of the socket; a daemon without root's rights uses a
 * directory below RUNDIR.
 */
static const char *
default_path(void)
{
	static const char usual[] = RUNDIR "/bpfstatsd.sock";
	static const char own[] = RUNDIR "/bpfstatsd/bpfstatsd.sock";

	if (access(usual, F_OK) == -1 && access(own, F_OK) == 0)
		return own;
	return usual;
}

/* Returns the path of the socket for keys. */
static const char *
keys_path(const char *path)
{
	char *text;

	if (asprintf(&text, "%s" STATS_KEYS_SUFFIX, path) == -1)
		err(1, "%s", path);
	return text;
}

/* Handles "--help" and "--version", which getopt(3) does not know. */
static void
long_option(const char *word)
{
	if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
		return;
	if (strcmp(word, "--version") == 0)
		version();
	if (strcmp(word, "--help") == 0) {
		fputs(usage_text, stdout);
		if (fflush(stdout) == EOF)
			err(1, "stdout");
		exit(0);
	}
	warnx("%s: unknown option", word);
	usage();
}

int
main(int argc, char **argv)
{
	const char *path = NULL, *rule = NULL;
	unsigned int seconds = 0;
	int ch, form = 't';

	setprogname("bpfstatsctl");
	for (;;) {
		if (optind < argc)
			long_option(argv[optind]);
		if ((ch = getopt(argc, argv, "jk:ms:Vw:")) == -1)
			break;
		switch (ch) {
		case 'j':
		case 'm':
			form = ch;
			break;
		case 'k':
			rule = optarg;
			break;
		case 's':
			path = optarg;
			break;
		case 'V':
			version();
			break;
		case 'w':
			seconds = interval(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind < argc) {
		warnx("\"%s\": not an option", argv[optind]);
		usage();
	}
	if (seconds != 0 && form != 't') {
		warnx("-w: cannot be used with -%c", form);
		usage();
	}
	if (rule != NULL && form == 'm') {
		warnx("-k: cannot be used with -m");
		usage();
	}
	if (path == NULL)
		path = default_path();
	if (rule != NULL)
		path = keys_path(path);
	if (seconds != 0)
		watch_run(path, rule, seconds);
	else if (rule != NULL)
		show_keys(path, rule, form);
	else
		show(path, form);
	return 0;
}
