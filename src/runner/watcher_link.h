/*
 * The runner's messages to the watcher.  None of them waits: one that the
 * socket has no room for is sent by watcher_link_catch_up later.
 */
#ifndef WATCHER_LINK_H
#define WATCHER_LINK_H

#include <stdbool.h>

#include "ipc/order.h"

struct job;
struct runner;

/*
 * Sends an order.  Returns false when there is no room; true when the order
 * was sent, or can never be: the watcher is gone, or the daemon ends.
 */
bool watcher_link_try(struct runner *, const struct order *);

/* Tells that a trigger's run has ended, or has failed to start. */
void watcher_link_tell(struct runner *, enum order_type, struct job *);

/* Asks for the statistics of all triggers, for STATS_USER or STATS_CONTROL. */
void watcher_link_ask(struct runner *, unsigned int who);

/* Asks for a sign of life. */
void watcher_link_ping(struct runner *);

/* Tells the watcher to hand its state over to the next one. */
void watcher_link_leave(struct runner *);

/* Sends what there was no room for; to be called when there is room. */
void watcher_link_catch_up(struct runner *);

#endif
