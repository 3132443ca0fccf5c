#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "conf.h"
#include "job.h"
#include "order.h"
#include "rule.h"
#include "source.h"
#include "watcher.h"

struct watcher {
	struct source *w_source;
	struct rule w_rule;
	struct job w_job;
	uint64_t w_now;
	uint64_t w_seen;
	uint64_t w_events;
	uint64_t w_wakeups;
	struct order_ends w_ends;
	bool w_look;  /* the interface may have come or gone */
	bool w_asked; /* the runner has a question, or is gone */
};

/* Returns what main exits with; the runner tells the user. */
static int
fatal(const struct watcher *w, enum order_place place)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FATAL;
	o.o_error = errno;
	o.o_place = place;
	/* When this fails, too, the status says that something was wrong. */
	if (order_send(w->w_ends.oe_orders, &o) == -1)
		return 1;
	return 1;
}

static int
obey(struct watcher *w, enum job_order order)
{
	struct order o;

	if (order == JOB_NOTHING)
		return 0;
	memset(&o, 0, sizeof(o));
	o.o_type = order == JOB_START ? ORDER_START : ORDER_END;
	o.o_events = w->w_job.j_running;
	o.o_count = w->w_job.j_running * w->w_rule.r_every;
	o.o_total = w->w_seen;
	return order_send(w->w_ends.oe_orders, &o);
}

static int
step(struct watcher *w, enum job_input input, uint64_t events)
{
	return obey(w, job_step(&w->w_job, input, events, w->w_now));
}

/* What was counted until now becomes events. */
static int
sample(struct watcher *w)
{
	uint64_t events;

	if (source_sample(w->w_source, w->w_now, &w->w_seen) == -1)
		return -1;
	events = rule_take(&w->w_rule, w->w_seen);
	if (events == 0)
		return 0;
	w->w_events += events;
	return step(w, JOB_EVENTS, events);
}

static int
answer(const struct watcher *w)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_STATS;
	o.o_events = w->w_events;
	o.o_count = w->w_wakeups;
	o.o_total = w->w_seen;
	return order_send(w->w_ends.oe_orders, &o);
}

/* What the runner asks: 1, or 0 when it is gone, or -1. */
static int
hear_questions(struct watcher *w)
{
	struct order o;

	while (w->w_asked) {
		switch (order_recv(w->w_ends.oe_orders, &o)) {
		case ORDER_ERROR:
			return -1;
		case ORDER_CLOSED:
			return 0;
		case ORDER_NONE:
			return 1;
		case ORDER_ONE:
			break;
		}
		if (o.o_type == ORDER_QUERY && answer(w) == -1)
			return -1;
		if (o.o_type == ORDER_FAILED && step(w, JOB_FAILED, 0) == -1)
			return -1;
	}
	return 1;
}

static int
hear_reports(struct watcher *w)
{
	enum order_got got;
	struct order o;

	if (w->w_job.j_state != JOB_RUNNING && w->w_job.j_state != JOB_ENDING)
		return 0;
	if ((got = order_recv(w->w_ends.oe_reports, &o)) == ORDER_ERROR)
		return -1;
	if (got != ORDER_ONE)
		return 0;
	return step(w, JOB_ENDED, 0);
}

/* Events and ends, in the order in which they came. */
static int
advance(struct watcher *w)
{
	/* Who waited for the end has let events pass before it. */
	if (job_hears(&w->w_job, w->w_now) & JOB_HEARS_END) {
		if (sample(w) == -1)
			return PLACE_SOURCE;
		return hear_reports(w) == -1 ? PLACE_ORDER : -1;
	}
	if (hear_reports(w) == -1)
		return PLACE_ORDER;
	return sample(w) == -1 ? PLACE_SOURCE : -1;
}

static int
look(struct watcher *w)
{
	struct order o;
	enum source_change change;

	if (!w->w_look)
		return 0;
	if ((change = source_look(w->w_source, w->w_now)) == SOURCE_ERROR)
		return -1;
	if (change == SOURCE_SAME)
		return 0;
	memset(&o, 0, sizeof(o));
	o.o_type = change == SOURCE_GONE ? ORDER_GONE : ORDER_BACK;
	return order_send(w->w_ends.oe_orders, &o);
}

/* False when there is something to do at once. */
static bool
arm(struct watcher *w)
{
	uint64_t wanted = UINT64_MAX;

	if (job_hears(&w->w_job, w->w_now) & JOB_HEARS_EVENTS)
		wanted = rule_next(&w->w_rule);
	return !source_wake_at(w->w_source, wanted, w->w_now);
}

static int
doze(struct watcher *w)
{
	const struct source *s = w->w_source;
	struct pollfd pfd[4];
	uint64_t until;

	until = job_deadline(&w->w_job, w->w_now);
	if (s->s_at < until)
		until = s->s_at;
	if (w->w_now < s->s_look_at && s->s_look_at < until)
		until = s->s_look_at;
	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = w->w_ends.oe_orders;
	pfd[0].events = POLLIN;
	pfd[1].fd = s->s_fd;
	pfd[1].events = POLLIN;
	pfd[2].fd = -1;
	if (job_hears(&w->w_job, w->w_now) & JOB_HEARS_END)
		pfd[2].fd = w->w_ends.oe_reports;
	pfd[2].events = POLLIN;
	pfd[3].fd = w->w_now < s->s_look_at ? -1 : s->s_look_fd;
	pfd[3].events = POLLIN;
	if (poll(pfd, 4, clock_wait(w->w_now, until)) == -1) {
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		pfd[0].revents = 0;
		pfd[3].revents = 0;
	}
	w->w_look = pfd[3].revents != 0;
	w->w_asked = pfd[0].revents != 0;
	w->w_wakeups++;
	return 0;
}

static int
loop(struct watcher *w)
{
	int place;

	for (;;) {
		if ((w->w_now = clock_now()) == CLOCK_NEVER)
			return fatal(w, PLACE_CLOCK);
		if (look(w) == -1)
			return fatal(w, PLACE_LOOK);
		if ((place = advance(w)) != -1)
			return fatal(w, (enum order_place)place);
		if (step(w, JOB_TIME, 0) == -1)
			return fatal(w, PLACE_ORDER);
		switch (hear_questions(w)) {
		case -1:
			return fatal(w, PLACE_ORDER);
		case 0:
			return 0;
		}
		if (arm(w) && doze(w) == -1)
			return fatal(w, PLACE_POLL);
	}
}

int
watcher(const struct conf *c, struct source *s, const struct order_ends *ends)
{
	struct watcher w;
	struct order ready;

	memset(&w, 0, sizeof(w));
	w.w_source = s;
	w.w_ends = *ends;
	rule_init(&w.w_rule, c->c_count);
	job_init(&w.w_job, c->c_policy, c->c_interval, c->c_timeout);
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	if (order_send(ends->oe_orders, &ready) == -1)
		return fatal(&w, PLACE_ORDER);
	return loop(&w);
}
