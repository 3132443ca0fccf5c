#include <stdlib.h>

#include "conf.h"
#include "match.h"

/* Files change little: it is looked for where the last one was found. */
static size_t
find(const struct conf_rules *old, const struct conf_rule *rule, size_t from)
{
	size_t i, n = old->cs_nrules;

	for (i = from; i < from + n; i++)
		if (conf_same_rule(&old->cs_rules[i % n], rule))
			return i % n;
	return MATCH_NONE;
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
	size_t i, from = 0;
	int result = -1;

	ma->ma_unchanged = 0;
	ma->ma_old = conf_triggers(old);
	ma->ma_rule = calloc(new->cs_nrules + 1, sizeof(*ma->ma_rule));
	ma->ma_trigger = calloc(ma->ma_old + 1, sizeof(*ma->ma_trigger));
	if (old_first != NULL && new_first != NULL && ma->ma_rule != NULL &&
	    ma->ma_trigger != NULL) {
		for (i = 0; i < new->cs_nrules; i++) {
			ma->ma_rule[i] = find(old, &new->cs_rules[i], from);
			if (ma->ma_rule[i] == MATCH_NONE)
				continue;
			from = ma->ma_rule[i] + 1;
			ma->ma_unchanged++;
		}
		match_triggers(ma, new, old_first, new_first);
		result = 0;
	}
	free(old_first);
	free(new_first);
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
