/*
 * Signals as flags.  They are blocked but while we wait for something to
 * happen, so that no other call is interrupted and none of them is lost.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <poll.h>
#include <stdbool.h>

/*
 * First of all, before anything forks: undoes what the parent process ignores
 * and blocks.  With SIGCHLD ignored a child would reap itself, and its number
 * could belong to another process when the child is waited for.  SIGHUP stays
 * ignored when it was: that is what nohup(1) asks for.  Signals that ask for
 * something, and end the process by default, wait for signals_open.  Returns
 * 0, or -1 and errno.
 */
int signals_begin(void);

/*
 * Takes over SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1 and SIGINFO, and
 * ignores SIGPIPE and SIGXFSZ.  Returns 0, or -1 and errno.
 */
int signals_open(void);

/*
 * poll(2) that also returns when a signal comes; not when one came before and
 * was not taken.  0, or -1 and errno; what is ready is in revents.
 */
int signals_wait(struct pollfd *, nfds_t, int ms);

/* The next signal that came, those that end us last; 0 when there is none. */
int signals_next(void);

/* Whether this one came; the others are kept for signals_next. */
bool signals_take(int sig);

/*
 * Lets SIGINT and SIGTERM end the process by default while it waits in a call
 * with nothing to clean up, then takes both over again.  0, or -1 and errno.
 */
int signals_deadly(bool);

/*
 * In a child, before exec(2): defaults, and nothing blocked.  Async signal
 * safe.  0, or -1 and errno.
 */
int signals_reset(void);

/* For a child that shall have none: all are blocked.  0, or -1 and errno. */
int signals_block(void);

#endif
