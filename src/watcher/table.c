/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fdpass.h"
#include "ipc/table_proto.h"
#include "source/source.h"
#include "watcher/table.h"
#include "watcher/watcher_internal.h"

/* Messages read in one turn, so that a long table delays no event. */
#define READS_MAX 64

/* Frees the memory, and closes the sources that the table owns. */
static void
discard(struct table *tb)
{
	size_t i;

	for (i = 0; i < tb->tb_ncounters; i++)
		source_close(tb->tb_counters[i].co_source);
	free(tb->tb_counters);
	free(tb->tb_triggers);
	free((void *)tb->tb_deadlines.he_list);
	free(tb->tb_pfd);
	free((void *)tb->tb_polled);
	memset(tb, 0, sizeof(*tb));
}

int
table_begin(struct watcher *w, size_t sources, size_t triggers)
{
	const size_t polled = POLL_SOURCES + sources;
	struct table *tb = &w->w_next;

	discard(tb);
	w->w_sources = w->w_triggers = 0;
	w->w_refused = 0;
	tb->tb_counters = calloc(sources, sizeof(*tb->tb_counters));
	tb->tb_triggers = calloc(triggers, sizeof(*tb->tb_triggers));
	tb->tb_deadlines.he_list =
	    (struct heap_node **)calloc(sources, sizeof(void *));
	tb->tb_pfd = calloc(polled, sizeof(*tb->tb_pfd));
	tb->tb_polled = (struct counter **)calloc(polled, sizeof(void *));
	tb->tb_npfd = POLL_SOURCES;
	if (tb->tb_counters != NULL && tb->tb_triggers != NULL &&
	    tb->tb_deadlines.he_list != NULL && tb->tb_pfd != NULL &&
	    tb->tb_polled != NULL) {
		tb->tb_ncounters = sources;
		tb->tb_ntriggers = triggers;
		return 0;
	}
	discard(tb);
	errno = ENOMEM;
	return -1;
}

void
table_add_source(struct watcher *w, struct source *s)
{
	struct counter *co = &w->w_next.tb_counters[w->w_sources++];

	co->co_source = s;
	co->co_count.sc_last = CLOCK_NEVER;
	s->s_owner = co;
}

void
table_add_trigger(
    struct watcher *w, const struct conf_trigger *ct, size_t source)
{
	struct watched_trigger *t = &w->w_next.tb_triggers[w->w_triggers++];

	t->wt_conf = *ct;
	t->wt_counter = &w->w_next.tb_counters[source];
}

/* From now on the rest of the table is read and discarded. */
static void
refuse(struct watcher *w, int error)
{
	if (w->w_refused == 0)
		w->w_refused = error;
}

/* Reads TABLE_SOURCE. */
static void
read_source(
    struct watcher *w, const struct table_message *tm, const int *fds, size_t n)
{
	struct source *s;

	if (tm->tm_old != TABLE_NONE) {
		fdpass_close(fds, n);
		if (tm->tm_old < w->w_table.tb_ncounters)
			w->w_next.tb_counters[w->w_sources++].co_from =
			    &w->w_table.tb_counters[tm->tm_old];
		else
			refuse(w, EBADMSG);
	} else if (n < tm->tm_fds) {
		fdpass_close(fds, n);
		refuse(w, EMFILE);
	} else {
		s = source_receive(&tm->tm_message, fds, n, &w->w_shared);
		if (s == NULL)
			refuse(w, errno);
		else
			table_add_source(w, s);
	}
}

/* Reads TABLE_TRIGGER. */
static void
read_trigger(struct watcher *w, const struct table_message *tm)
{
	const struct table_trigger *tt = &tm->tm_trigger;
	const struct conf_trigger ct = { .ct_kind = tt->tt_kind,
		.ct_bytes = tt->tt_bytes != 0,
		.ct_count = tt->tt_count,
		.ct_time = tt->tt_time,
		.ct_policy = tt->tt_policy,
		.ct_interval = tt->tt_interval,
		.ct_timeout = tt->tt_timeout };

	if (tm->tm_source >= w->w_next.tb_ncounters ||
	    (tm->tm_old != TABLE_NONE &&
		tm->tm_old >= w->w_table.tb_ntriggers)) {
		refuse(w, EBADMSG);
		return;
	}
	table_add_trigger(w, &ct, tm->tm_source);
	if (tm->tm_old != TABLE_NONE)
		w->w_next.tb_triggers[w->w_triggers - 1].wt_from =
		    &w->w_table.tb_triggers[tm->tm_old];
}

int
table_answer(const struct watcher *w, unsigned int type, int error)
{
	const struct table_message tm = { .tm_type = type, .tm_error = error };
	struct pollfd pfd = { .fd = w->w_ends.oe_opener, .events = POLLOUT };

	while (table_proto_send(w->w_ends.oe_opener, &tm, NULL) == -1)
		if (errno != EAGAIN ||
		    (poll(&pfd, 1, -1) == -1 && errno != EINTR))
			return -1;
	return 0;
}

/* Reads TABLE_COMMIT.  Returns 0, or -1 and errno. */
static int
read_commit(struct watcher *w)
{
	if (w->w_refused == 0 &&
	    (w->w_sources != w->w_next.tb_ncounters ||
		w->w_triggers != w->w_next.tb_ntriggers))
		w->w_refused = EBADMSG;
	w->w_commit = w->w_refused == 0;
	if (w->w_commit)
		return 0;
	discard(&w->w_next);
	return table_answer(w, TABLE_REFUSED, w->w_refused);
}

/* Reads a part of a table.  Returns 0, or -1 and errno. */
static int
read_part(
    struct watcher *w, const struct table_message *tm, const int *fds, size_t n)
{
	if (tm->tm_type == TABLE_COMMIT)
		return read_commit(w);
	if (tm->tm_type == TABLE_BEGIN) {
		if (table_begin(w, (size_t)tm->tm_sizes.ts_sources,
			(size_t)tm->tm_sizes.ts_triggers) == -1)
			refuse(w, errno);
	} else if (tm->tm_type == TABLE_SOURCE && w->w_refused == 0 &&
	    w->w_sources < w->w_next.tb_ncounters) {
		read_source(w, tm, fds, n);
		return 0;
	} else if (tm->tm_type == TABLE_TRIGGER && w->w_refused == 0 &&
	    w->w_triggers < w->w_next.tb_ntriggers) {
		read_trigger(w, tm);
	} else {
		refuse(w, EBADMSG);
	}
	fdpass_close(fds, n);
	return 0;
}

enum table_got
table_read(struct watcher *w, struct table_message *tm, int *fd)
{
	int fds[FDPASS_MAX];
	size_t n;
	int i;

	for (i = 0; i < READS_MAX && !w->w_commit; i++) {
		if (table_proto_recv(w->w_ends.oe_opener, tm, fds, &n) == -1)
			return errno == EAGAIN ? TABLE_GOT_ALL :
						 TABLE_GOT_ERROR;
		if (tm->tm_type == TABLE_DEVICE ||
		    tm->tm_type == TABLE_WAITING) {
			*fd = n == 1 ? fds[0] : -1;
			if (n == tm->tm_fds && n < 2)
				return TABLE_GOT_DEVICE;
			fdpass_close(fds, n);
			errno = EMFILE;
			return TABLE_GOT_ERROR;
		}
		if (read_part(w, tm, fds, n) == -1)
			return TABLE_GOT_ERROR;
	}
	return TABLE_GOT_ALL;
}

/* Moves a source and its state from the table before. */
static void
move_counter(struct counter *co)
{
	struct counter *from = co->co_from;

	co->co_source = from->co_source;
	from->co_source = NULL;
	co->co_source->s_owner = co;
	co->co_count = from->co_count;
	co->co_wakeups = from->co_wakeups;
	co->co_look = from->co_look;
}

/* Gives an idle trigger a free slot, in which its source counts silences. */
static void
take_slot(struct watched_trigger *t, uint64_t now)
{
	struct counter *co = t->wt_counter;
	size_t slot = 0;

	while (slot < SOURCE_SILENCES && co->co_slots[slot])
		slot++;
	if (slot == SOURCE_SILENCES ||
	    !source_silence(
		co->co_source, slot, t->wt_trigger.t_condition.cn_time, now))
		return;
	co->co_slots[slot] = true;
	t->wt_trigger.t_slot = slot;
}

/* Moves the triggers that the table before has, too, with their slots. */
static void
move_triggers(struct table *tb)
{
	struct watched_trigger *t, *from;

	for (t = tb->tb_triggers; t < tb->tb_triggers + tb->tb_ntriggers; t++) {
		if ((from = t->wt_from) == NULL)
			continue;
		t->wt_trigger = from->wt_trigger;
		t->wt_trigger.t_number = (uint32_t)(t - tb->tb_triggers);
		t->wt_ended = from->wt_ended;
		t->wt_failed = from->wt_failed;
		if (t->wt_trigger.t_slot < SOURCE_SILENCES)
			t->wt_counter->co_slots[t->wt_trigger.t_slot] = true;
	}
}

/* Frees the slots of triggers that have left. */
static void
free_slots(const struct counter *co, uint64_t now)
{
	size_t i;

	for (i = 0; i < SOURCE_SILENCES; i++)
		if (!co->co_slots[i])
			source_silence(co->co_source, i, 0, now);
}

static void
move_counters(struct table *tb, uint64_t now)
{
	struct counter *co;

	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++) {
		if (co->co_from != NULL)
			move_counter(co);
		/* The notice of a change since the opening may have been read.
		 */
		else
			co->co_look = co->co_source->s_look_fd != -1;
	}
	move_triggers(tb);
	for (co = tb->tb_counters; co < tb->tb_counters + tb->tb_ncounters;
	     co++)
		if (co->co_from != NULL)
			free_slots(co, now);
}

/* Starts new triggers, and links the triggers of each counter. */
static void
start_triggers(struct table *tb, uint64_t now)
{
	struct watched_trigger *t = tb->tb_triggers + tb->tb_ntriggers;

	while (t-- > tb->tb_triggers) {
		t->wt_next = t->wt_counter->co_first;
		t->wt_counter->co_first = t;
		tb->tb_running += t->wt_runs = trigger_runs(&t->wt_trigger);
	}
	for (t = tb->tb_triggers; t < tb->tb_triggers + tb->tb_ntriggers; t++) {
		if (t->wt_from != NULL)
			continue;
		trigger_init(&t->wt_trigger, (uint32_t)(t - tb->tb_triggers),
		    &t->wt_conf, &t->wt_counter->co_count, now);
		if (t->wt_conf.ct_kind == CONDITION_IDLE)
			take_slot(t, now);
	}
}

void
table_install(struct watcher *w)
{
	move_counters(&w->w_next, w->w_now);
	start_triggers(&w->w_next, w->w_now);
	discard(&w->w_table);
	w->w_table = w->w_next;
	memset(&w->w_next, 0, sizeof(w->w_next));
	w->w_commit = false;
	w->w_due = NULL;
	w->w_last = &w->w_due;
	watcher_poll_all(w);
}
