/*
 * Two sets of rules: which of the one is which of the other.  A rule is the
 * same when it says the same, see conf_same_rule; then its triggers are, too.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stddef.h>

struct conf_rules;

/* There is no such rule or trigger. */
#define CONF_DIFF_NONE ((size_t)-1)

struct conf_diff {
	size_t *cd_rule;     /* by new rule: the old one */
	size_t *cd_trigger;  /* by old trigger: the new one */
	size_t cd_old;	     /* triggers there were */
	size_t cd_unchanged; /* rules */
};

/* For conf_diff_free.  0, or -1 and errno. */
int conf_diff_rules(struct conf_diff *, const struct conf_rules *old,
    const struct conf_rules *new);
void conf_diff_free(struct conf_diff *);

#endif
