/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* Sorted by name and interface; the pair is unique in a file. */
struct entry {
	const struct conf_rule *en_rule;
};

static int
compare(const void *a, const void *b)
{
	const struct conf_rule *x = ((const struct entry *)a)->en_rule;
	const struct conf_rule *y = ((const struct entry *)b)->en_rule;
	int result = compare_texts(x->cr_name, y->cr_name);

	return result != 0 ? result :
			     compare_texts(x->cr_interface, y->cr_interface);
}

static struct entry *
sort(const struct conf_rules *rules)
{
	struct entry *sorted;
	size_t i;

	sorted = calloc(rules->cs_nrules + 1, sizeof(*sorted));
	if (sorted == NULL)
		return NULL;
	for (i = 0; i < rules->cs_nrules; i++)
		sorted[i].en_rule = &rules->cs_rules[i];
	qsort(sorted, rules->cs_nrules, sizeof(*sorted), compare);
	return sorted;
}

/* Returns the old rule that is unchanged, or CONF_DIFF_NONE; counts it. */
static size_t
find_rule(struct conf_diff *cd, const struct conf_rules *old,
    const struct entry *sorted, const struct conf_rule *rule)
{
	const struct entry wanted = { rule };
	const struct entry *found =
	    bsearch(&wanted, sorted, old->cs_nrules, sizeof(*sorted), compare);

	if (found == NULL)
		return CONF_DIFF_NONE;
	if (!conf_same_rule(found->en_rule, rule)) {
		cd->cd_changed++;
		return CONF_DIFF_NONE;
	}
	cd->cd_unchanged++;
	return (size_t)(found->en_rule - old->cs_rules);
}

/* Returns the number of the first trigger of each rule; NULL: no memory. */
static size_t *
first_triggers(const struct conf_rules *rules)
{
	size_t *first, i, n = 0;

	if ((first = calloc(rules->cs_nrules + 1, sizeof(*first))) == NULL)
		return NULL;
	for (i = 0; i < rules->cs_nrules; i++) {
		first[i] = n;
		n += rules->cs_rules[i].cr_ntriggers;
	}
	return first;
}

static void
match_triggers(struct conf_diff *cd, const struct conf_rules *new,
    const size_t *old_first, const size_t *new_first)
{
	size_t i, j, n;

	for (i = 0; i < cd->cd_old; i++)
		cd->cd_trigger[i] = CONF_DIFF_NONE;
	for (i = 0; i < new->cs_nrules; i++) {
		if (cd->cd_rule[i] == CONF_DIFF_NONE)
			continue;
		n = new->cs_rules[i].cr_ntriggers;
		for (j = 0; j < n; j++)
			cd->cd_trigger[old_first[cd->cd_rule[i]] + j] =
			    new_first[i] + j;
	}
}

int
conf_diff_rules(struct conf_diff *cd, const struct conf_rules *old,
    const struct conf_rules *new)
{
	size_t *old_first = first_triggers(old);
	size_t *new_first = first_triggers(new);
	struct entry *sorted = sort(old);
	int result = -1;
	size_t i;

	cd->cd_unchanged = cd->cd_changed = 0;
	cd->cd_old = conf_triggers(old);
	cd->cd_rule = calloc(new->cs_nrules + 1, sizeof(*cd->cd_rule));
	cd->cd_trigger = calloc(cd->cd_old + 1, sizeof(*cd->cd_trigger));
	if (old_first != NULL && new_first != NULL && sorted != NULL &&
	    cd->cd_rule != NULL && cd->cd_trigger != NULL) {
		for (i = 0; i < new->cs_nrules; i++)
			cd->cd_rule[i] =
			    find_rule(cd, old, sorted, &new->cs_rules[i]);
		match_triggers(cd, new, old_first, new_first);
		result = 0;
	}
	free(old_first);
	free(new_first);
	free(sorted);
	if (result == -1)
		conf_diff_free(cd);
	return result;
}

void
conf_diff_free(struct conf_diff *cd)
{
	free(cd->cd_rule);
	free(cd->cd_trigger);
	cd->cd_rule = NULL;
	cd->cd_trigger = NULL;
}
