#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/client.h"
#include "ctl/rates.h"

/* Of a cell: all of them are the last minute. */
#define CELL_TIME (60 * CLOCK_S / BAR_CELLS)

struct history {
	char *hi_name; /* rule, interface and trigger */
	uint64_t hi_count;
	uint64_t hi_time;
	uint64_t hi_cell; /* that was the last one, since the clock began */
	double hi_counts[BAR_CELLS]; /* the last one at the end */
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

/* Takes its past out of the old ones; mostly it is in the same place. */
static void
inherit(struct rates *old, size_t i, struct history *hi)
{
	char *name = hi->hi_name;
	size_t k;

	for (k = 0; k < old->ts_n; k++, i++) {
		if (i >= old->ts_n)
			i = 0;
		if (old->ts_past[i].hi_name == NULL ||
		    strcmp(old->ts_past[i].hi_name, name) != 0)
			continue;
		*hi = old->ts_past[i];
		old->ts_past[i].hi_name = name;
		/* Only once: two may be called the same. */
		free(name);
		old->ts_past[i].hi_name = NULL;
		return;
	}
}

/* A cell for each part of the minute; those in which nobody looked are 0. */
static void
move_on(struct history *hi, uint64_t now)
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

static void
draw(const struct history *hi, struct rate *tr)
{
	double most = 0;
	size_t i;

	for (i = 0; i < BAR_CELLS; i++)
		if (hi->hi_counts[i] > most)
			most = hi->hi_counts[i];
	for (i = 0; i < BAR_CELLS; i++) {
		tr->tr_bar[i] = 0;
		if (hi->hi_counts[i] > 0)
			tr->tr_bar[i] = (unsigned char)(1 +
			    hi->hi_counts[i] / most * (BAR_STEPS - 2) + 0.5);
	}
}

static void
add(struct history *hi, struct rate *tr, uint64_t count, uint64_t now)
{
	uint64_t more = count >= hi->hi_count ? count - hi->hi_count : count;

	if (hi->hi_time != 0 && now > hi->hi_time) {
		move_on(hi, now);
		hi->hi_counts[BAR_CELLS - 1] += (double)more;
		tr->tr_rate = (double)more * (double)CLOCK_S /
		    (double)(now - hi->hi_time);
	}
	hi->hi_cell = now / CELL_TIME;
	hi->hi_count = count;
	hi->hi_time = now;
	draw(hi, tr);
}

int
rates_add(struct rates *ts, const struct reply *re, uint64_t now)
{
	struct rates new = { NULL, NULL, 0 };

	new.ts_list = calloc(re->re_n + 1, sizeof(*new.ts_list));
	new.ts_past = calloc(re->re_n + 1, sizeof(*new.ts_past));
	if (new.ts_list == NULL || new.ts_past == NULL) {
		rates_free(&new);
		return -1;
	}
	for (; new.ts_n < re->re_n; new.ts_n++) {
		if ((new.ts_past[new.ts_n].hi_name =
			    name_of(&re->re_rows[new.ts_n])) == NULL) {
			rates_free(&new);
			return -1;
		}
		inherit(ts, new.ts_n, &new.ts_past[new.ts_n]);
		add(&new.ts_past[new.ts_n], &new.ts_list[new.ts_n],
		    count_of(&re->re_rows[new.ts_n]), now);
	}
	rates_free(ts);
	*ts = new;
	return 0;
}

void
rates_free(struct rates *ts)
{
	size_t i;

	for (i = 0; i < ts->ts_n; i++)
		free(ts->ts_past[i].hi_name);
	free(ts->ts_past);
	free(ts->ts_list);
	memset(ts, 0, sizeof(*ts));
}
