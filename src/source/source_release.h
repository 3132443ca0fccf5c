/*
 * Closing many sources.  Linux waits for each packet socket until no processor
 * can use it any more, 10 to 20 ms, and closes the descriptors of a process one
 * after the other.  Several processes wait at the same time.
 */
#ifndef SOURCE_RELEASE_H
#define SOURCE_RELEASE_H

#include <sys/types.h>

#include <stdbool.h>

struct priv;
struct source_set;

/*
 * Closes the sockets of all sources at the end of this process, with the help
 * of others; returns when these have ended.  No other process may hold the
 * sockets, or the help is in vain.
 */
void source_release(const struct source_set *);

/* True if it makes a difference for so many sources. */
bool source_release_helps(const struct source_set *);

/*
 * For a process that counts nothing itself: waits for its child, the watcher,
 * releases the sources, and ends as the watcher has ended.
 */
void source_release_after(pid_t watcher, const struct source_set *,
    const struct priv *) __attribute__((noreturn));

/* Ends this process as another one, with this status of waitpid(2), has. */
void source_release_end(int status) __attribute__((noreturn));

#endif
