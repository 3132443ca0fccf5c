/*
 * A watcher that is to watch other rules is replaced by another one, which was
 * made and confined while it went on.  What it knows and the kernel does not
 * goes to that over a socket: numbers, no text, and nothing to execute; and a
 * device that it alone has, since an interface came back.  The kernel counts
 * meanwhile.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

struct order_ends;
struct watcher;

/* Who waits for the legacy says so.  0, or -1 and errno. */
int handover_ready(const struct order_ends *);

/* All that it knows, when all that was told to it was heard.  -1 and errno. */
int handover_give(struct watcher *);

/* What was given; waits for it.  -1 and errno, EPIPE: nobody is there. */
int handover_take(struct watcher *);

#endif
