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
	struct rule    w_rule;
	struct job     w_job;
	uint64_t       w_now;
	uint64_t       w_seen;
	uint64_t       w_events;
	uint64_t       w_wakeups;
	int	       w_order_fd;
	bool	       w_spoken; /* the runner has something to say */
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
	if (order_send(w->w_order_fd, &o) == -1)
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
	return order_send(w->w_order_fd, &o);
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
	return order_send(w->w_order_fd, &o);
}

/* All that the runner has to say: 1, or 0 when it is gone, or -1. */
static int
listen_to_runner(struct watcher *w)
{
	struct order o;
	int result = 0;

	if (!w->w_spoken)
		return 1;
	for (;;) {
		switch (order_recv(w->w_order_fd, &o)) {
		case ORDER_ERROR:
			return -1;
		case ORDER_CLOSED:
			return 0;
		case ORDER_NONE:
			return 1;
		case ORDER_ONE:
			break;
		}
		if (o.o_type == ORDER_ENDED)
			result = step(w, JOB_ENDED, 0);
		else if (o.o_type == ORDER_FAILED)
			result = step(w, JOB_FAILED, 0);
		else if (o.o_type == ORDER_QUERY)
			result = answer(w);
		if (result == -1)
			return -1;
	}
}

/* False when there is something to do at once. */
static int
arm(struct watcher *w)
{
	uint64_t wanted = UINT64_MAX;

	if (job_listens(&w->w_job, w->w_now))
		wanted = rule_next(&w->w_rule);
	return !source_wake_at(w->w_source, wanted, w->w_now);
}

static int
doze(struct watcher *w)
{
	struct pollfd pfd[2];
	uint64_t until;

	until = job_deadline(&w->w_job, w->w_now);
	if (w->w_source->s_at < until)
		until = w->w_source->s_at;
	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = w->w_order_fd;
	pfd[0].events = POLLIN;
	pfd[1].fd = w->w_source->s_fd;
	pfd[1].events = POLLIN;
	if (poll(pfd, 2, clock_wait(w->w_now, until)) == -1) {
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		pfd[0].revents = 0;
	}
	w->w_spoken = pfd[0].revents != 0;
	w->w_wakeups++;
	return 0;
}

static int
loop(struct watcher *w)
{
	for (;;) {
		if ((w->w_now = clock_now()) == CLOCK_NEVER)
			return fatal(w, PLACE_CLOCK);
		if (sample(w) == -1)
			return fatal(w, PLACE_SOURCE);
		switch (listen_to_runner(w)) {
		case -1:
			return fatal(w, PLACE_ORDER);
		case 0:
			return 0;
		}
		if (step(w, JOB_TIME, 0) == -1)
			return fatal(w, PLACE_ORDER);
		if (arm(w) && doze(w) == -1)
			return fatal(w, PLACE_POLL);
	}
}

int
watcher(const struct conf *c, struct source *s, int order_fd)
{
	struct watcher w;
	struct order ready;

	memset(&w, 0, sizeof(w));
	w.w_source = s;
	w.w_order_fd = order_fd;
	rule_init(&w.w_rule, c->c_count);
	job_init(&w.w_job, c->c_policy, c->c_interval, c->c_timeout);
	memset(&ready, 0, sizeof(ready));
	ready.o_type = ORDER_READY;
	if (order_send(order_fd, &ready) == -1)
		return fatal(&w, PLACE_ORDER);
	return loop(&w);
}
