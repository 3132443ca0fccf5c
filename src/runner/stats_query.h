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
struct job_table;
struct control_link;

/* Who asks. */
#define STATS_USER    1U
#define STATS_CONTROL 2U

struct stats_query {
	uint64_t sq_started; /* the daemon was */
	size_t sq_answers;   /* that are to come */
	unsigned int sq_asks;
	unsigned int sq_next; /* who came too late for these */
};

/*
 * Whether the watcher is to be asked now, for all of these, and may be; else
 * they are in sq_next.  Of nobody it is not.
 */
bool stats_query_ask(
    struct stats_query *, const struct job_table *, unsigned int who, bool may);

/* That could not be asked. */
void stats_query_unask(struct stats_query *);

/* An answer.  Who has been waiting, and is to ask now. */
unsigned int stats_query_take(struct stats_query *, struct job_table *,
    struct control_link *, const struct order *, uint64_t now);

/* Whether this answer is the one that comes next. */
bool stats_query_fit(
    const struct stats_query *, const struct job_table *, const struct order *);

#endif
