/*
 * Two sets of rules: which of the one is which of the other.  A rule is the
 * same when it says the same, see conf_same_rule; then its triggers are, too.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stddef.h>

struct conf_rules;

/* There is no such rule or trigger. */
#define MATCH_NONE ((size_t)-1)

struct match {
	size_t *ma_rule;     /* by new rule: the old one */
	size_t *ma_trigger;  /* by old trigger: the new one */
	size_t ma_old;	     /* triggers there were */
	size_t ma_unchanged; /* rules */
};

/* For match_free.  0, or -1 and errno. */
int match_rules(
    struct match *, const struct conf_rules *old, const struct conf_rules *new);
void match_free(struct match *);

#endif
