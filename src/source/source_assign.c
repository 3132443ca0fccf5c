/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "source/source.h"
#include "source/source_assign.h"
#include "source/source_kind.h"
#include "source/source_set.h"

static bool
wants_time(const struct conf_rule *rule)
{
	enum condition_kind kind;
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++) {
		kind = rule->cr_triggers[i].ct_kind;
		if (conf_has_table(&rule->cr_triggers[i]))
			continue;
		if (kind == CONDITION_IDLE || kind == CONDITION_AFTER ||
		    kind == CONDITION_WHILE)
			return true;
	}
	return false;
}

/* Returns true if the source counts the rule's packets of the interface. */
static bool
counts(const struct sources_item *si, const struct conf_rule *rule,
    const char *name)
{
	return strcmp(si->si_name, name) == 0 &&
	    conf_same_filter(si->si_rule, rule);
}

/*
 * Returns true if the source also counts all that the rule needs.  A source
 * that counts in tables is that of a single rule.
 */
static bool
serves(const struct sources_item *si, const struct conf_rule *rule,
    const char *name)
{
	return counts(si, rule, name) && conf_rule_tables(rule) == 0 &&
	    conf_rule_tables(si->si_rule) == 0 &&
	    (si->si_source == NULL ||
		((si->si_bytes || !conf_rule_bytes(rule)) &&
		    (si->si_time || !wants_time(rule))));
}

/* Returns the key of places with the same packets. */
static uint64_t
key(const struct conf_rule *rule, const char *name)
{
	return hash_text(hash_text(HASH_TEXT, name), rule->cr_filter) +
	    rule->cr_direction;
}

/* Return the first and the next source of a key; NULL: none. */
static struct sources_item *
first(const struct source_set *so, uint64_t wanted)
{
	return (struct sources_item *)hash_first(&so->so_index, wanted);
}

static struct sources_item *
next(const struct sources_item *si)
{
	return (struct sources_item *)hash_next(&si->si_link);
}

/* A place, with what identifies its source. */
struct spot {
	const struct conf_rule *sp_rule;
	const char *sp_name;
	const struct conf_trigger *sp_trigger; /* of a table; else NULL */
	size_t sp_first;		       /* first place of the rule */
	size_t sp_place;
};

/* Returns the index of the source that serves the place, or so_n. */
static size_t
look_up(const struct source_set *so, const struct spot *sp)
{
	const struct sources_item *si;

	if (sp->sp_trigger != NULL)
		return so->so_n;
	si = first(so, key(sp->sp_rule, sp->sp_name));
	while (si != NULL && !serves(si, sp->sp_rule, sp->sp_name))
		si = next(si);
	return si == NULL ? so->so_n : (size_t)(si - so->so_list);
}

/* Adds the source at the end of so_list, for this place. */
static void
add(struct source_set *so, size_t from, const struct spot *sp)
{
	struct sources_item *si = &so->so_list[so->so_n++];

	si->si_from = from;
	si->si_rule = sp->sp_rule;
	si->si_name = sp->sp_name;
	si->si_place = sp->sp_first;
	si->si_trigger = sp->sp_trigger;
	/* make_lists() has reserved the memory. */
	(void)hash_add(
	    &so->so_index, &si->si_link, key(sp->sp_rule, sp->sp_name));
}

/* Adds a source of the set before, now for this place. */
static void
take_over(struct source_set *so, const struct source_set *from, size_t old,
    const struct spot *sp)
{
	so->so_list[so->so_n] = from->so_list[old];
	add(so, old, sp);
}

/* Gives a place the source of the set before that it had. */
static void
keep_source(struct source_set *so, const struct spot *sp,
    const struct source_set *from, size_t old)
{
	const struct sources_item *si =
	    first(so, key(sp->sp_rule, sp->sp_name));

	while (si != NULL && si->si_from != old)
		si = next(si);
	so->so_of[sp->sp_place] =
	    si == NULL ? so->so_n : (size_t)(si - so->so_list);
	if (si == NULL)
		take_over(so, from, old, sp);
	if (sp->sp_trigger != NULL)
		so->so_tables[sp->sp_place] = from->so_list[old].si_source;
}

/* Adds a source of the set before, if any serves this new place. */
static bool
inherit(struct source_set *so, const struct spot *sp,
    const struct sources_before *sb)
{
	size_t old;

	if (sb == NULL ||
	    (old = look_up(sb->sb_sources, sp)) == sb->sb_sources->so_n)
		return false;
	take_over(so, sb->sb_sources, old, sp);
	return true;
}

/* Assigns a source, old or yet to be opened, to a place. */
static void
assign_place(struct source_set *so, const struct spot *sp,
    const struct sources_before *sb)
{
	struct sources_item *si;
	size_t number = look_up(so, sp);

	so->so_of[sp->sp_place] = number;
	si = &so->so_list[number];
	if (number == so->so_n && !inherit(so, sp, sb))
		add(so, CONF_DIFF_NONE, sp);
	if (si->si_source == NULL) {
		si->si_bytes |= conf_rule_bytes(sp->sp_rule);
		si->si_time |= wants_time(sp->sp_rule);
	}
}

/* Assigns a source to a place; old: number of the same rule before. */
static void
assign_spot(struct source_set *so, const struct spot *sp, size_t old,
    const struct sources_before *sb)
{
	const struct source_set *from;

	if (old == CONF_DIFF_NONE) {
		assign_place(so, sp, sb);
	} else {
		from = sb->sb_sources;
		keep_source(so, sp, from,
		    from->so_of[from->so_first[old] + sp->sp_place -
			sp->sp_first]);
	}
}

/* Assigns a source to each place of a rule. */
static void
assign_rule(struct source_set *so, const struct conf_rule *rule, size_t number,
    size_t old, const struct sources_before *sb)
{
	const struct conf_trigger *ct = rule->cr_triggers;
	struct spot sp = { .sp_rule = rule,
		.sp_first = so->so_first[number],
		.sp_place = so->so_first[number] };
	size_t i;

	for (i = 0; i < rule->cr_ninterfaces; i++) {
		sp.sp_name = rule->cr_interfaces[i];
		assign_spot(so, &sp, old, sb);
		sp.sp_place++;
	}
	sp.sp_name = SOURCE_KEYS_NAME;
	for (; sp.sp_place < so->so_first[number + 1]; ct++) {
		if (!conf_has_table(ct))
			continue;
		sp.sp_trigger = ct;
		assign_spot(so, &sp, old, sb);
		sp.sp_place++;
	}
}

/*
 * Assigns sources to the places of unchanged rules, before any other: an
 * unchanged rule keeps the sources it has, and with these the counts.
 */
static void
assign(struct source_set *so, const struct conf_rules *rules,
    const struct sources_before *sb)
{
	size_t i;

	for (i = 0; sb != NULL && i < rules->cs_nrules; i++)
		if (sb->sb_diff->cd_rule[i] != CONF_DIFF_NONE)
			assign_rule(so, &rules->cs_rules[i], i,
			    sb->sb_diff->cd_rule[i], sb);
	for (i = 0; i < rules->cs_nrules; i++)
		if (sb == NULL || sb->sb_diff->cd_rule[i] == CONF_DIFF_NONE)
			assign_rule(
			    so, &rules->cs_rules[i], i, CONF_DIFF_NONE, sb);
}

/* Makes empty lists, and numbers the places.  Returns 0, or -1 and errno. */
static int
make_lists(struct source_set *so, const struct conf_rules *rules)
{
	size_t i, n = 0;

	so->so_n = 0;
	so->so_list = NULL;
	so->so_of = NULL;
	so->so_tables = NULL;
	memset(&so->so_index, 0, sizeof(so->so_index));
	so->so_first = calloc(rules->cs_nrules + 1, sizeof(*so->so_first));
	if (so->so_first == NULL)
		return -1;
	for (i = 0; i < rules->cs_nrules; i++) {
		so->so_first[i] = n;
		n += rules->cs_rules[i].cr_ninterfaces +
		    conf_rule_tables(&rules->cs_rules[i]);
	}
	so->so_first[i] = n;
	so->so_list = calloc(n + 1, sizeof(*so->so_list));
	so->so_of = calloc(n + 1, sizeof(*so->so_of));
	so->so_tables = (struct source **)calloc(n + 1, sizeof(void *));
	if (so->so_list == NULL || so->so_of == NULL || so->so_tables == NULL)
		return -1;
	return hash_reserve(&so->so_index, n);
}

void
source_assign_end(struct source_set *so)
{
	hash_clear(&so->so_index);
	free(so->so_list);
	free(so->so_of);
	free((void *)so->so_tables);
	free(so->so_first);
	so->so_list = NULL;
	so->so_of = NULL;
	so->so_tables = NULL;
	so->so_first = NULL;
	so->so_n = 0;
}

/*
 * Finds out which sources cannot be opened (s_sole), since the set before
 * counts the same packets: bytes or times cannot be added.
 */
static void
find_taken(const struct source_set *so, const struct source_set *before)
{
	const struct sources_item *old;
	struct sources_item *si;

	for (si = so->so_list; si < so->so_list + so->so_n; si++) {
		if (si->si_source != NULL)
			continue;
		old = first(before, si->si_link.hl_key);
		for (; old != NULL; old = next(old))
			if (old->si_source->s_sole &&
			    counts(old, si->si_rule, si->si_name))
				si->si_taken = true;
	}
}

bool
source_assign_has(
    const struct source_set *so, const struct sources_item *wanted)
{
	const struct sources_item *si = first(so, wanted->si_link.hl_key);

	while (si != NULL && si->si_source != wanted->si_source)
		si = next(si);
	return si != NULL;
}

int
source_assign(struct source_set *so, const struct conf_rules *rules,
    const struct sources_before *sb)
{
	if (make_lists(so, rules) == -1)
		return -1;
	assign(so, rules, sb);
	if (sb != NULL)
		find_taken(so, sb->sb_sources);
	return 0;
}
