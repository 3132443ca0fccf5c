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
	if (si->si_from != CONF_DIFF_NONE)
		tm->tm_old = (uint32_t)si->si_from;
	else
		tm->tm_fds =
		    (uint32_t)source_send(si->si_source, &tm->tm_message, fds);
}

/* Makes the message of the next trigger. */
static void
tell_trigger(const struct send_table *st, struct table_message *tm)
{
	const struct conf_rules *rules = st->st_generation->ge_rules;
	const struct conf_trigger *ct =
	    &rules->cs_rules[st->st_rule].cr_triggers[st->st_index];

	tm->tm_type = TABLE_TRIGGER;
	tm->tm_old = st->st_old[st->st_trigger];
	tm->tm_trigger = (struct table_trigger){ .tt_count = ct->ct_count,
		.tt_time = ct->ct_time,
		.tt_interval = ct->ct_interval,
		.tt_timeout = ct->ct_timeout,
		.tt_retry = ct->ct_retry,
		.tt_kind = ct->ct_kind,
		.tt_policy = ct->ct_policy,
		.tt_bytes = ct->ct_bytes,
		.tt_keys = ct->ct_keys,
		.tt_runs = ct->ct_runs };
	memcpy(tm->tm_trigger.tt_by, &ct->ct_by, sizeof(ct->ct_by));
}

/* Makes the message of the next place of the rule. */
static void
tell_place(const struct send_table *st, struct table_message *tm)
{
	const struct source_set *so = &st->st_generation->ge_sources;
	size_t place = so->so_first[st->st_rule] + st->st_place;

	tm->tm_type = st->st_place == 0 ? TABLE_RULE : TABLE_PLACE;
	tm->tm_source = (uint32_t)so->so_of[place];
}

static void
tell_sizes(const struct send_table *st, struct table_message *tm)
{
	const struct source_set *so = &st->st_generation->ge_sources;
	const size_t rules = st->st_generation->ge_rules->cs_nrules;

	tm->tm_type = TABLE_BEGIN;
	tm->tm_sizes = (struct table_sizes){ .ts_sources = so->so_n,
		.ts_rules = rules,
		.ts_places = so->so_first[rules],
		.ts_triggers = st->st_ntriggers };
}

/* Goes on to what follows a message. */
static void
advance(struct send_table *st, uint32_t sent)
{
	const struct conf_rule *rule =
	    &st->st_generation->ge_rules->cs_rules[st->st_rule];

	st->st_begun = true;
	if (sent == TABLE_SOURCE) {
		st->st_source++;
	} else if (sent == TABLE_RULE || sent == TABLE_PLACE) {
		st->st_place++;
	} else if (sent == TABLE_TRIGGER) {
		st->st_trigger++;
		if (++st->st_index < rule->cr_ntriggers)
			return;
		st->st_rule++;
		st->st_place = st->st_index = 0;
	}
}

/* Sends the next message.  Returns its type, or -1 and errno. */
static int
send_next(struct send_table *st, int sock)
{
	const struct source_set *so = &st->st_generation->ge_sources;
	const struct conf_rules *rules = st->st_generation->ge_rules;
	struct table_message tm = { .tm_type = TABLE_COMMIT,
		.tm_old = TABLE_NONE };
	int fds[SOURCE_SOCKETS];

	if (!st->st_begun)
		tell_sizes(st, &tm);
	else if (st->st_source < so->so_n)
		tell_source(&so->so_list[st->st_source], &tm, fds);
	else if (st->st_rule < rules->cs_nrules &&
	    so->so_first[st->st_rule] + st->st_place <
		so->so_first[st->st_rule + 1])
		tell_place(st, &tm);
	else if (st->st_rule < rules->cs_nrules)
		tell_trigger(st, &tm);
	if (table_proto_send(sock, &tm, fds) == -1)
		return -1;
	if (tm.tm_type == TABLE_SOURCE && tm.tm_old == TABLE_NONE)
		source_lend(so->so_list[st->st_source].si_source);
	advance(st, tm.tm_type);
	return (int)tm.tm_type;
}

enum send_table_result
send_table_go_on(struct send_table *st, int sock)
{
	int sent;

	do {
		sent = send_next(st, sock);
	} while (sent != -1 && sent != TABLE_COMMIT);
	if (sent == TABLE_COMMIT)
		return SEND_TABLE_SENT;
	return errno == EAGAIN ? SEND_TABLE_FULL : SEND_TABLE_FAILED;
}

void
send_table_end(struct send_table *st)
{
	free(st->st_old);
	memset(st, 0, sizeof(*st));
}
