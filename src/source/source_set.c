/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "filter/filter_compiler.h"
#include "priv/priv.h"
#include "source/source.h"
#include "source/source_begin.h"
#include "source/source_how.h"
#include "source/source_kind.h"
#include "source/source_set.h"

static bool
wants_time(const struct conf_rule *rule)
{
	enum condition_kind kind;
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++) {
		kind = rule->cr_triggers[i].ct_kind;
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

/* Returns true if the source also counts all that the rule needs. */
static bool
serves(const struct sources_item *si, const struct conf_rule *rule,
    const char *name)
{
	return counts(si, rule, name) &&
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

/* Returns the index of the source that serves the place, or so_n. */
static size_t
look_up(
    const struct source_set *so, const struct conf_rule *rule, const char *name)
{
	const struct sources_item *si = first(so, key(rule, name));

	while (si != NULL && !serves(si, rule, name))
		si = next(si);
	return si == NULL ? so->so_n : (size_t)(si - so->so_list);
}

/* Adds the source at the end of so_list, for this place. */
static void
add(struct source_set *so, size_t from, const struct conf_rule *rule,
    const char *name)
{
	struct sources_item *si = &so->so_list[so->so_n++];

	si->si_from = from;
	si->si_rule = rule;
	si->si_name = name;
	/* make_lists() has reserved the memory. */
	(void)hash_add(&so->so_index, &si->si_link, key(rule, name));
}

/* Adds a source of the set before, now for this place. */
static void
take_over(struct source_set *so, const struct source_set *from, size_t old,
    const struct conf_rule *rule, const char *name)
{
	so->so_list[so->so_n] = from->so_list[old];
	add(so, old, rule, name);
}

/* Gives a place the source of the set before that it had. */
static void
keep_source(struct source_set *so, size_t place, const struct conf_rule *rule,
    const char *name, const struct source_set *from, size_t old)
{
	const struct sources_item *si = first(so, key(rule, name));

	while (si != NULL && si->si_from != old)
		si = next(si);
	so->so_of[place] = si == NULL ? so->so_n : (size_t)(si - so->so_list);
	if (si == NULL)
		take_over(so, from, old, rule, name);
}

/*
 * Adds the sources of unchanged rules, before any other: an unchanged rule
 * keeps the source it has, and with the source the counts.
 */
static void
keep_sources(struct source_set *so, const struct conf_rules *rules,
    const struct sources_before *sb)
{
	const struct source_set *from = sb->sb_sources;
	const struct conf_rule *rule;
	size_t i, j, old;

	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		old = sb->sb_diff->cd_rule[i];
		for (j = 0; old != CONF_DIFF_NONE && j < rule->cr_ninterfaces;
		     j++)
			keep_source(so, so->so_first[i] + j, rule,
			    rule->cr_interfaces[j], from,
			    from->so_of[from->so_first[old] + j]);
	}
}

/* Adds a source of the set before, if any serves this new place. */
static bool
inherit(struct source_set *so, const struct conf_rule *rule, const char *name,
    const struct sources_before *sb)
{
	size_t old;

	if (sb == NULL ||
	    (old = look_up(sb->sb_sources, rule, name)) == sb->sb_sources->so_n)
		return false;
	take_over(so, sb->sb_sources, old, rule, name);
	return true;
}

/* Assigns a source, old or yet to be opened, to a place. */
static void
assign_place(struct source_set *so, size_t place, const struct conf_rule *rule,
    const char *name, const struct sources_before *sb)
{
	struct sources_item *si;

	so->so_of[place] = look_up(so, rule, name);
	si = &so->so_list[so->so_of[place]];
	if (so->so_of[place] == so->so_n && !inherit(so, rule, name, sb))
		add(so, CONF_DIFF_NONE, rule, name);
	if (si->si_source == NULL) {
		si->si_bytes |= conf_rule_bytes(rule);
		si->si_time |= wants_time(rule);
	}
}

/* Assigns a source to each place of each rule. */
static void
assign(struct source_set *so, const struct conf_rules *rules,
    const struct sources_before *sb)
{
	const struct conf_rule *rule;
	size_t i, j;

	if (sb != NULL)
		keep_sources(so, rules, sb);
	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		if (sb != NULL && sb->sb_diff->cd_rule[i] != CONF_DIFF_NONE)
			continue;
		for (j = 0; j < rule->cr_ninterfaces; j++)
			assign_place(so, so->so_first[i] + j, rule,
			    rule->cr_interfaces[j], sb);
	}
}

/* Makes empty lists, and numbers the places.  Returns 0, or -1 and errno. */
static int
make_lists(struct source_set *so, const struct conf_rules *rules)
{
	size_t i, n = 0;

	so->so_n = 0;
	so->so_list = NULL;
	so->so_of = NULL;
	memset(&so->so_index, 0, sizeof(so->so_index));
	so->so_first = calloc(rules->cs_nrules + 1, sizeof(*so->so_first));
	if (so->so_first == NULL)
		return -1;
	for (i = 0; i < rules->cs_nrules; i++) {
		so->so_first[i] = n;
		n += rules->cs_rules[i].cr_ninterfaces;
	}
	so->so_first[i] = n;
	so->so_list = calloc(n + 1, sizeof(*so->so_list));
	so->so_of = calloc(n + 1, sizeof(*so->so_of));
	if (so->so_list == NULL || so->so_of == NULL)
		return -1;
	return hash_reserve(&so->so_index, n);
}

static void
free_lists(struct source_set *so)
{
	hash_clear(&so->so_index);
	free(so->so_list);
	free(so->so_of);
	free(so->so_first);
	so->so_list = NULL;
	so->so_of = NULL;
	so->so_first = NULL;
	so->so_n = 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Returns the number of interfaces; without memory, that of sources. */
static size_t
interfaces(const struct source_set *so)
{
	const char **names;
	size_t i, n = 0;

	names = (const char **)calloc(so->so_n + 1, sizeof(*names));
	if (names == NULL)
		return so->so_n;
	for (i = 0; i < so->so_n; i++)
		names[i] = so->so_list[i].si_name;
	qsort((void *)names, so->so_n, sizeof(*names), compare);
	for (i = 0; i < so->so_n; i++)
		if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
			n++;
	free((void *)names);
	return n;
}

size_t
source_set_descriptors(const struct conf_rules *rules)
{
	struct source_set so;
	size_t n = rules->cs_nrules;

	if (make_lists(&so, rules) == 0) {
		assign(&so, rules, NULL);
		n = so.so_n * source_descriptors +
		    interfaces(&so) * source_descriptors_interface;
	}
	free_lists(&so);
	return n;
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

int
source_set_reopen(const struct source_set *so, size_t number, const char *dir,
    const struct priv *priv, size_t *buflen, char *err, size_t errlen)
{
	struct source_conf sc = { .sc_priv = priv };

	source_begin_conf(so, number, &sc);
	return source_reopen(
	    so->so_list[number].si_source, &sc, dir, buflen, err, errlen);
}

/* Fills in how many sources there are, for the memory that they share. */
static void
size_up(struct source_set *so, const struct conf_rules *rules, bool first)
{
	const struct sources_item *si;

	if (!first)
		return;
	so->so_shared.ss_sources = so->so_n;
	for (si = so->so_list; si < so->so_list + so->so_n; si++)
		so->so_shared.ss_timed += si->si_time;
	/* The rule of the command line has no name. */
	so->so_shared.ss_grows = rules->cs_rules[0].cr_name != NULL;
}

static bool
has_source(const struct source_set *so, const struct sources_item *wanted)
{
	const struct sources_item *si = first(so, wanted->si_link.hl_key);

	while (si != NULL && si->si_source != wanted->si_source)
		si = next(si);
	return si != NULL;
}

/* Leaves out the sources of the set before that this set does not have. */
static void
leave_out(const struct source_set *so, const struct source_set *before)
{
	size_t i;

	for (i = 0; i < before->so_n; i++)
		if (!has_source(so, &before->so_list[i]))
			source_leave(before->so_list[i].si_source);
}

int
source_set_open(struct source_set *so, const struct conf_rules *rules,
    bool wait, const struct priv *priv, const struct sources_before *sb)
{
	const size_t n = rules->cs_nrules;
	struct filter_compiler *compiler = filter_compiler_open();
	int result = -1;

	so->so_shared = (struct source_shared)SOURCE_SHARED_NONE;
	if (sb != NULL)
		so->so_shared = sb->sb_sources->so_shared;
	so->so_how = (char **)calloc(n + 1, sizeof(*so->so_how));
	if (make_lists(so, rules) == -1 || so->so_how == NULL ||
	    compiler == NULL) {
		log_warn("sources");
	} else {
		assign(so, rules, sb);
		size_up(so, rules, sb == NULL);
		priv_setuid_raise();
		if (sb != NULL) {
			find_taken(so, sb->sb_sources);
			leave_out(so, sb->sb_sources);
		}
		result = source_begin(so, wait, priv, compiler, sb == NULL);
		priv_setuid_caller();
	}
	filter_compiler_close(compiler);
	if (result == 0)
		result = source_how_fill(so, n);
	if (result == -1)
		source_shared_cancel(&so->so_shared);
	if (result == -1 && sb != NULL)
		source_set_leave(so, sb->sb_sources);
	return result;
}

void
source_set_lend(const struct source_set *so)
{
	size_t i;

	for (i = 0; i < so->so_n; i++)
		source_lend(so->so_list[i].si_source);
}

void
source_set_close(struct source_set *so)
{
	size_t i;

	for (i = 0; i < so->so_n; i++)
		source_close(so->so_list[i].si_source);
	source_shared_close(&so->so_shared);
	free_lists(so);
}

void
source_set_forget(struct source_set *so)
{
	char **how;

	for (how = so->so_how; how != NULL && *how != NULL; how++)
		free(*how);
	free((void *)so->so_how);
	so->so_how = NULL;
}

void
source_set_leave(struct source_set *other, const struct source_set *stays)
{
	size_t i;

	for (i = 0; i < other->so_n; i++)
		if (!has_source(stays, &other->so_list[i]))
			source_close(other->so_list[i].si_source);
	free_lists(other);
	source_set_forget(other);
}
