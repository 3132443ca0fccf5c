/* The sources of all rules: rules that count the same have one together. */
#ifndef SOURCE_SET_H
#define SOURCE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct conf_rule;
struct conf_rules;
struct conf_diff;
struct priv;
struct priv_fds;

struct sources_item {
	struct source *si_source;
	const struct conf_rule *si_rule; /* one that it counts for */
	bool si_bytes;			 /* what it tells */
	bool si_time;
	size_t si_from; /* what it was before, or CONF_DIFF_NONE: it is new */
};

struct source_set {
	struct sources_item *so_list; /* each once */
	size_t so_n;
	size_t *so_of; /* by rule: which of them counts for it */
	char **so_how; /* by rule: how, with NULL at the end */
	struct source_shared so_shared;
};

/* What was there before: of rules that stay, and of others that count so. */
struct sources_before {
	const struct source_set *sb_sources;
	const struct conf_diff *sb_diff;
};

/* How many descriptors they take at the most. */
size_t source_set_descriptors(const struct conf_rules *);

/*
 * Opens them, with privileges, but for those that were there before; NULL:
 * there was nothing.  wait: for interfaces that are not there yet.  0; or -1
 * when one cannot be opened, having said why and closed what is new.
 */
int source_set_open(struct source_set *, const struct conf_rules *, bool wait,
    const struct priv *, const struct sources_before *);

/* What the watcher needs of each; the caller frees it.  NULL and errno. */
struct priv_fds *source_set_fds(const struct source_set *);

/* Gives back what this process holds of them; and so_how, after it. */
void source_set_close(struct source_set *);
void source_set_forget(struct source_set *);

/*
 * What those of `from`, which was there before, are in `so`: by their numbers
 * there the new ones, or CONF_DIFF_NONE, for free(3).  NULL and errno.
 */
size_t *source_set_now(
    const struct source_set *so, const struct source_set *from);

/* Gives back what the other has and the one that stays has not. */
void source_set_leave(struct source_set *other, const struct source_set *stays);

#endif
