/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "ipc/order.h"
#include "runner/control_link.h"
#include "runner/job_table.h"
#include "runner/run_log.h"
#include "runner/stats_query.h"

bool
stats_query_ask(struct stats_query *st, const struct job_table *jt,
    unsigned int who, bool may)
{
	st->sq_next |= who;
	/*
	 * An answer under way may lack packets that came before this question,
	 * so the asker gets a query later.
	 */
	if (st->sq_next == 0 || st->sq_answers > 0 || !may)
		return false;
	st->sq_asks = st->sq_next;
	st->sq_next = 0;
	st->sq_answers = jt->jt_triggers;
	return true;
}

void
stats_query_unask(struct stats_query *st)
{
	st->sq_next |= st->sq_asks;
	st->sq_answers = 0;
}

bool
stats_query_fit(const struct stats_query *st, const struct job_table *jt,
    const struct order *o)
{
	return st->sq_answers > 0 &&
	    o->o_trigger == jt->jt_triggers - st->sq_answers;
}

static void
log_rules(const struct job_table *jt, uint64_t now)
{
	const struct job *jb, *end = jt->jt_list + jt->jt_n;

	for (jb = jt->jt_list; jb < end; jb++)
		if (jb == jt->jt_list || jb->jb_rule != jb[-1].jb_rule)
			run_log_stats(jb, end, now);
}

unsigned int
stats_query_take(struct stats_query *st, struct job_table *jt,
    struct control_link *cl, const struct order *o, uint64_t now)
{
	jt->jt_first[o->o_trigger]->jb_sums.js_stats = o->o_stats;
	if (--st->sq_answers > 0)
		return 0;
	if ((st->sq_asks & STATS_USER) != 0)
		log_rules(jt, now);
	if ((st->sq_asks & STATS_CONTROL) != 0)
		control_link_begin(cl, jt, now - st->sq_started, now);
	return st->sq_next;
}
