/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ipc/table_proto.h"
#include "opener/generation.h"
#include "opener/send_table.h"
#include "source/source.h"

int
send_table_begin(struct send_table *st, const struct generation *ge)
{
	const struct conf_diff *cd = &ge->ge_diff;
	size_t i;

	memset(st, 0, sizeof(*st));
	st->st_generation = ge;
	st->st_ntriggers = conf_triggers(ge->ge_rules);
	st->st_old = calloc(st->st_ntriggers, sizeof(*st->st_old));
	if (st->st_old == NULL)
		return -1;
	for (i = 0; i < st->st_ntriggers; i++)
		st->st_old[i] = TABLE_NONE;
	for (i = 0; i < cd->cd_old; i++)
		if (cd->cd_trigger[i] != CONF_DIFF_NONE)
			st->st_old[cd->cd_trigger[i]] = (uint32_t)i;
	return 0;
}

/* Makes the message of a source. */
static void
tell_source(const struct sources_item *si, struct table_message *tm, int *fds)
{
	tm->tm_type = TABLE_SOURCE;
	tm->tm_old = TABLE_NONE;
	if (si->si_from != CONF_DIFF_NONE)
		tm->tm_old = (uint32_t)si->si_from;
	else
		tm->tm_fds =
		    (uint32_t)source_send(si->si_source, &tm->tm_message, fds);
}

/* Makes the message of the next trigger. */
static void
tell_trigger(
    const struct send_table *st, size_t number, struct table_message *tm)
{
	const struct generation *ge = st->st_generation;
	const struct conf_trigger *ct =
	    &ge->ge_rules->cs_rules[st->st_rule].cr_triggers[st->st_trigger];

	tm->tm_type = TABLE_TRIGGER;
	tm->tm_source = (uint32_t)ge->ge_sources.so_of[st->st_rule];
	tm->tm_old = st->st_old[number];
	tm->tm_trigger = (struct table_trigger){ .tt_count = ct->ct_count,
		.tt_time = ct->ct_time,
		.tt_interval = ct->ct_interval,
		.tt_timeout = ct->ct_timeout,
		.tt_kind = ct->ct_kind,
		.tt_policy = ct->ct_policy,
		.tt_bytes = ct->ct_bytes };
}

static void
next_trigger(struct send_table *st)
{
	const struct conf_rules *rules = st->st_generation->ge_rules;

	if (++st->st_trigger < rules->cs_rules[st->st_rule].cr_ntriggers)
		return;
	st->st_trigger = 0;
	st->st_rule++;
}

/* Sends the next message: begin, sources, triggers, commit. */
static int
send_next(struct send_table *st, int sock)
{
	const struct source_set *so = &st->st_generation->ge_sources;
	const size_t first = 1 + so->so_n; /* trigger */
	struct table_message tm = { .tm_type = TABLE_COMMIT };
	int fds[SOURCE_SOCKETS];

	if (st->st_sent == 0) {
		tm.tm_type = TABLE_BEGIN;
		tm.tm_sizes =
		    (struct table_sizes){ so->so_n, st->st_ntriggers };
	} else if (st->st_sent < first) {
		tell_source(&so->so_list[st->st_sent - 1], &tm, fds);
	} else if (st->st_sent < first + st->st_ntriggers) {
		tell_trigger(st, st->st_sent - first, &tm);
	}
	if (table_proto_send(sock, &tm, fds) == -1)
		return -1;
	if (tm.tm_type == TABLE_SOURCE && tm.tm_old == TABLE_NONE)
		source_lend(so->so_list[st->st_sent - 1].si_source);
	if (tm.tm_type == TABLE_TRIGGER)
		next_trigger(st);
	st->st_sent++;
	return 0;
}

enum send_table_result
send_table_go_on(struct send_table *st, int sock)
{
	const size_t all =
	    st->st_generation->ge_sources.so_n + st->st_ntriggers + 2;

	while (st->st_sent < all)
		if (send_next(st, sock) == -1)
			return errno == EAGAIN ? SEND_TABLE_FULL :
						 SEND_TABLE_FAILED;
	return SEND_TABLE_SENT;
}

void
send_table_end(struct send_table *st)
{
	free(st->st_old);
	memset(st, 0, sizeof(*st));
}
