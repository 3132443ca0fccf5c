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
#include "source/source_assign.h"
#include "source/source_begin.h"
#include "source/source_how.h"
#include "source/source_kind.h"
#include "source/source_set.h"

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
	size_t i, all = 0, n = 0;

	names = (const char **)calloc(so->so_n + 1, sizeof(*names));
	if (names == NULL)
		return so->so_n;
	for (i = 0; i < so->so_n; i++)
		if (so->so_list[i].si_trigger == NULL)
			names[all++] = so->so_list[i].si_name;
	qsort((void *)names, all, sizeof(*names), compare);
	for (i = 0; i < all; i++)
		if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
			n++;
	free((void *)names);
	return n;
}

size_t
source_set_descriptors(const struct conf_rules *rules)
{
	struct source_set so;
	size_t i, n = rules->cs_nrules;

	if (source_assign(&so, rules, NULL) == 0) {
		n = interfaces(&so) * source_descriptors_interface;
		for (i = 0; i < so.so_n; i++)
			n += so.so_list[i].si_trigger == NULL ?
			    source_descriptors :
			    source_descriptors_keys;
	}
	source_assign_end(&so);
	return n;
}

int
source_set_reopen(const struct source_set *so, size_t number, const char *dir,
    const struct priv *priv, struct source_device *sd, char *err, size_t errlen)
{
	struct source_conf sc = { .sc_priv = priv };

	source_begin_conf(so, number, &sc);
	return source_reopen(
	    so->so_list[number].si_source, &sc, dir, sd, err, errlen);
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

/* Leaves out the sources of the set before that this set does not have. */
static void
leave_out(const struct source_set *so, const struct source_set *before)
{
	size_t i;

	for (i = 0; i < before->so_n; i++)
		if (!source_assign_has(so, &before->so_list[i]))
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
	if (source_assign(so, rules, sb) == -1 || so->so_how == NULL ||
	    compiler == NULL) {
		log_warn("sources");
	} else {
		size_up(so, rules, sb == NULL);
		priv_setuid_raise();
		if (sb != NULL)
			leave_out(so, sb->sb_sources);
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
	source_assign_end(so);
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
		if (!source_assign_has(stays, &other->so_list[i]))
			source_close(other->so_list[i].si_source);
	source_assign_end(other);
	source_set_forget(other);
}
