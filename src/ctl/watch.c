/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/client.h"
#include "ctl/print_table.h"
#include "ctl/rates.h"
#include "ctl/watch.h"

/* Control sequences of ECMA-48; the cursor's are DEC's (DECTCEM). */
#define HOME	    "\033[H"
#define CLEAR_LINE  "\033[K\n"
#define CLEAR_REST  "\033[J"
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

static volatile sig_atomic_t ended;

static void
handle(int sig)
{
	(void)sig;
	ended = 1;
}

/* Catches the signals that end us; they are delivered while we sleep. */
static void
catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa;
	sigset_t set;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handle;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaddset(&set, caught[i]);
		if (sigaction(caught[i], &sa, NULL) == -1)
			err(1, "signals");
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(1, "signals");
}

static void
sleep_until(uint64_t until)
{
	struct timespec ts;
	sigset_t none;
	uint64_t now = clock_now(), left;

	sigemptyset(&none);
	left = now < until ? until - now : 0;
	ts.tv_sec = (time_t)(left / CLOCK_S);
	ts.tv_nsec = (long)(left % CLOCK_S);
	if (ppoll(NULL, 0, &ts, &none) == -1 && errno != EINTR)
		err(1, "poll");
}

/* Sets the size of the table; a terminal narrower than 80 gets 80. */
static void
measure_terminal(struct table *ta)
{
	struct winsize ws;

	ta->ta_width = 80;
	ta->ta_lines = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == -1)
		return;
	if (ws.ws_col > ta->ta_width)
		ta->ta_width = ws.ws_col;
	/* The heading above the table and the cursor take a line each. */
	if (ws.ws_row > 4)
		ta->ta_lines = (size_t)ws.ws_row - 2;
}

static void
draw(struct table *ta, const struct reply *re, const char *path, bool terminal)
{
	char uptime[SHORT_TEXT];

	if (terminal) {
		measure_terminal(ta);
		fputs(HOME, stdout);
	}
	print_table_age(re->re_uptime, uptime);
	printf("%.60s: started %s%s", path, uptime, ta->ta_eol);
	print_table(ta, re, stdout);
	if (terminal)
		fputs(CLEAR_REST, stdout);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "stdout");
}

/* Shows a problem; on a terminal it replaces the heading. */
static void
show_problem(const char *path, const char *problem, bool terminal)
{
	if (!terminal) {
		warnx("%s: %s", path, problem);
		return;
	}
	printf(HOME "%.40s: %.36s" CLEAR_LINE, path, problem);
	fflush(stdout);
}

/* Asks and draws.  Exits if the first reply fails; later ones may. */
static void
update(struct table *ta, struct rates *rs, const char *path, bool terminal)
{
	static bool before;
	char problem[REPLY_ERROR];
	struct reply re;

	if (client_ask(&re, path, problem) == -1) {
		if (!before)
			errx(1, "%s: %s", path, problem);
		show_problem(path, problem, terminal);
		return;
	}
	if (rates_add(rs, &re, clock_now()) == -1)
		err(1, "rules");
	if (!before && terminal)
		fputs(HIDE_CURSOR HOME CLEAR_REST, stdout);
	before = true;
	ta->ta_rates = rs->rs_list;
	draw(ta, &re, path, terminal);
	reply_free(&re);
}

void
watch_run(const char *path, unsigned int seconds)
{
	struct table table = { .ta_width = 80, .ta_eol = "\n" };
	struct rates rates = { NULL, NULL, 0 };
	bool terminal = isatty(STDOUT_FILENO) == 1;
	uint64_t next = clock_now();

	setlocale(LC_CTYPE, "");
	table.ta_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (terminal)
		table.ta_eol = CLEAR_LINE;
	catch_signals();
	while (!ended) {
		update(&table, &rates, path, terminal);
		next += seconds * CLOCK_S;
		if (next < clock_now())
			next = clock_now();
		sleep_until(next);
	}
	if (terminal)
		fputs(SHOW_CURSOR, stdout);
	rates_free(&rates);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "stdout");
}
