/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "source/source.h"
#include "source/source_how.h"
#include "source/source_set.h"

/* Logs the caveat of a source once. */
static void
warn_once(const struct sources_item *si)
{
	struct source *s = si->si_source;

	if (s->s_caveat[0] != '\0')
		log_warnx("%s: %s", si->si_name, s->s_caveat);
	s->s_caveat[0] = '\0';
}

/* Returns how the sources of a rule count, or NULL and errno. */
static char *
describe(const struct source_set *so, size_t rule)
{
	const struct source *s;
	char *how = NULL, *more;
	size_t place;

	for (place = so->so_first[rule]; place < so->so_first[rule + 1];
	     place++) {
		if (so->so_tables[place] != NULL)
			continue;
		s = so->so_list[so->so_of[place]].si_source;
		if (asprintf(&more, "%s%s%s", how == NULL ? "" : how,
			how == NULL ? "" : "; ", s->s_how) == -1)
			more = NULL;
		free(how);
		if ((how = more) == NULL)
			break;
	}
	return how;
}

int
source_how_fill(struct source_set *so, size_t rules)
{
	size_t i;

	for (i = 0; i < rules; i++) {
		if ((so->so_how[i] = describe(so, i)) == NULL) {
			log_warn("sources");
			return -1;
		}
	}
	for (i = 0; i < so->so_n; i++)
		warn_once(&so->so_list[i]);
	return 0;
}
