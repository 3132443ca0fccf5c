/*
 * Who compiles a filter needs the savefile's link type, and who reads the
 * savefile may look up no name.  So one tells the link type, and the other
 * gives back a program, before anything else is said between them.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "filter.h"
#include "runner.h"
#include "savefile.h"
#include "signals.h"

int
savefile_ask(const struct order_ends *ends, int linktype, struct filter *f)
{
	struct order o;
	ssize_t n;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_LINK;
	o.o_total = (uint64_t)linktype;
	if (order_send(ends->oe_orders, &o) == -1)
		return -1;
	do {
		n = recv(ends->oe_orders, f, sizeof(*f), 0);
	} while (n == -1 && errno == EINTR);
	return n == sizeof(*f) && f->f_len <= FILTER_MAX ? 0 : -1;
}

static void
handle_signals(int fd)
{
	int sig;

	while ((sig = signals_next(fd)) > 0)
		if (sig == SIGTERM || sig == SIGINT || sig == SIGHUP)
			exit(0);
}

/* True when the watcher asks; what else it says is left to the runner. */
static bool
asked(const struct partner *partner, struct order *o)
{
	struct pollfd pfd[2] = {
		{ .fd = partner->pa_signal_fd, .events = POLLIN },
		{ .fd = partner->pa_ends.oe_orders, .events = POLLIN },
	};
	int fd = partner->pa_ends.oe_orders;

	do {
		if (poll(pfd, 2, -1) == -1) {
			if (errno != EINTR)
				err(1, "poll");
			continue;
		}
		handle_signals(partner->pa_signal_fd);
	} while (pfd[1].revents == 0);
	/* The watcher's end may have been one of these signals. */
	raise(SIGCHLD);
	if (recv(fd, o, sizeof(*o), MSG_PEEK | MSG_DONTWAIT) != sizeof(*o) ||
	    o->o_type != ORDER_LINK || o->o_total > INT_MAX)
		return false;
	return order_recv(fd, o) == ORDER_ONE;
}

void
savefile_answer(const struct conf *c, const struct priv *priv,
    const struct partner *partner, int fd)
{
	static struct filter filter;
	char problem[4096];
	struct order o;
	struct filter_request fr = { .fr_expression = c->c_filter,
		.fr_priv = priv };

	if (fd != STDIN_FILENO)
		close(fd);
	if (c->c_filter == NULL || !asked(partner, &o))
		return;
	fr.fr_linktype = (int)o.o_total;
	if (filter_compile(&filter, &fr, problem, sizeof(problem)) == -1)
		errx(1, "%s: filter: %s", c->c_interface, problem);
	/* When it is gone, its end says so. */
	if (send(partner->pa_ends.oe_orders, &filter, sizeof(filter),
		MSG_NOSIGNAL) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		err(1, "filter");
}
