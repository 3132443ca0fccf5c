/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static int number, failed;

void
ok(bool passed, const char *what)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++number, what);
	failed += !passed;
}

void
is(long long got, long long wanted, const char *what)
{
	ok(got == wanted, what);
	if (got != wanted)
		printf("# got %lld, wanted %lld\n", got, wanted);
}

int
done(void)
{
	printf("1..%d\n", number);
	return failed != 0;
}

static pid_t
start(char *const *argv, long delay)
{
	const struct timespec ts = { 0, delay };
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid != 0)
		return pid;
	nanosleep(&ts, NULL);
	if (dup2(STDERR_FILENO, STDOUT_FILENO) != -1)
		execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

void
offer(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	const char *argv[] = { getenv("OFFER"), a, b, c, d, e, NULL };
	int status;

	/* execv(3) takes no pointers to const. */
	if (waitpid(start((char *const *)(void *)argv, 0), &status, 0) == -1 ||
	    status != 0)
		errx(1, "offer %s: status %d", a, status);
}

void
offer_later(const char *a, const char *b, const char *c)
{
	const char *argv[] = { getenv("OFFER"), a, b, c, NULL };

	start((char *const *)(void *)argv, 200000000);
}
