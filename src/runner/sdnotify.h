/*
 * What the daemon tells the service manager that started it, by the protocol
 * of sd_notify(3): states on the datagram socket that NOTIFY_SOCKET names.
 * Without one, or on a system that has no such thing, nothing is done.
 *
 * The watchdog, WATCHDOG_USEC, is fed when the watcher has answered: a watcher
 * that hangs is as bad as a runner that does.  Without it nothing ever wakes.
 * Times are nanoseconds of the monotonic clock.
 */
#ifndef SDNOTIFY_H
#define SDNOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects, while we are who may do so, and takes the variables out of the
 * environment, so that no command has them.  A socket that cannot be had is
 * told of on stderr, and that is all.
 */
void sdnotify_open(void);

/* In a child, which has no business with it. */
void sdnotify_close(void);

/*
 * Every source counts: at first, and after each reload, whether that has
 * changed something or not.  Nothing is said when the end has begun.
 */
void sdnotify_ready(void);

/* A new file of rules is read now; sdnotify_ready is to follow. */
void sdnotify_reloading(uint64_t now);

/* The end has begun; nobody feeds the watchdog any more. */
void sdnotify_stopping(void);

/* When sdnotify_ask wants to be called; CLOCK_NEVER: not at all. */
uint64_t sdnotify_deadline(void);

/* True: send the watcher ORDER_PING now, its answer is for sdnotify_alive. */
bool sdnotify_ask(uint64_t now);

/* It has answered; nothing happens when it was not asked. */
void sdnotify_alive(void);

#endif
