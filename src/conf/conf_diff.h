/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Finds unchanged rules in a new set.  A rule is unchanged if conf_same_rule
 * is true; then its triggers are unchanged, too.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stddef.h>

struct conf_rules;

/* Number of no rule and no trigger. */
#define CONF_DIFF_NONE ((size_t)-1)

struct conf_diff {
	size_t *cd_rule;     /* by new rule: old rule, or CONF_DIFF_NONE */
	size_t *cd_trigger;  /* by old trigger: new one, or CONF_DIFF_NONE */
	size_t cd_old;	     /* number of old triggers */
	size_t cd_unchanged; /* number of unchanged rules */
	size_t cd_changed;   /* other new rules with an old name, interface */
};

/*
 * Compares two sets of rules.  Returns 0, and a result for conf_diff_free, or
 * -1 and errno.
 */
int conf_diff_rules(struct conf_diff *, const struct conf_rules *old,
    const struct conf_rules *new);
void conf_diff_free(struct conf_diff *);

#endif
