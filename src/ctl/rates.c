/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/rates.h"
#include "ctl/reply.h"

/* Time span of a bar cell; the bar covers one minute. */
#define CELL_TIME (60 * CLOCK_S / BAR_CELLS)

struct history {
	char *hi_name;		     /* rule, interface and trigger; owned */
	uint64_t hi_count;	     /* packets or bytes in the last reply */
	uint64_t hi_time;	     /* of the last reply, ns; 0: none yet */
	uint64_t hi_cell;	     /* last cell, counted from clock time 0 */
	double hi_counts[BAR_CELLS]; /* by cell; the newest is last */
};

static uint64_t
count_of(const struct row *rw)
{
	return rw->rw_has_bytes ? rw->rw_bytes : rw->rw_packets;
}

static char *
name_of(const struct row *rw)
{
	size_t size = strlen(rw->rw_rule) + strlen(rw->rw_interface) +
	    strlen(rw->rw_trigger) + 3;
	char *name = malloc(size);

	if (name != NULL)
		snprintf(name, size, "%s\t%s\t%s", rw->rw_rule,
		    rw->rw_interface, rw->rw_trigger);
	return name;
}

/*
 * Moves the history of the same name out of old.  Rows rarely change their
 * place, so the search begins at i.
 */
static void
inherit_history(struct rates *old, size_t i, struct history *hi)
{
	char *name = hi->hi_name;
	size_t k;

	for (k = 0; k < old->rs_n; k++, i++) {
		if (i >= old->rs_n)
			i = 0;
		if (old->rs_past[i].hi_name == NULL ||
		    strcmp(old->rs_past[i].hi_name, name) != 0)
			continue;
		*hi = old->rs_past[i];
		old->rs_past[i].hi_name = name;
		/* Two rows may have the same name: take a history only once. */
		free(name);
		old->rs_past[i].hi_name = NULL;
		return;
	}
}

/* Appends empty cells until the last one is the cell of now. */
static void
advance_cells(struct history *hi, uint64_t now)
{
	uint64_t cell = now / CELL_TIME;

	for (; hi->hi_cell < cell; hi->hi_cell++) {
		memmove(hi->hi_counts, hi->hi_counts + 1,
		    (BAR_CELLS - 1) * sizeof(hi->hi_counts[0]));
		hi->hi_counts[BAR_CELLS - 1] = 0;
		if (cell - hi->hi_cell > BAR_CELLS)
			hi->hi_cell = cell - BAR_CELLS;
	}
}

/* Scales the counts to heights; any count above 0 is visible. */
static void
fill_bar(const struct history *hi, struct rate *rt)
{
	double most = 0;
	size_t i;

	for (i = 0; i < BAR_CELLS; i++)
		if (hi->hi_counts[i] > most)
			most = hi->hi_counts[i];
	for (i = 0; i < BAR_CELLS; i++) {
		rt->rt_bar[i] = 0;
		if (hi->hi_counts[i] > 0)
			rt->rt_bar[i] = (unsigned char)(1 +
			    hi->hi_counts[i] / most * (BAR_STEPS - 2) + 0.5);
	}
}

/* Adds the growth of the count; a lower count has restarted at 0. */
static void
add_count(struct history *hi, struct rate *rt, uint64_t count, uint64_t now)
{
	uint64_t more = count >= hi->hi_count ? count - hi->hi_count : count;

	if (hi->hi_time != 0 && now > hi->hi_time) {
		advance_cells(hi, now);
		hi->hi_counts[BAR_CELLS - 1] += (double)more;
		rt->rt_rate = (double)more * (double)CLOCK_S /
		    (double)(now - hi->hi_time);
	}
	hi->hi_cell = now / CELL_TIME;
	hi->hi_count = count;
	hi->hi_time = now;
	fill_bar(hi, rt);
}

int
rates_add(struct rates *rs, const struct reply *re, uint64_t now)
{
	struct rates new = { NULL, NULL, 0 };

	new.rs_list = calloc(re->re_n + 1, sizeof(*new.rs_list));
	new.rs_past = calloc(re->re_n + 1, sizeof(*new.rs_past));
	if (new.rs_list == NULL || new.rs_past == NULL) {
		rates_free(&new);
		return -1;
	}
	for (; new.rs_n < re->re_n; new.rs_n++) {
		if ((new.rs_past[new.rs_n].hi_name =
			    name_of(&re->re_rows[new.rs_n])) == NULL) {
			rates_free(&new);
			return -1;
		}
		inherit_history(rs, new.rs_n, &new.rs_past[new.rs_n]);
		add_count(&new.rs_past[new.rs_n], &new.rs_list[new.rs_n],
		    count_of(&re->re_rows[new.rs_n]), now);
	}
	rates_free(rs);
	*rs = new;
	return 0;
}

void
rates_free(struct rates *rs)
{
	size_t i;

	for (i = 0; i < rs->rs_n; i++)
		free(rs->rs_past[i].hi_name);
	free(rs->rs_past);
	free(rs->rs_list);
	memset(rs, 0, sizeof(*rs));
}
