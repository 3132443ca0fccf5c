#include "rule.h"

void
rule_init(struct rule *r, uint64_t every)
{
	r->r_every = every;
	r->r_consumed = 0;
}

uint64_t
rule_take(struct rule *r, uint64_t seen)
{
	uint64_t events;

	if (seen < r->r_consumed)
		return 0;
	events = (seen - r->r_consumed) / r->r_every;
	r->r_consumed += events * r->r_every;
	return events;
}

uint64_t
rule_next(const struct rule *r)
{
	if (r->r_every > UINT64_MAX - r->r_consumed)
		return UINT64_MAX;
	return r->r_consumed + r->r_every;
}
