#include "ipc/order.h"
#include "runner/control_link.h"
#include "runner/job_table.h"
#include "runner/run_log.h"
#include "runner/stats_query.h"

bool
stats_ask(struct stats *st, const struct tasks *tk, unsigned int who, bool may)
{
	st->st_next |= who;
	/* What was counted after another's question may be missing there. */
	if (st->st_next == 0 || st->st_answers > 0 || !may)
		return false;
	st->st_asks = st->st_next;
	st->st_next = 0;
	st->st_answers = tk->tk_n;
	return true;
}

void
stats_unask(struct stats *st)
{
	st->st_next |= st->st_asks;
	st->st_answers = 0;
}

bool
stats_fit(const struct stats *st, const struct tasks *tk, const struct order *o)
{
	return st->st_answers > 0 && o->o_trigger == tk->tk_n - st->st_answers;
}

static void
print(const struct tasks *tk, uint64_t now)
{
	const struct task *ta, *end = tk->tk_list + tk->tk_n;

	for (ta = tk->tk_list; ta < end; ta++)
		if (ta == tk->tk_list || ta->ta_rule != ta[-1].ta_rule)
			report_stats(ta, end, now);
}

unsigned int
stats_take(struct stats *st, struct tasks *tk, struct telling *tl,
    const struct order *o, uint64_t now)
{
	tk->tk_list[o->o_trigger].ta_stats = *o;
	if (--st->st_answers > 0)
		return 0;
	if ((st->st_asks & STATS_USER) != 0)
		print(tk, now);
	if ((st->st_asks & STATS_TELLER) != 0)
		telling_begin(tl, tk, now - st->st_started, now);
	return st->st_next;
}
