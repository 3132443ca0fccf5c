/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/fdpass.h"
#include "conf/conf.h"
#include "ipc/table_proto.h"
#include "source/source.h"
#include "watcher/table.h"
#include "watcher/watcher_internal.h"

_Static_assert(sizeof(struct key_spec) <= TABLE_BY, "a message has room");

/* Messages read in one turn, so that a long table delays no event. */
#define READS_MAX 64

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

/* Reads TABLE_RULE or TABLE_PLACE. */
static void
read_place(struct watcher *w, const struct table_message *tm)
{
	if (tm->tm_source >= w->w_next.tb_ncounters) {
		refuse(w, EBADMSG);
		return;
	}
	if (tm->tm_type == TABLE_RULE)
		table_add_rule(w);
	table_add_place(w, tm->tm_source);
}

/* Reads TABLE_TRIGGER. */
static void
read_trigger(struct watcher *w, const struct table_message *tm)
{
	const struct table_trigger *tt = &tm->tm_trigger;
	struct conf_trigger ct = { .ct_kind = tt->tt_kind,
		.ct_bytes = tt->tt_bytes != 0,
		.ct_count = tt->tt_count,
		.ct_time = tt->tt_time,
		.ct_policy = tt->tt_policy,
		.ct_interval = tt->tt_interval,
		.ct_timeout = tt->tt_timeout,
		.ct_retry = tt->tt_retry,
		.ct_keys = tt->tt_keys,
		.ct_runs = tt->tt_runs };

	memcpy(&ct.ct_by, tt->tt_by, sizeof(ct.ct_by));
	if (tm->tm_old != TABLE_NONE && tm->tm_old >= w->w_table.tb_ntriggers) {
		refuse(w, EBADMSG);
		return;
	}
	table_add_trigger(w, &ct);
	if (tm->tm_old != TABLE_NONE)
		w->w_next.tb_triggers[w->w_triggers - 1].wt_from =
		    &w->w_table.tb_triggers[tm->tm_old];
}

/* Reads TABLE_COMMIT.  Returns 0, or -1 and errno. */
static int
read_commit(struct watcher *w)
{
	if (w->w_refused == 0 &&
	    (w->w_sources != w->w_next.tb_ncounters ||
		w->w_rules != w->w_next.tb_nrules ||
		w->w_places != w->w_next.tb_nplaces ||
		w->w_triggers != w->w_next.tb_ntriggers))
		w->w_refused = EBADMSG;
	if (w->w_refused == 0 && table_complete(w) == -1)
		w->w_refused = errno;
	w->w_commit = w->w_refused == 0;
	if (w->w_commit)
		return 0;
	table_discard(&w->w_next);
	return table_answer(w, TABLE_REFUSED, w->w_refused);
}

/* Returns true if w_next has room for what the message adds. */
static bool
has_room(const struct watcher *w, uint32_t type)
{
	switch (type) {
	case TABLE_SOURCE:
		return w->w_sources < w->w_next.tb_ncounters;
	case TABLE_RULE:
		return w->w_rules < w->w_next.tb_nrules &&
		    w->w_places < w->w_next.tb_nplaces;
	case TABLE_PLACE:
		return w->w_rules > 0 && w->w_places < w->w_next.tb_nplaces;
	case TABLE_TRIGGER:
		return w->w_rules > 0 && w->w_triggers < w->w_next.tb_ntriggers;
	default:
		return false;
	}
}

/* Reads a part of a table.  Returns 0, or -1 and errno. */
static int
read_part(
    struct watcher *w, const struct table_message *tm, const int *fds, size_t n)
{
	if (tm->tm_type == TABLE_COMMIT)
		return read_commit(w);
	if (tm->tm_type == TABLE_BEGIN) {
		if (table_begin(w, &tm->tm_sizes) == -1)
			refuse(w, errno);
	} else if (w->w_refused != 0 || !has_room(w, tm->tm_type)) {
		refuse(w, EBADMSG);
	} else if (tm->tm_type == TABLE_SOURCE) {
		read_source(w, tm, fds, n);
		return 0;
	} else if (tm->tm_type == TABLE_TRIGGER) {
		read_trigger(w, tm);
	} else {
		read_place(w, tm);
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
