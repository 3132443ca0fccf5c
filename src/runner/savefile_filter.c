/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/signals.h"
#include "conf/conf.h"
#include "filter/filter.h"
#include "ipc/savefile_proto.h"
#include "runner/runner.h"
#include "runner/savefile_filter.h"

/* Works as poll(2); exits on a signal that ends the daemon. */
static int
wait_or_end(struct pollfd *pfd, nfds_t n, int ms)
{
	int result = signals_wait(pfd, n, ms);

	/* Other signals are left to the runner. */
	if (signals_take(SIGTERM) || signals_take(SIGINT) ||
	    signals_take(SIGHUP))
		exit(0);
	return result;
}

/* Waits for the watcher's first message; returns true if it is a request. */
static bool
asked(const struct order_ends *ends, struct filter_request *fr)
{
	struct pollfd pfd = { .fd = ends->oe_orders, .events = POLLIN };

	do {
		if (wait_or_end(&pfd, 1, -1) == -1)
			err(1, "poll");
	} while (pfd.revents == 0);
	return savefile_proto_asked(ends, &fr->fr_linktype, &fr->fr_swapped);
}

/* Compiles the filter of a rule; exits with a message if it is wrong. */
static void
compile(struct filter *filter, const struct conf_rule *rule,
    struct filter_request *fr)
{
	char problem[4096];

	fr->fr_expression = rule->cr_filter;
	if (filter_compile(filter, fr, problem, sizeof(problem)) == -1)
		errx(1, "%s: filter: %s", conf_rule_name(rule), problem);
}

void
savefile_filter_answer(const struct conf *c, const struct priv *priv,
    const struct partner *partner, int fd)
{
	const struct conf_rule *rule = c->c_rules->cs_rules;
	const struct conf_rule *end = rule + c->c_rules->cs_nrules;
	static struct filter filter;
	struct filter_request fr = { .fr_priv = priv, .fr_poll = wait_or_end };
	bool first = true;

	if (fd != STDIN_FILENO)
		close(fd);
	for (; rule < end; rule++) {
		if (rule->cr_filter == NULL)
			continue;
		if (first && !asked(&partner->pa_ends, &fr))
			return;
		if (first || !conf_same_text(fr.fr_expression, rule->cr_filter))
			compile(&filter, rule, &fr);
		first = false;
		/* If the watcher is gone, SIGCHLD reports that. */
		if (savefile_proto_answer(
			&partner->pa_ends, &filter, sizeof(filter)) == 0)
			continue;
		if (errno != EPIPE && errno != ECONNRESET)
			err(1, "filter");
		return;
	}
}
