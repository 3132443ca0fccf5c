#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "dry.h"
#include "log.h"
#include "notify.h"
#include "order.h"
#include "reload.h"
#include "report.h"
#include "runner.h"
#include "signals.h"
#include "tasks.h"
#include "when.h"

/* From SIGTERM to SIGKILL: for the user's wishes, and when all is lost. */
#define GRACE	    (5 * CLOCK_S)
#define GRACE_SHORT (500 * CLOCK_MS)
/* What is still there so long after SIGKILL is left to the kernel. */
#define GIVE_UP (2 * CLOCK_S)

/* Linux takes 20 ms and more to let go of a socket, and a source has some. */
#define RELEASE (250 * CLOCK_MS)

#define ORDERS_AT_ONCE 16

struct runner {
	const struct conf *ru_conf;
	const struct partner *ru_partner;
	struct tasks ru_tasks;
	pid_t ru_watcher;	   /* 0 when it was reaped */
	struct order_ends ru_ends; /* closed when stopping */
	size_t ru_answers;	   /* that we wait for */
	bool ru_asked;		   /* for them, when nobody could answer */
	struct reload ru_reload;
	bool ru_lost; /* the watcher hung up before we knew of a reason */
	bool ru_stopping;
	uint64_t ru_give_up;
	int ru_exit;
	uint64_t ru_now;
};

/* Ends the runs, and then everything; the first reason is what counts. */
static void
end(struct runner *r, int status, uint64_t grace)
{
	if (r->ru_stopping)
		return;
	r->ru_stopping = true;
	notify_stopping();
	r->ru_exit = status;
	r->ru_give_up =
	    r->ru_now + grace + GIVE_UP + r->ru_partner->pa_sources * RELEASE;
	tasks_end(&r->ru_tasks, r->ru_now, grace);
}

/* The same, when nothing that the watcher says matters any more. */
static void
stop(struct runner *r, int status, uint64_t grace)
{
	order_close(&r->ru_ends);
	end(r, status, grace);
}

static void
fatal(struct runner *r, const char *what)
{
	log_warn("%s", what);
	stop(r, 1, GRACE_SHORT);
}

static void
tell(struct runner *r, enum order_type type, struct task *ta)
{
	struct order o;
	int fd =
	    type == ORDER_ENDED ? r->ru_ends.oe_reports : r->ru_ends.oe_orders;

	if (fd == -1)
		return;
	/* One watcher hears of it no more, and by its number none else. */
	if (reload_changes(&r->ru_reload)) {
		ta->ta_untold = type;
		return;
	}
	memset(&o, 0, sizeof(o));
	o.o_type = type;
	o.o_trigger = (uint32_t)(ta - r->ru_tasks.tk_list);
	/* When the watcher is gone, its end says so. */
	if (order_send(fd, &o) == -1 && errno != EPIPE)
		fatal(r, "watcher: send");
}

static void
start(struct runner *r, struct task *ta, const struct order *o)
{
	bool hopeless = false;

	if (r->ru_stopping)
		return;
	if (r->ru_conf->c_dry)
		dry_print(o, when_event(ta->ta_trigger->ct_kind));
	else if (task_start(ta, o, r->ru_now, &hopeless) == 0)
		return;
	else if (hopeless)
		stop(r, 1, GRACE_SHORT);
	else
		tell(r, ORDER_FAILED, ta);
}

/* Nothing is printed once we are stopping. */
static void
flush(struct runner *r)
{
	if (r->ru_conf->c_dry && !r->ru_stopping && dry_flush() == -1)
		fatal(r, "standard output");
}

/* An order that does not fit is no mistake but an attack: it ends us. */
static bool
sane(const struct runner *r, const struct order *o)
{
	if (o->o_trigger >= r->ru_tasks.tk_n)
		return false;
	switch (o->o_type) {
	case ORDER_START:
		return task_may_start(&r->ru_tasks.tk_list[o->o_trigger], o);
	case ORDER_STATS:
		return r->ru_answers > 0;
	case ORDER_READY:
	case ORDER_PING:
	case ORDER_END:
	case ORDER_FATAL:
	case ORDER_GONE:
	case ORDER_BACK:
	case ORDER_OTHER:
		return true;
	case ORDER_DONE:
		return r->ru_conf->c_savefile != NULL &&
		    !tasks_running(&r->ru_tasks);
	default:
		return false;
	}
}

/* Of a question that is not answered yet the answer will do. */
static void
ask(struct runner *r)
{
	r->ru_asked = reload_changes(&r->ru_reload);
	if (r->ru_answers > 0 || r->ru_asked)
		return;
	r->ru_answers = r->ru_tasks.tk_rules->cs_nrules;
	tell(r, ORDER_QUERY, r->ru_tasks.tk_list);
}

/* Another watcher goes on, and is told what it could not be told before. */
static void
change_over(struct runner *r)
{
	struct tasks *tk = &r->ru_tasks;
	struct task *ta;
	enum order_type untold;

	reload_done(&r->ru_reload, tk, r->ru_now, GRACE);
	for (ta = tk->tk_list; ta < tk->tk_list + tk->tk_n; ta++) {
		if ((untold = ta->ta_untold) == 0)
			continue;
		ta->ta_untold = 0;
		tell(r, untold, ta);
	}
	if (r->ru_asked)
		ask(r);
}

static void
ready(const struct runner *r)
{
	char **how = r->ru_partner->pa_how;
	const struct conf_rule *rules = r->ru_conf->c_rules->cs_rules;
	const struct task *ta;

	for (ta = r->ru_tasks.tk_list;
	     ta < r->ru_tasks.tk_list + r->ru_tasks.tk_n; ta++)
		report_ready(
		    ta, how == NULL ? "a savefile" : how[ta->ta_rule - rules]);
}

static void
obey(struct runner *r, const struct order *o)
{
	struct task *ta = &r->ru_tasks.tk_list[o->o_trigger];

	if (!sane(r, o)) {
		log_warnx("watcher: order %u: makes no sense, ending",
		    (unsigned int)o->o_type);
		stop(r, 1, GRACE_SHORT);
		return;
	}
	switch (o->o_type) {
	case ORDER_READY:
		if (reload_changes(&r->ru_reload)) {
			change_over(r);
			break;
		}
		ready(r);
		notify_ready();
		break;
	case ORDER_PING:
		notify_alive();
		break;
	case ORDER_START:
		start(r, ta, o);
		break;
	case ORDER_END:
		run_end(&ta->ta_run, r->ru_now, GRACE);
		break;
	case ORDER_STATS:
		report_stats(
		    ta, r->ru_tasks.tk_list + r->ru_tasks.tk_n, o, r->ru_now);
		r->ru_answers--;
		break;
	case ORDER_FATAL:
		flush(r);
		report_fatal(task_name(ta), o);
		stop(r, 1, GRACE_SHORT);
		break;
	case ORDER_GONE:
		log_info("%s: the interface is gone, waiting for it",
		    ta->ta_rule->cr_interface);
		break;
	case ORDER_BACK:
		log_info(
		    "%s: the interface is back", ta->ta_rule->cr_interface);
		break;
	case ORDER_OTHER:
		log_info("%s: back as another kind of link, for which the "
			 "filter makes no sense: waiting",
		    ta->ta_rule->cr_interface);
		break;
	case ORDER_DONE:
		flush(r);
		stop(r, 0, GRACE_SHORT);
		break;
	}
}

/* So many at a time, so that no flood of orders keeps us from a signal. */
static void
listen_to_watcher(struct runner *r)
{
	struct order_batch ob;
	size_t k;
	int i;

	for (i = 0; i < ORDERS_AT_ONCE && r->ru_ends.oe_orders != -1; i++) {
		switch (order_recv_batch(r->ru_ends.oe_orders, &ob)) {
		case ORDER_NONE:
			return;
		case ORDER_ONE:
			for (k = 0; k < ob.ob_len; k++)
				obey(r, &ob.ob_orders[k]);
			break;
		case ORDER_ERROR:
			fatal(r, "watcher: receive");
			break;
		case ORDER_CLOSED:
			r->ru_lost = !r->ru_stopping;
			stop(r, 1, GRACE_SHORT);
			break;
		}
	}
}

static void
listen_to_keeper(struct runner *r)
{
	struct order o;

	if (!reload_hear(&r->ru_reload, &r->ru_tasks))
		return;
	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_LEAVE;
	if (order_send(r->ru_ends.oe_orders, &o) == -1 && errno != EPIPE)
		fatal(r, "watcher: send");
}

static void
run_over(struct runner *r, struct task *ta)
{
	int status = ta->ta_run.r_status;

	if (task_over(ta, r->ru_now, r->ru_conf->c_verbose || r->ru_stopping) ==
	    -1)
		fatal(r, "leash");
	if (tasks_is_left(&r->ru_tasks, ta))
		tasks_let_go(&r->ru_tasks, ta);
	else
		tell(r, ORDER_ENDED, ta);
	if (!r->ru_conf->c_single)
		return;
	end(r,
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
	    0);
}

static void
watcher_over(struct runner *r, int status)
{
	char text[REPORT_STATUS];

	r->ru_watcher = 0;
	/* Its last words may wait in the socket. */
	listen_to_watcher(r);
	if (!r->ru_stopping || r->ru_lost)
		log_warnx("watcher: ended, exit %s%s",
		    report_status(status, text, sizeof(text)),
		    WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ?
			": it tried a system call that it may not make" :
			"");
	stop(r, 1, GRACE_SHORT);
}

static void
reaped(struct runner *r, pid_t pid, int status)
{
	struct task *ta = tasks_find(&r->ru_tasks, pid);

	/* Children that an exec(2) left to us are reaped as well. */
	if (pid == r->ru_watcher)
		watcher_over(r, status);
	else if (ta != NULL && run_reaped(&ta->ta_run, status, r->ru_now))
		run_over(r, ta);
}

static void
reap(struct runner *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reaped(r, pid, status);
	if (pid == -1 && (r->ru_watcher != 0 || tasks_expect(&r->ru_tasks)))
		fatal(r, "waitpid");
}

static void
handle_signals(struct runner *r)
{
	int sig;

	while ((sig = signals_next()) != 0) {
		switch (sig) {
		case SIGCHLD:
			reap(r);
			break;
		case SIGHUP:
			if (r->ru_conf->c_file != NULL) {
				reload_ask(&r->ru_reload);
				break;
			}
			/* FALLTHROUGH */
		case SIGINT:
		case SIGTERM:
			log_debug("signal %d: ending", sig);
			end(r, 0, GRACE);
			break;
		default:
			ask(r);
			break;
		}
	}
}

/* When even this fails while we are stopping, nothing has time any more. */
static void
look_at_clock(struct runner *r)
{
	uint64_t now = clock_now();

	if (now != CLOCK_NEVER || r->ru_stopping)
		r->ru_now = now;
	if (now == CLOCK_NEVER)
		fatal(r, "clock");
}

static bool
over(const struct runner *r)
{
	if (!r->ru_stopping)
		return false;
	if (!tasks_running(&r->ru_tasks) && r->ru_watcher == 0)
		return true;
	if (r->ru_now < r->ru_give_up)
		return false;
	log_warnx("something does not end, leaving it");
	return true;
}

static void
doze(struct runner *r)
{
	struct pollfd pfd[] = {
		{ .fd = r->ru_ends.oe_orders, .events = POLLIN },
		{ .fd = r->ru_reload.re_sock, .events = POLLIN },
	};
	uint64_t until = tasks_deadline(&r->ru_tasks);

	flush(r);
	if (r->ru_stopping && r->ru_give_up < until)
		until = r->ru_give_up;
	if (r->ru_stopping)
		pfd[1].fd = -1;
	/* While one watcher takes over from another nobody could answer. */
	if (!reload_changes(&r->ru_reload) && notify_deadline() < until)
		until = notify_deadline();
	if (signals_wait(pfd, 2, clock_wait(r->ru_now, until)) == -1) {
		fatal(r, "poll");
		pfd[0].revents = pfd[1].revents = 0;
	}
	look_at_clock(r);
	if (!reload_changes(&r->ru_reload) && notify_ask(r->ru_now))
		tell(r, ORDER_PING, r->ru_tasks.tk_list);
	handle_signals(r);
	if (pfd[0].revents != 0)
		listen_to_watcher(r);
	if (pfd[1].revents != 0 && !r->ru_stopping)
		listen_to_keeper(r);
}

/* Once the watcher alone is left. */
static void
dismiss(struct runner *r)
{
	uint64_t until =
	    r->ru_now + GRACE_SHORT + r->ru_partner->pa_sources * RELEASE;

	if (r->ru_give_up > until)
		r->ru_give_up = until;
	/* It may have to answer yet. */
	if (r->ru_answers == 0)
		order_close(&r->ru_ends);
}

static int
loop(struct runner *r)
{
	struct task *ta;

	while (!over(r)) {
		if (r->ru_stopping && !tasks_running(&r->ru_tasks))
			dismiss(r);
		doze(r);
		for (ta = r->ru_tasks.tk_list;
		     ta < r->ru_tasks.tk_list + r->ru_tasks.tk_all; ta++)
			if (run_tick(&ta->ta_run, r->ru_now))
				run_over(r, ta);
	}
	return r->ru_exit;
}

int
runner(const struct conf *c, const struct partner *partner)
{
	struct runner r;

	memset(&r, 0, sizeof(r));
	r.ru_conf = c;
	r.ru_partner = partner;
	r.ru_watcher = partner->pa_pid;
	r.ru_ends = partner->pa_ends;
	reload_open(&r.ru_reload, partner->pa_keeper, partner->pa_text);
	if ((r.ru_now = clock_now()) == CLOCK_NEVER) {
		log_warn("clock");
		return 1;
	}
	if (tasks_open(&r.ru_tasks, c->c_rules, c->c_dry) == -1)
		stop(&r, 1, GRACE_SHORT);
	else
		tasks_confine(&r.ru_tasks);
	/* Some may have come before. */
	handle_signals(&r);
	loop(&r);
	reload_close(&r.ru_reload);
	tasks_close(&r.ru_tasks);
	return r.ru_exit;
}
