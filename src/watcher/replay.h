/*
 * The watcher of a savefile: its packets become events in the time in which
 * they were captured.  A run takes none of that time.
 */
#ifndef REPLAY_H
#define REPLAY_H

struct conf;
struct order_ends;

/*
 * Runs to the end of the file or until the runner is gone, and returns what
 * the process is to exit with.  Makes no system call but those that
 * priv_watcher leaves.
 */
int replay_run(const struct conf *, int fd, const struct order_ends *);

#endif
