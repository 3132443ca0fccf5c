/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "base/clock.h"
#include "source/source.h"
#include "watcher/rule.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"

void
watcher_poll_due(struct watcher *w, struct counter *co)
{
	if (co->co_due)
		return;
	co->co_due = true;
	co->co_next = NULL;
	*w->w_last = co;
	w->w_last = &co->co_next;
}

void
watcher_poll_all(struct watcher *w)
{
	struct table *tb = &w->w_table;
	size_t i;

	for (i = 0; i < tb->tb_ncounters; i++)
		watcher_poll_due(w, &tb->tb_counters[i]);
}

void
watcher_poll_wake(struct watcher *w, struct counter *co)
{
	if (!co->co_due)
		co->co_wakeups++;
	watcher_poll_due(w, co);
}

/* Polls s_fd of the counter's source, or nothing for -1. */
static void
poll_source(struct table *tb, struct counter *co)
{
	size_t last = tb->tb_npfd - 1;

	if (co->co_source->s_fd != -1) {
		if (co->co_polled == 0) {
			co->co_polled = tb->tb_npfd++;
			tb->tb_polled[co->co_polled] = co;
		}
		tb->tb_pfd[co->co_polled] =
		    (struct pollfd){ .fd = co->co_source->s_fd,
			    .events = POLLIN };
	} else if (co->co_polled != 0) {
		tb->tb_pfd[co->co_polled] = tb->tb_pfd[last];
		tb->tb_polled[co->co_polled] = tb->tb_polled[last];
		tb->tb_polled[co->co_polled]->co_polled = co->co_polled;
		co->co_polled = 0;
		tb->tb_npfd--;
	}
}

/* Changes a flag and the number of those whose flag is true. */
static void
count_flag(bool *flag, bool now, size_t *n)
{
	*n = *n - *flag + now;
	*flag = now;
}

/* Counts the runs of a rule, and those that wait for an end. */
static void
settle_rule(struct table *tb, struct watched_rule *r)
{
	struct watched_trigger *t;
	size_t runs;

	for (t = r->wr_triggers; t < r->wr_triggers + r->wr_ntriggers; t++) {
		runs = rule_runs(t);
		tb->tb_running = tb->tb_running - t->wt_runs + runs;
		t->wt_runs = runs;
		count_flag(&t->wt_waits, trigger_waits(&t->wt_trigger),
		    &tb->tb_waiting);
	}
	if (r->wr_keyed != NULL)
		count_flag(&r->wr_waits, (r->wr_wakes & POLICY_WAKE_END) != 0,
		    &tb->tb_waiting);
}

void
watcher_poll_settle(struct watcher *w, struct counter *co)
{
	struct table *tb = &w->w_table;
	const struct source *s = co->co_source;
	bool rests = w->w_now < s->s_look_at;
	struct place *pl;
	uint64_t when;

	poll_source(tb, co);
	co->co_at = s->s_at;
	for (pl = co->co_places; pl != NULL; pl = pl->pl_next) {
		/* The first of a rule's counters has the deadline. */
		if (pl != pl->pl_rule->wr_places)
			continue;
		when = rule_deadline(pl->pl_rule);
		if (when < co->co_at)
			co->co_at = when;
		settle_rule(tb, pl->pl_rule);
	}
	if (s->s_look_fd == -1)
		co->co_look = rests = false;
	count_flag(&co->co_listens,
	    s->s_look_fd != -1 && !rests && !co->co_look, &tb->tb_listening);
	when = co->co_at;
	if ((rests || co->co_look) && s->s_look_at < when)
		when = s->s_look_at;
	heap_set(&tb->tb_deadlines, &co->co_deadline, when);
}

/* A notice: all sources look at their interfaces, at s_look_at. */
static void
mark_looks(struct watcher *w)
{
	struct table *tb = &w->w_table;
	struct counter *co;

	source_shared_drain(&w->w_shared);
	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++) {
		if (co->co_source->s_look_fd == -1)
			continue;
		co->co_look = true;
		if (w->w_now >= co->co_source->s_look_at)
			watcher_poll_wake(w, co);
		else
			watcher_poll_settle(w, co);
	}
}

/* Serves the counters whose deadlines have come. */
static void
mark_deadlines(struct watcher *w)
{
	struct heap *he = &w->w_table.tb_deadlines;
	struct heap_node *node;
	struct counter *co;

	while ((node = heap_first(he)) != NULL && node->hn_time <= w->w_now) {
		co = (struct counter *)((char *)node -
		    offsetof(struct counter, co_deadline));
		if (co->co_at <= w->w_now || co->co_look) {
			/* settled again once it has been served */
			heap_set(he, node, CLOCK_NEVER);
			watcher_poll_wake(w, co);
		} else {
			watcher_poll_settle(w, co);
		}
	}
}

/* The opener's socket has room: sources that need a device ask for one. */
static void
mark_asks(struct watcher *w)
{
	struct table *tb = &w->w_table;
	struct counter *co;

	w->w_full = false;
	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++)
		if (co->co_source->s_asks)
			watcher_poll_due(w, co);
}

/* Takes the wake-ups of sources that share ss_wake. */
static void
mark_woken(struct watcher *w)
{
	const struct source *s;

	while ((s = source_shared_woken(&w->w_shared)) != NULL)
		watcher_poll_wake(w, s->s_owner);
}

/* Takes the result of an entry. */
static bool
ready(struct pollfd *pfd)
{
	bool result = pfd->revents != 0;

	pfd->revents = 0;
	return result;
}

void
watcher_poll_mark(struct watcher *w)
{
	struct table *tb = &w->w_table;
	size_t i;

	w->w_asked = ready(&tb->tb_pfd[POLL_ORDERS]);
	if ((tb->tb_pfd[POLL_OPENER].revents & POLLOUT) != 0)
		mark_asks(w);
	w->w_told = ready(&tb->tb_pfd[POLL_OPENER]);
	if (ready(&tb->tb_pfd[POLL_WAKE]))
		mark_woken(w);
	for (i = POLL_SOURCES; i < tb->tb_npfd; i++)
		if (ready(&tb->tb_pfd[i]))
			watcher_poll_wake(w, tb->tb_polled[i]);
	if (ready(&tb->tb_pfd[POLL_NOTICE]))
		mark_looks(w);
	mark_deadlines(w);
}

/* Polls `fd`; -1: nothing. */
static void
set_entry(struct pollfd *pfd, int fd, short events)
{
	pfd->fd = fd;
	pfd->events = events;
	pfd->revents = 0;
}

int
watcher_poll(struct watcher *w)
{
	struct table *tb = &w->w_table;
	const struct heap_node *first = heap_first(&tb->tb_deadlines);
	uint64_t until = first == NULL ? CLOCK_NEVER : first->hn_time;
	size_t i;

	/* A sample may have emptied ss_wake. */
	mark_woken(w);
	if (w->w_due != NULL)
		return 0;
	set_entry(&tb->tb_pfd[POLL_ORDERS], w->w_ends.oe_orders, POLLIN);
	set_entry(&tb->tb_pfd[POLL_REPORTS],
	    tb->tb_waiting > 0 ? w->w_ends.oe_reports : -1, POLLIN);
	set_entry(&tb->tb_pfd[POLL_NOTICE],
	    tb->tb_listening > 0 ? w->w_shared.ss_notice : -1, POLLIN);
	set_entry(&tb->tb_pfd[POLL_OPENER], w->w_ends.oe_opener,
	    w->w_full ? POLLIN | POLLOUT : POLLIN);
	set_entry(&tb->tb_pfd[POLL_WAKE], w->w_shared.ss_wake, POLLIN);
	/* Steps of an answer are no wake-ups. */
	if (w->w_keys == NULL)
		w->w_wakeups++;
	else
		until = w->w_now;
	if (poll(tb->tb_pfd, (nfds_t)tb->tb_npfd,
		clock_wait(w->w_now, until)) != -1)
		return 0;
	for (i = 0; i < tb->tb_npfd; i++)
		tb->tb_pfd[i].revents = 0;
	return errno == EINTR || errno == EAGAIN ? 0 : -1;
}
