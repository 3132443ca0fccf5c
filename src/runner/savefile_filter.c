/*
 * The compiler of a filter needs the savefile's link type and byte order, and
 * the reader of the savefile may look up no name.  So the reader tells these
 * two, and gets a program back, before any other message.
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

#include "base/signals.h"
#include "conf/conf.h"
#include "filter/filter.h"
#include "runner/runner.h"
#include "watcher/savefile.h"

/* A message as long as this is sent whole by every system. */
#define PIECE ((size_t)4096)

static int
send_filter(int fd, const struct filter *f)
{
	size_t done, len;
	ssize_t n;

	for (done = 0; done < sizeof(*f); done += len) {
		len = sizeof(*f) - done < PIECE ? sizeof(*f) - done : PIECE;
		do {
			n = send(fd, (const char *)f + done, len, MSG_NOSIGNAL);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			return -1;
	}
	return 0;
}

static int
recv_filter(int fd, struct filter *f)
{
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(*f)) {
		do {
			n = recv(fd, (char *)f + done, sizeof(*f) - done, 0);
		} while (n == -1 && errno == EINTR);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return f->f_len <= FILTER_MAX ? 0 : -1;
}

int
savefile_ask(
    const struct order_ends *ends, const struct savefile *sf, struct filter *f)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_LINK;
	o.o_total = (uint64_t)sf->sf_linktype;
	o.o_count = sf->sf_swapped ? 1 : 0;
	if (order_send(ends->oe_orders, &o) == -1)
		return -1;
	return recv_filter(ends->oe_orders, f);
}

/* poll(2), and exits when a signal asks for the end. */
static int
wait_or_end(struct pollfd *pfd, nfds_t n, int ms)
{
	int result = signals_wait(pfd, n, ms);

	/* The other signals are the runner's. */
	if (signals_take(SIGTERM) || signals_take(SIGINT) ||
	    signals_take(SIGHUP))
		exit(0);
	return result;
}

/* True when the watcher asks; what else it says is left to the runner. */
static bool
asked(const struct partner *partner, struct order *o)
{
	int fd = partner->pa_ends.oe_orders;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	do {
		if (wait_or_end(&pfd, 1, -1) == -1)
			err(1, "poll");
	} while (pfd.revents == 0);
	if (recv(fd, o, sizeof(*o), MSG_PEEK | MSG_DONTWAIT) != sizeof(*o) ||
	    o->o_type != ORDER_LINK || o->o_total > INT_MAX || o->o_count > 1)
		return false;
	return order_recv(fd, o) == ORDER_ONE;
}

void
savefile_answer(const struct conf *c, const struct priv *priv,
    const struct partner *partner, int fd)
{
	const struct conf_rule *rule = &c->c_rules->cs_rules[0];
	static struct filter filter;
	char problem[4096];
	struct order o;
	struct filter_request fr = { .fr_expression = rule->cr_filter,
		.fr_priv = priv,
		.fr_poll = wait_or_end };

	if (fd != STDIN_FILENO)
		close(fd);
	if (rule->cr_filter == NULL || !asked(partner, &o))
		return;
	fr.fr_linktype = (int)o.o_total;
	fr.fr_swapped = o.o_count == 1;
	if (filter_compile(&filter, &fr, problem, sizeof(problem)) == -1)
		errx(1, "%s: filter: %s", rule->cr_interface, problem);
	/* When it is gone, its end says so. */
	if (send_filter(partner->pa_ends.oe_orders, &filter) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		err(1, "filter");
}
