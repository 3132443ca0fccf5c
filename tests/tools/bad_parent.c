/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * bad_parent [-b] [-i] [-d descriptors] command ...: executes the command with
 * all signals blocked (-b), all signals ignored (-i), or many open descriptors
 * (-d).
 */
#include <sys/resource.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors left for the command. */
#define OTHERS 100

static void
block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		err(1, "sigprocmask");
}

static void
ignore_signals(void)
{
	struct sigaction sa;
	int sig;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	/* Fails for SIGKILL and SIGSTOP. */
	for (sig = 1; sig <= SIGRTMAX; sig++)
		sigaction(sig, &sa, NULL);
}

static void
open_descriptors(long n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "getrlimit");
	limit.rlim_cur = (rlim_t)n + OTHERS;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "setrlimit");
	while (n-- > 0)
		if (open("/dev/null", O_RDONLY) == -1)
			err(1, "/dev/null");
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-b") == 0)
			block_signals();
		else if (strcmp(argv[i], "-i") == 0)
			ignore_signals();
		else if (strcmp(argv[i], "-d") == 0 && i + 1 < argc)
			open_descriptors(strtol(argv[++i], NULL, 10));
		else
			errx(2, "%s: unknown", argv[i]);
	}
	if (i == argc)
		errx(2,
		    "usage: bad_parent [-b] [-i] [-d descriptors] command ...");
	execvp(argv[i], argv + i);
	err(1, "%s", argv[i]);
}
