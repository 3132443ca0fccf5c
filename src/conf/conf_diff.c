#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* To be sorted by name and interface, which no two in a file share. */
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

static size_t
find(const struct conf_rules *old, const struct entry *sorted,
    const struct conf_rule *rule)
{
	const struct entry wanted = { rule };
	const struct entry *found =
	    bsearch(&wanted, sorted, old->cs_nrules, sizeof(*sorted), compare);

	if (found == NULL || !conf_same_rule(found->en_rule, rule))
		return MATCH_NONE;
	return (size_t)(found->en_rule - old->cs_rules);
}

/* The number of the first trigger of each rule. */
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
match_triggers(struct match *ma, const struct conf_rules *new,
    const size_t *old_first, const size_t *new_first)
{
	size_t i, j, n;

	for (i = 0; i < ma->ma_old; i++)
		ma->ma_trigger[i] = MATCH_NONE;
	for (i = 0; i < new->cs_nrules; i++) {
		if (ma->ma_rule[i] == MATCH_NONE)
			continue;
		n = new->cs_rules[i].cr_ntriggers;
		for (j = 0; j < n; j++)
			ma->ma_trigger[old_first[ma->ma_rule[i]] + j] =
			    new_first[i] + j;
	}
}

int
match_rules(struct match *ma, const struct conf_rules *old,
    const struct conf_rules *new)
{
	size_t *old_first = first_triggers(old);
	size_t *new_first = first_triggers(new);
	struct entry *sorted = sort(old);
	int result = -1;
	size_t i;

	ma->ma_unchanged = 0;
	ma->ma_old = conf_triggers(old);
	ma->ma_rule = calloc(new->cs_nrules + 1, sizeof(*ma->ma_rule));
	ma->ma_trigger = calloc(ma->ma_old + 1, sizeof(*ma->ma_trigger));
	if (old_first != NULL && new_first != NULL && sorted != NULL &&
	    ma->ma_rule != NULL && ma->ma_trigger != NULL) {
		for (i = 0; i < new->cs_nrules; i++) {
			ma->ma_rule[i] = find(old, sorted, &new->cs_rules[i]);
			if (ma->ma_rule[i] != MATCH_NONE)
				ma->ma_unchanged++;
		}
		match_triggers(ma, new, old_first, new_first);
		result = 0;
	}
	free(old_first);
	free(new_first);
	free(sorted);
	if (result == -1)
		match_free(ma);
	return result;
}

void
match_free(struct match *ma)
{
	free(ma->ma_rule);
	free(ma->ma_trigger);
	ma->ma_rule = NULL;
	ma->ma_trigger = NULL;
}
