/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "priv/priv.h"
#include "source/source.h"
#include "source/source_begin.h"
#include "source/source_keys.h"
#include "source/source_set.h"
#include "source/source_shared.h"

void
source_begin_conf(
    const struct source_set *so, size_t number, struct source_conf *sc)
{
	const struct sources_item *si = &so->so_list[number];

	sc->sc_name = si->si_name;
	sc->sc_filter = si->si_rule->cr_filter;
	sc->sc_direction = si->si_rule->cr_direction;
	sc->sc_bytes = si->si_bytes;
	sc->sc_time = si->si_time;
	sc->sc_refused = si->si_refused;
	sc->sc_nkeys = conf_rule_tables(si->si_rule);
	sc->sc_keys =
	    so->so_tables + si->si_place + si->si_rule->cr_ninterfaces;
}

/* Opens the table of a trigger. */
static struct source *
open_table(struct source_set *so, size_t number, char *error, size_t errlen)
{
	const struct sources_item *si = &so->so_list[number];
	const struct conf_trigger *ct = si->si_trigger;
	const struct source_keys sk = { .sk_spec = ct->ct_by,
		.sk_keys = ct->ct_keys,
		.sk_kind = conf_table_kind(ct),
		.sk_bytes = ct->ct_bytes,
		.sk_count = ct->ct_count,
		.sk_time = ct->ct_time };
	size_t place = si->si_place;

	while (so->so_of[place] != number)
		place++;
	so->so_tables[place] =
	    source_keys_open(&sk, &so->so_shared, error, errlen);
	return so->so_tables[place];
}

/* Opens a source that the set before does not have. */
static int
open_one(struct source_set *so, size_t number, struct source_conf *sc)
{
	struct sources_item *si = &so->so_list[number];
	char error[SOURCE_TEXT];

	if (si->si_source != NULL)
		return 0;
	source_begin_conf(so, number, sc);
	if (si->si_trigger != NULL)
		si->si_source = open_table(so, number, error, sizeof(error));
	else if (si->si_taken)
		snprintf(error, sizeof(error),
		    "%s: byte counts or times cannot be added on reload; "
		    "restart bpfstatsd",
		    sc->sc_name);
	else
		si->si_source = source_open(sc, error, sizeof(error));
	if (si->si_source != NULL)
		return 0;
	priv_setuid_caller();
	if (si->si_trigger != NULL)
		log_warnx("%s: %s", conf_rule_name(si->si_rule), error);
	else
		log_warnx("%s", error);
	return -1;
}

/* Opens the tables, or the other sources.  Returns 0; or -1, having logged. */
static int
open_all(struct source_set *so, bool tables, struct source_conf *sc)
{
	size_t i;

	for (i = 0; i < so->so_n; i++)
		if ((so->so_list[i].si_trigger != NULL) == tables &&
		    open_one(so, i, sc) == -1)
			return -1;
	return 0;
}

/* Returns the number of a new source; so_n: the set before has the source. */
static size_t
find_new(const struct source_set *so, const struct source *s)
{
	size_t i = 0;

	while (i < so->so_n &&
	    (so->so_list[i].si_source != s ||
		so->so_list[i].si_from != CONF_DIFF_NONE))
		i++;
	return i;
}

/* Opens a source again, whose extended filter the kernel has refused. */
static int
open_again(struct source_set *so, size_t number, struct source_conf *sc)
{
	struct sources_item *si = &so->so_list[number];

	si->si_refused = errno;
	source_close(si->si_source);
	si->si_source = NULL;
	return open_one(so, number, sc);
}

/* Logs why the sources do not count; source: the one to blame, or NULL. */
static void
report(const struct source_set *so, const struct source *s)
{
	const char *name = "sources";
	size_t i;

	for (i = 0; i < so->so_n; i++)
		if (so->so_list[i].si_source == s)
			name = so->so_list[i].si_name;
	log_warn("%s: cannot count", name);
}

/* Makes all sources count.  Returns 0; or -1, having logged why. */
static int
start_all(struct source_set *so, struct source_conf *sc)
{
	struct source *which;
	size_t refused;
	int result;

	for (;;) {
		result =
		    source_shared_start(&so->so_shared, sc->sc_wait, &which);
		if (result == 0)
			return 0;
		/* A filter in force was not refused, the kernel is in need. */
		refused = find_new(so, which);
		if (result == -1 || refused == so->so_n)
			break;
		if (open_again(so, refused, sc) == -1)
			return -1;
	}
	priv_setuid_caller();
	report(so, which);
	return -1;
}

int
source_begin(struct source_set *so, bool wait, const struct priv *priv,
    struct filter_compiler *compiler, bool first)
{
	struct source_conf sc = { .sc_wait = wait,
		.sc_priv = priv,
		.sc_compiler = compiler,
		.sc_shared = &so->so_shared };

	if (first && source_shared_open(&so->so_shared) == -1) {
		priv_setuid_caller();
		log_warn("notices of interfaces");
		return -1;
	}
	if (open_all(so, true, &sc) == -1 || open_all(so, false, &sc) == -1)
		return -1;
	return start_all(so, &sc);
}
