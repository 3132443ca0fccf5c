/*
 * Questions of how much was counted: who asks, the user or the teller, what
 * the watcher answers, and telling them.
 */
#ifndef STATS_QUERY_H
#define STATS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order;
struct tasks;
struct telling;

/* Who asks. */
#define STATS_USER   1U
#define STATS_TELLER 2U

struct stats {
	uint64_t st_started; /* the daemon was */
	size_t st_answers;   /* that are to come */
	unsigned int st_asks;
	unsigned int st_next; /* who came too late for these */
};

/*
 * Whether the watcher is to be asked now, for all of these, and may be; else
 * they are in st_next.  Of nobody it is not.
 */
bool stats_ask(
    struct stats *, const struct tasks *, unsigned int who, bool may);

/* That could not be asked. */
void stats_unask(struct stats *);

/* An answer.  Who has been waiting, and is to ask now. */
unsigned int stats_take(struct stats *, struct tasks *, struct telling *,
    const struct order *, uint64_t now);

/* Whether this answer is the one that comes next. */
bool stats_fit(
    const struct stats *, const struct tasks *, const struct order *);

#endif
