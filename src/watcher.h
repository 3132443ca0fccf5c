/*
 * The watcher: counts become events, events become orders.  It knows the
 * trigger by its numbers and has no idea of the command.
 */
#ifndef WATCHER_H
#define WATCHER_H

struct conf;
struct source;

/*
 * Runs until the runner is gone and returns what the process is to exit with.
 * order_fd and the source stay the caller's.  Makes no system call but those
 * that priv_watcher leaves.
 */
int watcher(const struct conf *, struct source *, int order_fd);

#endif
