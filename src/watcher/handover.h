/*
 * A watcher that is to watch other rules is replaced by another one, which was
 * made and confined while it went on.  What it knows and the kernel does not
 * goes to that over a socket: numbers, no text, and nothing to execute; and a
 * device that it alone has, since an interface came back.  The kernel counts
 * meanwhile.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>

struct conf_diff;
struct order_ends;
struct watcher;

/* What was there before, by the numbers that it had. */
struct handover {
	const size_t *ho_sources; /* their own now, or CONF_DIFF_NONE */
	size_t ho_nsources;
	const struct conf_diff *ho_diff; /* of rules and triggers */
};

/* Who waits for the legacy says so.  0, or -1 and errno. */
int handover_ready(const struct order_ends *);

/* All that it knows, when all that was told to it was heard.  -1 and errno. */
int handover_give(struct watcher *);

/* What was given; waits for it.  -1 and errno, EPIPE: nobody is there. */
int handover_take(struct watcher *);

#endif
