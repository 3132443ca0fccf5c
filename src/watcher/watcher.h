/*
 * The watcher: turns counts into events and decides what the runner is to do.
 * It has the sources and its ends of the sockets and needs nothing else.
 */
#ifndef WATCHER_H
#define WATCHER_H

struct conf_rules;
struct handover;
struct order_ends;
struct source_set;
struct watcher;

/*
 * All the memory that it needs, which is for ever; NULL and errno.  The
 * handover is NULL where there was no watcher before.
 */
struct watcher *watcher_new(const struct conf_rules *,
    const struct source_set *, const struct order_ends *,
    const struct handover *);

/* Runs until the runner is gone.  Returns what the process is to exit with. */
int watcher_run(struct watcher *);

#endif
