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
#include "source/source_kind.h"
#include "source/source_set.h"

static bool
wants_bytes(const struct conf_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++)
		if (rule->cr_triggers[i].ct_bytes)
			return true;
	return false;
}

static bool
wants_time(const struct conf_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++)
		if (rule->cr_triggers[i].ct_kind == CONDITION_IDLE)
			return true;
	return false;
}

/* Returns true if the source counts what the rule needs. */
static bool
serves(const struct sources_item *si, const struct conf_rule *rule)
{
	return conf_same_packets(si->si_rule, rule) &&
	    (si->si_source == NULL ||
		((si->si_bytes || !wants_bytes(rule)) &&
		    (si->si_time || !wants_time(rule))));
}

/* Returns the index of the source that serves the rule, or so_n. */
static size_t
look_up(const struct source_set *so, const struct conf_rule *rule)
{
	size_t i = 0;

	while (i < so->so_n && !serves(&so->so_list[i], rule))
		i++;
	return i;
}

size_t
source_set_descriptors(const struct conf_rules *rules)
{
	const struct conf_rule *rule = rules->cs_rules;
	size_t i, j, n = 0;

	for (i = 0; i < rules->cs_nrules; i++) {
		for (j = 0; j < i; j++)
			if (conf_same_packets(&rule[j], &rule[i]))
				break;
		if (j == i)
			n += source_descriptors;
	}
	return n;
}

/* Adds a source of the set before, now for this rule. */
static void
take_over(struct source_set *so, const struct source_set *from, size_t old,
    const struct conf_rule *rule)
{
	struct sources_item *si = &so->so_list[so->so_n++];

	*si = from->so_list[old];
	si->si_from = old;
	si->si_rule = rule;
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
	size_t i, j, old;

	for (i = 0; i < rules->cs_nrules; i++) {
		if (sb->sb_diff->cd_rule[i] == CONF_DIFF_NONE)
			continue;
		old = from->so_of[sb->sb_diff->cd_rule[i]];
		for (j = 0; j < so->so_n; j++)
			if (so->so_list[j].si_from == old)
				break;
		if (j == so->so_n)
			take_over(so, from, old, &rules->cs_rules[i]);
		so->so_of[i] = j;
	}
}

/* Adds a source of the set before, if any serves this new rule. */
static bool
inherit(struct source_set *so, const struct conf_rule *rule,
    const struct sources_before *sb)
{
	size_t old;

	if (sb == NULL ||
	    (old = look_up(sb->sb_sources, rule)) == sb->sb_sources->so_n)
		return false;
	take_over(so, sb->sb_sources, old, rule);
	return true;
}

/* Assigns a source, old or yet to be opened, to each rule. */
static void
assign(struct source_set *so, const struct conf_rules *rules,
    const struct sources_before *sb)
{
	const struct conf_rule *rule;
	struct sources_item *si;
	size_t i;

	if (sb != NULL)
		keep_sources(so, rules, sb);
	for (i = 0; i < rules->cs_nrules; i++) {
		rule = &rules->cs_rules[i];
		if (sb != NULL && sb->sb_diff->cd_rule[i] != CONF_DIFF_NONE)
			continue;
		so->so_of[i] = look_up(so, rule);
		si = &so->so_list[so->so_of[i]];
		if (so->so_of[i] == so->so_n && !inherit(so, rule, sb)) {
			memset(si, 0, sizeof(*si));
			si->si_rule = rule;
			si->si_from = CONF_DIFF_NONE;
			so->so_n++;
		}
		if (si->si_source == NULL) {
			si->si_bytes |= wants_bytes(rule);
			si->si_time |= wants_time(rule);
		}
	}
}

/*
 * Returns true if the set before counts these packets by a source that cannot
 * be opened twice (s_sole): bytes or times cannot be added.
 */
static bool
is_taken(const struct sources_item *si, const struct sources_before *sb)
{
	const struct sources_item *old;
	size_t i;

	for (i = 0; sb != NULL && i < sb->sb_sources->so_n; i++) {
		old = &sb->sb_sources->so_list[i];
		if (old->si_source->s_sole &&
		    conf_same_packets(old->si_rule, si->si_rule))
			return true;
	}
	return false;
}

/* Sets what only this source has. */
static void
fill_in(const struct source_set *so, size_t number, struct source_conf *sc)
{
	const struct sources_item *si = &so->so_list[number];

	sc->sc_name = si->si_rule->cr_interface;
	sc->sc_filter = si->si_rule->cr_filter;
	sc->sc_direction = si->si_rule->cr_direction;
	sc->sc_bytes = si->si_bytes;
	sc->sc_time = si->si_time;
}

int
source_set_reopen(const struct source_set *so, size_t number, const char *dir,
    const struct priv *priv, size_t *buflen, char *err, size_t errlen)
{
	struct source_conf sc = { .sc_priv = priv };

	fill_in(so, number, &sc);
	return source_reopen(
	    so->so_list[number].si_source, &sc, dir, buflen, err, errlen);
}

/* Opens a source that the set before does not have. */
static int
open_one(struct source_set *so, size_t number, struct source_conf *sc,
    const struct sources_before *sb)
{
	struct sources_item *si = &so->so_list[number];
	char error[SOURCE_TEXT];

	if (si->si_source != NULL)
		return 0;
	fill_in(so, number, sc);
	if (is_taken(si, sb))
		snprintf(error, sizeof(error),
		    "%s: byte counts or times cannot be added on reload; "
		    "restart bpfstatsd",
		    sc->sc_name);
	else
		si->si_source = source_open(sc, error, sizeof(error));
	if (si->si_source != NULL)
		return 0;
	priv_setuid_caller();
	log_warnx("%s", error);
	return -1;
}

/* Opens what the sources share, and all sources. */
static int
open_all(struct source_set *so, bool wait, const struct priv *priv,
    struct filter_compiler *compiler, const struct sources_before *sb)
{
	struct source_conf sc = { .sc_wait = wait,
		.sc_priv = priv,
		.sc_compiler = compiler,
		.sc_shared = &so->so_shared };
	size_t i;

	if (sb == NULL && source_shared_open(&so->so_shared) == -1) {
		priv_setuid_caller();
		log_warn("notices of interfaces");
		return -1;
	}
	for (i = 0; i < so->so_n; i++)
		if (open_one(so, i, &sc, sb) == -1)
			return -1;
	return 0;
}

/* Fills in so_how, and logs each caveat once. */
static int
describe(struct source_set *so, const struct conf_rules *rules)
{
	struct source *s;
	size_t i;

	for (i = 0; i < rules->cs_nrules; i++) {
		s = so->so_list[so->so_of[i]].si_source;
		if ((so->so_how[i] = strdup(s->s_how)) == NULL) {
			log_warn("sources");
			return -1;
		}
		if (s->s_caveat[0] != '\0')
			log_warnx("%s: %s", rules->cs_rules[i].cr_interface,
			    s->s_caveat);
		s->s_caveat[0] = '\0';
	}
	return 0;
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

int
source_set_open(struct source_set *so, const struct conf_rules *rules,
    bool wait, const struct priv *priv, const struct sources_before *sb)
{
	const size_t n = rules->cs_nrules;
	struct filter_compiler *compiler = filter_compiler_open();
	int result = -1;

	so->so_n = 0;
	so->so_shared = (struct source_shared)SOURCE_SHARED_NONE;
	if (sb != NULL)
		so->so_shared = sb->sb_sources->so_shared;
	so->so_list = calloc(n, sizeof(*so->so_list));
	so->so_of = calloc(n, sizeof(*so->so_of));
	so->so_how = (char **)calloc(n + 1, sizeof(*so->so_how));
	if (so->so_list == NULL || so->so_of == NULL || so->so_how == NULL ||
	    compiler == NULL) {
		log_warn("sources");
	} else {
		assign(so, rules, sb);
		size_up(so, rules, sb == NULL);
		priv_setuid_raise();
		result = open_all(so, wait, priv, compiler, sb);
		priv_setuid_caller();
	}
	filter_compiler_close(compiler);
	if (result == 0)
		result = describe(so, rules);
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

static void
free_lists(struct source_set *so)
{
	free(so->so_list);
	free(so->so_of);
	so->so_list = NULL;
	so->so_of = NULL;
	so->so_n = 0;
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

static bool
has_source(const struct source_set *so, const struct source *s)
{
	size_t i = 0;

	while (i < so->so_n && so->so_list[i].si_source != s)
		i++;
	return i < so->so_n;
}

void
source_set_leave(struct source_set *other, const struct source_set *stays)
{
	struct source *s;
	size_t i;

	for (i = 0; i < other->so_n; i++) {
		s = other->so_list[i].si_source;
		if (!has_source(stays, s))
			source_close(s);
	}
	free_lists(other);
	source_set_forget(other);
}
