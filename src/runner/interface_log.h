/*
 * Log lines about interfaces that go and come back.  The watcher causes them,
 * so their number has a bound, for all interfaces together: a burst, then 200
 * a second, more than a sound watcher causes for an interface.  Changes beyond
 * that are counted, and the last one of each interface is logged later.
 */
#ifndef INTERFACE_LOG_H
#define INTERFACE_LOG_H

#include <stdint.h>

/* Zeroed: nothing has happened. */
struct interface_log {
	uint32_t n_order; /* type of the change to log later, 0: none */
	uint64_t n_more;  /* changes that were not logged */
};

/* Logs a change of the interface, ORDER_GONE or the like, or keeps it. */
void interface_log_add(struct interface_log *, const char *interface,
    uint32_t order, uint64_t now);

/* Logs the change that was kept, when its time has come. */
void interface_log_tick(
    struct interface_log *, const char *interface, uint64_t now);

/* Returns the time of the next interface_log_tick; CLOCK_NEVER: none. */
uint64_t interface_log_deadline(const struct interface_log *);

#endif
