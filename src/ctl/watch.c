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
#include "ctl/format.h"
#include "ctl/print_keys.h"
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

/* Begins a table, of a daemon that started so many seconds ago. */
static void
draw_head(struct table *ta, double seconds, const char *path, bool terminal)
{
	char uptime[SHORT_TEXT];

	if (terminal) {
		measure_terminal(ta);
		fputs(HOME, stdout);
	}
	format_age(seconds, uptime);
	printf("%.60s: started %s ago%s", path, uptime, ta->ta_eol);
}

static void
draw_end(bool terminal)
{
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

/*
 * Takes the result of a question, 0 or -1.  Returns true if there is something
 * to draw.  Exits if the first reply fails; later ones may.
 */
static bool
answered(int result, const char *path, const char *problem, bool terminal)
{
	static bool before;

	if (result == 0) {
		if (!before && terminal)
			fputs(HIDE_CURSOR HOME CLEAR_REST, stdout);
		before = true;
		return true;
	}
	if (!before)
		errx(1, "%s: %s", path, problem);
	show_problem(path, problem, terminal);
	return false;
}

/* Asks and draws. */
static void
update(struct table *ta, struct rates *rs, const char *path, bool terminal)
{
	char problem[REPLY_ERROR];
	struct reply re;

	if (!answered(client_ask(&re, path, problem), path, problem, terminal))
		return;
	if (rates_add(rs, &re, clock_now()) == -1)
		err(1, "rules");
	ta->ta_rates = rs->rs_list;
	draw_head(ta, re.re_uptime, path, terminal);
	print_table(ta, &re, stdout);
	draw_end(terminal);
	reply_free(&re);
}

/* The same for keys; *last holds those before, from a time. */
static void
update_keys(struct table *ta, struct keys *last, uint64_t *since,
    const char *path, const char *rule, bool terminal)
{
	const uint64_t now = clock_now();
	char problem[REPLY_ERROR];
	struct keys ks;

	if (!answered(client_ask_keys(&ks, path, rule, problem), path, problem,
		terminal))
		return;
	if (last->ks_n != 0 && now > *since &&
	    keys_rates(&ks, last, (double)(now - *since) / CLOCK_S) == -1)
		err(1, "keys");
	draw_head(ta, ks.ks_head.lh_uptime, path, terminal);
	print_keys(ta, &ks, stdout);
	draw_end(terminal);
	keys_free(last);
	*last = ks;
	*since = now;
}

void
watch_run(const char *path, const char *rule, unsigned int seconds)
{
	struct table table = { .ta_width = 80, .ta_eol = "\n" };
	struct rates rates = { NULL, NULL, 0 };
	bool terminal = isatty(STDOUT_FILENO) == 1;
	uint64_t next = clock_now(), since = 0;
	struct keys keys = { .ks_n = 0 };

	setlocale(LC_CTYPE, "");
	table.ta_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (terminal)
		table.ta_eol = CLEAR_LINE;
	catch_signals();
	while (!ended) {
		if (rule == NULL)
			update(&table, &rates, path, terminal);
		else
			update_keys(
			    &table, &keys, &since, path, rule, terminal);
		next += seconds * CLOCK_S;
		if (next < clock_now())
			next = clock_now();
		sleep_until(next);
	}
	if (terminal)
		fputs(SHOW_CURSOR, stdout);
	rates_free(&rates);
	keys_free(&keys);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "stdout");
}
