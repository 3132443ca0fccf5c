#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "conf.h"
#include "filter.h"
#include "job.h"
#include "order.h"
#include "replay.h"
#include "rule.h"
#include "savefile.h"

struct replay {
	const struct conf *rp_conf;
	struct order_ends rp_ends;
	struct savefile rp_file;
	struct rule rp_rule;
	struct job rp_job;
	uint64_t rp_first; /* ns since 1970: when time begins */
	uint64_t rp_now;   /* ns since then, never back */
	uint64_t rp_seen;
	uint64_t rp_events;
	uint64_t rp_wakeups;
	bool rp_done; /* no run shall follow */
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
tell(struct replay *rp, struct order *o)
{
	if (order_send(rp->rp_ends.oe_orders, o) == -1)
		rp->rp_gone = true;
}

static void
answer(struct replay *rp)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_STATS;
	o.o_events = rp->rp_events;
	o.o_count = rp->rp_wakeups;
	o.o_total = rp->rp_seen;
	tell(rp, &o);
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
doze(struct replay *rp, int fd, uint64_t until, enum outcome *said)
{
	struct pollfd pfd[2] = {
		{ .fd = rp->rp_ends.oe_orders, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

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
		doze(rp, -1, CLOCK_NEVER, &said);
}

static int
fatal(struct replay *rp, enum order_place place, int error)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FATAL;
	o.o_error = error;
	o.o_place = place;
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
		if (doze(rp, rp->rp_file.sf_fd, CLOCK_NEVER, &said))
			return !rp->rp_gone;
	return false;
}

static void
order(struct replay *rp, enum order_type type)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = type;
	o.o_events = rp->rp_job.j_running;
	o.o_count = rp->rp_job.j_running * rp->rp_rule.r_every;
	o.o_total = rp->rp_seen;
	o.o_time = rp->rp_now > UINT64_MAX - rp->rp_first ?
	    UINT64_MAX :
	    rp->rp_first + rp->rp_now;
	tell(rp, &o);
}

/* Until the run is over; it is ended when it takes longer than it may. */
static enum outcome
await(struct replay *rp)
{
	uint64_t until = CLOCK_NEVER;
	enum outcome said;
	struct order o;

	if (rp->rp_conf->c_timeout != 0)
		until = clock_now() + rp->rp_conf->c_timeout;
	while (!rp->rp_gone) {
		if (doze(rp, rp->rp_ends.oe_reports, until, &said) &&
		    order_recv(rp->rp_ends.oe_reports, &o) == ORDER_ONE)
			return OUTCOME_ENDED;
		if (said == OUTCOME_FAILED)
			return said;
		if (clock_now() >= until) {
			order(rp, ORDER_END);
			until = CLOCK_NEVER;
		}
	}
	return OUTCOME_NONE;
}

/* The run that the job wants.  What cannot be started is tried again. */
static void
run(struct replay *rp)
{
	uint64_t until, backoff = JOB_BACKOFF_MIN;
	enum outcome said;

	order(rp, ORDER_START);
	if (rp->rp_conf->c_dry) {
		/* The first run is the last with -z. */
		rp->rp_done = rp->rp_conf->c_single;
		return;
	}
	while (await(rp) == OUTCOME_FAILED) {
		until = clock_now() + backoff;
		while (!rp->rp_gone && clock_now() < until)
			doze(rp, -1, until, &said);
		backoff *= 2;
		if (backoff > JOB_BACKOFF_MAX)
			backoff = JOB_BACKOFF_MAX;
		order(rp, ORDER_START);
	}
}

/* A run is over before time goes on, and others may follow. */
static void
step(struct replay *rp, enum job_input input, uint64_t events)
{
	enum job_order wanted;

	wanted = job_step(&rp->rp_job, input, events, rp->rp_now);
	while (wanted == JOB_START && !over(rp)) {
		run(rp);
		wanted = job_step(&rp->rp_job, JOB_ENDED, 0, rp->rp_now);
	}
}

/* What -m holds back comes due, as far as that is before the time `until`. */
static void
advance(struct replay *rp, uint64_t until)
{
	uint64_t due;

	while (rp->rp_job.j_state == JOB_HELD && !over(rp)) {
		due = job_deadline(&rp->rp_job, rp->rp_now);
		if (due >= until && until != UINT64_MAX)
			return;
		rp->rp_now = due;
		step(rp, JOB_TIME, 0);
	}
}

static void
count(struct replay *rp, uint64_t time)
{
	uint64_t events, now;

	if (rp->rp_seen == 0)
		rp->rp_first = time;
	now = time > rp->rp_first ? time - rp->rp_first : 0;
	if (now > rp->rp_now) {
		advance(rp, now);
		rp->rp_now = now;
	}
	rp->rp_seen++;
	if ((events = rule_take(&rp->rp_rule, rp->rp_seen)) != 0) {
		rp->rp_events += events;
		step(rp, JOB_EVENTS, events);
	}
	if (rp->rp_job.j_state == JOB_HELD)
		step(rp, JOB_TIME, 0);
}

static int
loop(struct replay *rp)
{
	enum savefile_got got;
	struct order o;
	uint64_t time;

	while ((got = savefile_next(&rp->rp_file, &time)) == SAVEFILE_PACKET &&
	    !over(rp))
		count(rp, time);
	/* Never is the last moment: nothing stays held. */
	advance(rp, UINT64_MAX);
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

int
replay(const struct conf *c, int fd, const struct order_ends *ends)
{
	static struct filter filter;
	static struct replay rp;
	struct savefile *sf = &rp.rp_file;
	struct order ready;
	int linktype;

	rp.rp_conf = c;
	rp.rp_ends = *ends;
	rule_init(&rp.rp_rule, c->c_count);
	/* -T is in real time, and not for the job. */
	job_init(&rp.rp_job, c->c_policy, c->c_interval, 0);
	if ((linktype = savefile_begin(sf, fd, wait_for_file, &rp)) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	if (c->c_filter != NULL && savefile_ask(ends, linktype, &filter) == -1)
		return 1;
	if (savefile_filter(sf, &filter) == -1)
		return fatal(&rp, sf->sf_place, sf->sf_error);
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	tell(&rp, &ready);
	return loop(&rp);
}
