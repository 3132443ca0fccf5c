#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "engine/condition.h"
#include "engine/policy.h"
#include "filter/filter.h"
#include "ipc/order.h"
#include "ipc/savefile_proto.h"
#include "source/source.h"
#include "watcher/replay.h"
#include "watcher/savefile.h"
#include "watcher/trigger.h"

struct replay {
	const struct conf *rp_conf;
	struct trigger *rp_triggers;
	size_t rp_n;
	struct order_ends rp_ends;
	struct savefile rp_file;
	struct source_count rp_count;
	bool rp_timed; /* time alone may bring something due */
	bool rp_begun;
	uint64_t rp_first; /* ns since 1970: when time begins */
	uint64_t rp_now;   /* ns since then, never back */
	uint64_t rp_wakeups;
	struct order_batch rp_batch; /* runs that are only printed */
	bool rp_done;		     /* no run shall follow */
	bool rp_gone; /* the runner is, or nothing can be said to it */
};

/* What a run has come to, in real time. */
enum outcome {
	OUTCOME_NONE,
	OUTCOME_ENDED,
	OUTCOME_FAILED /* it was not even started */
};

static bool
over(const struct replay *rp)
{
	return rp->rp_gone || rp->rp_done;
}

static void
flush(struct replay *rp)
{
	if (rp->rp_batch.ob_len != 0 &&
	    order_send_batch(rp->rp_ends.oe_orders, &rp->rp_batch) == -1)
		rp->rp_gone = true;
}

/* Runs that are only printed may wait for more of them: a file has many. */
static void
tell(struct replay *rp, const struct order *o)
{
	rp->rp_batch.ob_orders[rp->rp_batch.ob_len++] = *o;
	if (o->o_type != ORDER_START || !rp->rp_conf->c_dry ||
	    rp->rp_batch.ob_len == ORDER_BATCH)
		flush(rp);
}

static void
answer(struct replay *rp)
{
	struct order o;
	size_t i;

	for (i = 0; i < rp->rp_n; i++) {
		memset(&o, 0, sizeof(o));
		o.o_type = ORDER_STATS;
		o.o_trigger = (uint32_t)i;
		o.o_stats.ot_events = rp->rp_triggers[i].t_events;
		o.o_stats.ot_wakeups = rp->rp_wakeups;
		o.o_stats.ot_packets = rp->rp_count.sc_packets;
		o.o_stats.ot_bytes = rp->rp_count.sc_bytes;
		tell(rp, &o);
	}
}

/* What the runner says by itself. */
static enum outcome
hear(struct replay *rp)
{
	struct order o;

	switch (order_recv(rp->rp_ends.oe_orders, &o)) {
	case ORDER_ONE:
		if (o.o_type == ORDER_FAILED)
			return OUTCOME_FAILED;
		if (o.o_type == ORDER_QUERY)
			answer(rp);
		if (o.o_type == ORDER_PING)
			tell(rp, &o);
		break;
	case ORDER_NONE:
		break;
	default:
		rp->rp_gone = true;
		break;
	}
	return OUTCOME_NONE;
}

/*
 * Sleeps until there is something to read, or the clock says `until`, and
 * hears the runner meanwhile.  Whether it is to be read.
 */
static bool
sleep_until(struct replay *rp, int fd, uint64_t until, enum outcome *said)
{
	struct pollfd pfd[2] = {
		{ .fd = rp->rp_ends.oe_orders, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	flush(rp);
	*said = OUTCOME_NONE;
	if (poll(pfd, 2, clock_wait(clock_now(), until)) == -1) {
		rp->rp_gone = errno != EINTR && errno != EAGAIN;
		return false;
	}
	rp->rp_wakeups++;
	if (pfd[0].revents != 0)
		*said = hear(rp);
	return pfd[1].revents != 0;
}

/* The runner has yet to read what was said; when it has, it hangs up. */
static void
leave(struct replay *rp)
{
	enum outcome said;

	while (!rp->rp_gone)
		sleep_until(rp, -1, CLOCK_NEVER, &said);
}

static int
fatal(struct replay *rp, enum order_place place, int error)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FATAL;
	o.o_fatal.of_error = error;
	o.o_fatal.of_place = place;
	tell(rp, &o);
	leave(rp);
	return 1;
}

/* For the savefile, which may be a pipe. */
static bool
wait_for_file(void *arg)
{
	struct replay *rp = arg;
	enum outcome said;

	while (!rp->rp_gone)
		if (sleep_until(rp, rp->rp_file.sf_fd, CLOCK_NEVER, &said))
			return !rp->rp_gone;
	return false;
}

static void
order(struct replay *rp, struct order *o)
{
	o->o_start.os_time = rp->rp_now > UINT64_MAX - rp->rp_first ?
	    UINT64_MAX :
	    rp->rp_first + rp->rp_now;
	tell(rp, o);
}

static void
order_end(struct replay *rp, const struct trigger *t)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_END;
	o.o_trigger = t->t_number;
	tell(rp, &o);
}

/* Until the run is over; it is ended when it takes longer than it may. */
static enum outcome
await(struct replay *rp, const struct trigger *t)
{
	const struct conf_rule *rule = rp->rp_conf->c_rules->cs_rules;
	uint64_t timeout = rule->cr_triggers[t->t_number].ct_timeout;
	uint64_t until = timeout == 0 ? CLOCK_NEVER : clock_now() + timeout;
	enum outcome said;
	struct order o;

	while (!rp->rp_gone) {
		if (sleep_until(rp, rp->rp_ends.oe_reports, until, &said) &&
		    order_recv(rp->rp_ends.oe_reports, &o) == ORDER_ONE)
			return OUTCOME_ENDED;
		if (said == OUTCOME_FAILED)
			return said;
		if (clock_now() >= until) {
			order_end(rp, t);
			until = CLOCK_NEVER;
		}
	}
	return OUTCOME_NONE;
}

/* The run that is ordered.  What cannot be started is tried again. */
static void
run(struct replay *rp, const struct trigger *t, struct order *o)
{
	uint64_t until, backoff = POLICY_BACKOFF_MIN;
	enum outcome said;

	order(rp, o);
	if (rp->rp_conf->c_dry) {
		/* The first run is the last with -z. */
		rp->rp_done = rp->rp_conf->c_single;
		return;
	}
	while (await(rp, t) == OUTCOME_FAILED) {
		until = clock_now() + backoff;
		while (!rp->rp_gone && clock_now() < until)
			sleep_until(rp, -1, until, &said);
		backoff *= 2;
		if (backoff > POLICY_BACKOFF_MAX)
			backoff = POLICY_BACKOFF_MAX;
		order(rp, o);
	}
}

/* A run is over before time goes on, and others may follow. */
static void
obey(struct replay *rp, struct trigger *t, struct order *o)
{
	do
		run(rp, t, o);
	while (!over(rp) &&
	    trigger_step(t, POLICY_ENDED, &rp->rp_count, rp->rp_now, o));
}

/* What is held back may start now, perhaps. */
static void
release(struct replay *rp, struct trigger *t)
{
	struct order o;

	if (t->t_policy.po_state == POLICY_HELD && !over(rp) &&
	    trigger_step(t, POLICY_TIME, &rp->rp_count, rp->rp_now, &o))
		obey(rp, t, &o);
}

/* The same, after what was counted until now. */
static void
wake(struct replay *rp, struct trigger *t)
{
	struct order o;

	if (trigger_count(t, &rp->rp_count, rp->rp_now, &o))
		obey(rp, t, &o);
	release(rp, t);
}

/*
 * True when a trigger is due before `until`, and the time in *when.  A silence
 * that ends at `until` is due, since the packet comes after it.  At the end of
 * the file, CLOCK_NEVER, only a run that is held back is due.
 */
static bool
due(const struct trigger *t, uint64_t until, uint64_t *when)
{
	uint64_t rule = condition_deadline(&t->t_condition);
	uint64_t job = policy_deadline(&t->t_policy);
	bool held = t->t_policy.po_state == POLICY_HELD;

	if (until == CLOCK_NEVER || (held && job < until && job < rule)) {
		*when = job;
		return held;
	}
	*when = rule;
	return rule <= until;
}

/* What is due before the time `until`, in order. */
static void
advance(struct replay *rp, uint64_t until)
{
	struct trigger *t, *first;
	uint64_t when, earliest = CLOCK_NEVER;

	while (!over(rp)) {
		first = NULL;
		for (t = rp->rp_triggers; t < rp->rp_triggers + rp->rp_n; t++)
			if (due(t, until, &when) &&
			    (first == NULL || when < earliest)) {
				first = t;
				earliest = when;
			}
		if (first == NULL)
			return;
		if (rp->rp_now < earliest)
			rp->rp_now = earliest;
		if (until == CLOCK_NEVER)
			release(rp, first);
		else
			wake(rp, first);
	}
}

static void
count(struct replay *rp, const struct savefile_packet *packet)
{
	struct trigger *t;
	uint64_t now;

	if (!rp->rp_begun)
		rp->rp_first = packet->sp_time;
	rp->rp_begun = true;
	now =
	    packet->sp_time > rp->rp_first ? packet->sp_time - rp->rp_first : 0;
	if (now > rp->rp_now) {
		if (rp->rp_timed)
			advance(rp, now);
		rp->rp_now = now;
	}
	if (!packet->sp_counts)
		return;
	rp->rp_count.sc_packets++;
	rp->rp_count.sc_bytes += packet->sp_bytes;
	rp->rp_count.sc_last = rp->rp_count.sc_woke = rp->rp_now;
	for (t = rp->rp_triggers; t < rp->rp_triggers + rp->rp_n; t++)
		if (!over(rp))
			wake(rp, t);
}

static int
loop(struct replay *rp)
{
	enum savefile_got got;
	struct savefile_packet packet;
	struct order o;

	while (
	    (got = savefile_next(&rp->rp_file, &packet)) == SAVEFILE_PACKET &&
	    !over(rp))
		count(rp, &packet);
	advance(rp, CLOCK_NEVER);
	if (rp->rp_gone)
		return 0;
	if (got == SAVEFILE_ERROR && !rp->rp_done)
		return fatal(rp, rp->rp_file.sf_place, rp->rp_file.sf_error);
	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_DONE;
	tell(rp, &o);
	leave(rp);
	return 0;
}

/* Nothing was counted yet, and time begins with the first packet. */
static int
open_triggers(struct replay *rp, const struct conf_rule *rule)
{
	struct trigger *t;
	uint32_t i;

	rp->rp_triggers = calloc(rule->cr_ntriggers, sizeof(*rp->rp_triggers));
	if (rp->rp_triggers == NULL)
		return -1;
	rp->rp_n = rule->cr_ntriggers;
	rp->rp_count.sc_last = CLOCK_NEVER;
	for (i = 0; i < rp->rp_n; i++) {
		t = &rp->rp_triggers[i];
		trigger_init(t, i, &rule->cr_triggers[i], &rp->rp_count, 0);
		if (rule->cr_triggers[i].ct_kind != CONDITION_EVERY ||
		    rule->cr_triggers[i].ct_interval != 0)
			rp->rp_timed = true;
		/* -T is in real time, and not for the job. */
		t->t_policy.po_timeout = 0;
	}
	return 0;
}

int
replay_run(const struct conf *c, int fd, const struct order_ends *ends)
{
	static struct filter filter;
	static struct replay rp;
	const struct conf_rule *rule = &c->c_rules->cs_rules[0];
	struct savefile *sf = &rp.rp_file;
	struct order ready;

	rp.rp_conf = c;
	rp.rp_ends = *ends;
	if (open_triggers(&rp, rule) == -1)
		return fatal(&rp, PLACE_READ, errno);
	if (savefile_begin(sf, fd, wait_for_file, &rp) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	if (rule->cr_filter != NULL &&
	    (savefile_proto_ask(ends, sf->sf_linktype, sf->sf_swapped, &filter,
		 sizeof(filter)) == -1 ||
		filter.f_len > FILTER_MAX))
		return 1;
	if (savefile_filter(sf, &filter) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	tell(&rp, &ready);
	return loop(&rp);
}
