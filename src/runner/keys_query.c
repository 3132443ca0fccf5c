/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "ipc/stats_proto.h"
#include "runner/job_table.h"
#include "runner/keys_query.h"
#include "runner/run_key.h"
#include "runner/stats_text.h"

/* Bytes of an answer, about; further keys are left out. */
#define LONGEST ((size_t)32 << 20)

void
keys_query_want(struct keys_query *kq)
{
	kq->kq_wanted = true;
}

uint64_t
keys_query_deadline(const struct keys_query *kq)
{
	return kq->kq_wanted && !kq->kq_asked ? kq->kq_not_before : CLOCK_NEVER;
}

/* Returns room for a line behind the text, or NULL. */
static char *
room(struct keys_query *kq)
{
	size_t size = kq->kq_size;
	char *more;

	if (kq->kq_text == NULL)
		return NULL;
	if (kq->kq_len + STATS_TEXT_PART > size) {
		size *= 2;
		if ((more = realloc(kq->kq_text, size)) == NULL) {
			keys_query_close(kq);
			return NULL;
		}
		kq->kq_text = more;
		kq->kq_size = size;
	}
	return kq->kq_text + kq->kq_len;
}

/* Begins the text. */
static void
begin_text(struct keys_query *kq)
{
	kq->kq_trigger = kq->kq_n = 0;
	if (kq->kq_text != NULL)
		kq->kq_len = stats_text_head(kq->kq_text, kq->kq_uptime,
		    kq->kq_wakeups, stats_proto_keys, STATS_KEYS_COLUMNS);
}

void
keys_query_begin(
    struct keys_query *kq, uint64_t uptime, uint64_t wakeups, uint64_t now)
{
	kq->kq_wanted = false;
	kq->kq_asked = true;
	kq->kq_asked_at = now;
	kq->kq_uptime = uptime;
	kq->kq_wakeups = wakeups;
	kq->kq_size = 2 * STATS_TEXT_PART;
	kq->kq_text = malloc(kq->kq_size);
	begin_text(kq);
}

void
keys_query_restart(struct keys_query *kq)
{
	if (kq->kq_asked)
		begin_text(kq);
}

/* Adds the lines of the triggers before a number that are not there yet. */
static void
add_triggers(struct keys_query *kq, const struct job_table *jt, size_t end)
{
	const struct job *jb;
	char *line;

	for (; kq->kq_trigger < end; kq->kq_trigger++) {
		jb = jt->jt_first[kq->kq_trigger];
		kq->kq_n = 0;
		if (conf_has_table(jb->jb_trigger) && (line = room(kq)) != NULL)
			kq->kq_len += stats_text_keys(line, jb);
	}
}

bool
keys_query_fits(const struct keys_query *kq, const struct job_table *jt,
    const struct order *o)
{
	const struct conf_trigger *ct;
	struct key key;

	if (!kq->kq_asked || o->o_type == ORDER_KEYS)
		return kq->kq_asked;
	ct = jt->jt_first[o->o_trigger]->jb_trigger;
	memcpy(key.k_bytes, o->o_key.ok_key, sizeof(key.k_bytes));
	return conf_has_table(ct) && key_valid(&ct->ct_by, &key) &&
	    (o->o_trigger >= kq->kq_trigger ||
		(o->o_trigger + 1 == kq->kq_trigger &&
		    kq->kq_n < ORDER_KEYS_MOST));
}

void
keys_query_take(struct keys_query *kq, const struct job_table *jt,
    const struct order *o, uint64_t now)
{
	char *line;

	add_triggers(kq, jt, (size_t)o->o_trigger + 1);
	kq->kq_n++;
	if (kq->kq_len < LONGEST && (line = room(kq)) != NULL)
		kq->kq_len += stats_text_key(
		    line, jt->jt_first[o->o_trigger], &o->o_key, now);
}

char *
keys_query_end(struct keys_query *kq, const struct job_table *jt, size_t *len,
    uint64_t now)
{
	char *line, *text;

	add_triggers(kq, jt, jt->jt_triggers);
	if ((line = room(kq)) != NULL) {
		memcpy(line, STATS_END, sizeof(STATS_END));
		kq->kq_len += strlen(STATS_END);
	}
	text = kq->kq_text;
	*len = kq->kq_len;
	kq->kq_text = NULL;
	kq->kq_asked = false;
	kq->kq_not_before = now + STATS_PACE_KEYS * (now - kq->kq_asked_at);
	return text;
}

void
keys_query_close(struct keys_query *kq)
{
	free(kq->kq_text);
	kq->kq_text = NULL;
}
