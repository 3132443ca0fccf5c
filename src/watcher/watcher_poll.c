/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "engine/policy.h"
#include "source/source.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"

/* Polls `fd` for reading; -1: nothing. */
static void
poll_read(struct pollfd *pfd, int fd)
{
	pfd->fd = fd;
	pfd->events = POLLIN;
	pfd->revents = 0;
}

/* Returns the entry in which s_look_fd is polled. */
static struct pollfd *
look_slot(const struct watcher *w, const struct source *s)
{
	bool opener = s->s_look_fd == w->w_shared.ss_opener;

	return &w->w_pfd[opener ? POLL_OPENER : POLL_NOTICE];
}

/* Fills the counter's entries; returns its deadline. */
static uint64_t
prepare_counter(
    const struct watcher *w, const struct counter *co, struct pollfd *pfd)
{
	const struct source *s = co->co_source;
	bool rests = w->w_now < s->s_look_at;

	poll_read(pfd, s->s_fd);
	if (s->s_look_fd != -1 && !rests && !co->co_look)
		poll_read(look_slot(w, s), s->s_look_fd);
	return (rests || co->co_look) && s->s_look_at < s->s_at ? s->s_look_at :
								  s->s_at;
}

/*
 * Polls the device opener's socket for its end.  Not needed while a source
 * waits for an answer, since then look_slot polls the socket.
 */
static void
prepare_opener(struct watcher *w)
{
	size_t i;

	if (w->w_shared.ss_opener == -1)
		return;
	for (i = 0; i < w->w_ncounters; i++)
		if (w->w_counters[i].co_source->s_look_fd ==
		    w->w_shared.ss_opener)
			return;
	poll_read(&w->w_pfd[POLL_OPENER], w->w_shared.ss_opener);
}

/* Fills w_pfd; returns the earliest deadline. */
static uint64_t
prepare(struct watcher *w)
{
	const struct watched_trigger *t;
	struct pollfd *pfd = w->w_pfd + POLL_SOURCES;
	uint64_t until = CLOCK_NEVER, when;
	bool await_end = false;
	size_t i;

	for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++) {
		when = trigger_deadline(&t->wt_trigger);
		if (when < until)
			until = when;
		if (policy_wakes(&t->wt_trigger.t_policy) & POLICY_WAKE_END)
			await_end = true;
	}
	poll_read(&w->w_pfd[POLL_NOTICE], -1);
	poll_read(&w->w_pfd[POLL_OPENER], -1);
	for (i = 0; i < w->w_ncounters; i++) {
		when = prepare_counter(w, &w->w_counters[i], &pfd[i]);
		if (when < until)
			until = when;
	}
	prepare_opener(w);
	poll_read(&w->w_pfd[POLL_ORDERS], w->w_ends.oe_orders);
	poll_read(
	    &w->w_pfd[POLL_REPORTS], await_end ? w->w_ends.oe_reports : -1);
	return until;
}

void
watcher_poll_mark(struct watcher *w)
{
	const struct pollfd *pfd = w->w_pfd + POLL_SOURCES;
	const struct source *s;
	struct watched_trigger *t;
	struct counter *co;

	w->w_asked = w->w_pfd[POLL_ORDERS].revents != 0;
	if (w->w_pfd[POLL_NOTICE].revents != 0)
		source_shared_drain(&w->w_shared);
	for (co = w->w_counters; co < w->w_counters + w->w_ncounters; co++) {
		s = co->co_source;
		if (s->s_look_fd != -1 && look_slot(w, s)->revents != 0)
			co->co_look = true;
		if (w->w_asked || pfd->revents != 0 || s->s_at <= w->w_now)
			co->co_due = true;
		pfd++;
	}
	for (t = w->w_triggers; t < w->w_triggers + w->w_ntriggers; t++)
		if (trigger_deadline(&t->wt_trigger) <= w->w_now)
			t->wt_counter->co_due = true;
}

int
watcher_poll(struct watcher *w)
{
	const nfds_t n = (nfds_t)(POLL_SOURCES + w->w_ncounters);
	uint64_t until = prepare(w);
	nfds_t i;

	w->w_wakeups++;
	if (poll(w->w_pfd, n, clock_wait(w->w_now, until)) != -1)
		return 0;
	for (i = 0; i < n; i++)
		w->w_pfd[i].revents = 0;
	return errno == EINTR || errno == EAGAIN ? 0 : -1;
}
