/*
 * The watcher: counts become events, events become orders.  It knows the
 * trigger by its numbers and has no idea of the command.
 */
#ifndef WATCHER_H
#define WATCHER_H

struct conf;
struct order_ends;
struct source;

/*
 * Runs until the runner is gone and returns what the process is to exit with.
 * The ends and the source stay the caller's.  Makes no system call but those
 * that priv_watcher leaves.
 */
int watcher(const struct conf *, struct source *, const struct order_ends *);

#endif
