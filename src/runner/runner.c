/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "runner/events.h"
#include "runner/exit_status.h"
#include "runner/orders.h"
#include "runner/run_log.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"
#include "runner/shutdown.h"
#include "runner/stream.h"
#include "runner/watcher_link.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Entries of the poll. */
enum poll_slot {
	POLL_ORDERS,  /* watcher: orders; POLLOUT: a message waits for room */
	POLL_REPORTS, /* watcher: POLLOUT: a report waits for room */
	POLL_OPENER,  /* opener: steps of a reload */
	POLL_CONTROL, /* control process: requests and the reply */
	POLL_STREAM,  /* standard output: room for lines, end of the reader */
	POLL_SLOTS
};

/* Returns the report of a run that has ended; failed: the run was none. */
static enum order_type
report_of(bool failed, int status)
{
	if (failed)
		return ORDER_FAILED;
	return status == 0 ? ORDER_ENDED : ORDER_BROKE;
}

/* A run has ended: logs it and reports it to the watcher. */
static void
run_ended(struct runner *r, struct job *jb)
{
	int status = jb->jb_process.pc_status;
	bool failed = job_failed(jb);

	if (!failed && job_late(jb))
		events_print(r, jb, &jb->jb_start);
	if (!failed &&
	    job_over(jb, r->ru_now, r->ru_conf->c_verbose || r->ru_stopping) ==
		-1)
		shutdown_fatal(r, "parent-death signal");
	job_table_ended(&r->ru_jobs, jb);
	if (job_table_is_removed(&r->ru_jobs, jb)) {
		job_table_leave(&r->ru_jobs, jb);
		orders_start_held(r);
	} else {
		watcher_link_report(r, report_of(failed, status), jb);
	}
	if (failed || !r->ru_conf->c_single)
		return;
	shutdown_begin(r,
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
	    0);
}

/* The watcher has exited: logs an end without a reason, and exits, too. */
static void
watcher_ended(struct runner *r, int status)
{
	char text[EXIT_STATUS_TEXT];

	r->ru_watcher = 0;
	/* The socket may still hold its reason, ORDER_FATAL. */
	orders_read(r);
	if (!r->ru_stopping || r->ru_lost)
		log_warnx("watcher: ended, exit %s%s",
		    exit_status_text(status, text, sizeof(text)),
		    WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ?
			": forbidden system call; a bug or an attack" :
			"");
	shutdown_now(r, 1, GRACE_SHORT);
}

static void
child_reaped(struct runner *r, pid_t pid, int status)
{
	struct job *jb = job_table_find(&r->ru_jobs, pid);

	worker_reaped(&r->ru_reload.re_lookup, pid);
	/* A child that started before an exec(2) into bpfstatsd is neither. */
	if (pid == r->ru_watcher)
		watcher_ended(r, status);
	else if (pid == r->ru_control.cl_ends.ce_pid)
		control_link_over(&r->ru_control, status, r->ru_stopping);
	else if (jb != NULL &&
	    process_reaped(&jb->jb_process, status, r->ru_now))
		run_ended(r, jb);
}

static void
reap(struct runner *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_reaped(r, pid, status);
	if (pid == -1 && (r->ru_watcher != 0 || job_table_expect(&r->ru_jobs)))
		shutdown_fatal(r, "waitpid");
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
			if (r->ru_conf->c_file != NULL &&
			    r->ru_conf->c_savefile == NULL) {
				reload_ask(&r->ru_reload);
				break;
			}
			/* FALLTHROUGH */
		case SIGINT:
		case SIGTERM:
			log_debug("signal %d: exiting", sig);
			shutdown_begin(r, 0, GRACE);
			break;
		default:
			watcher_link_ask(r, STATS_USER);
			break;
		}
	}
}

/*
 * Reads the clock.  If the clock fails during the shutdown, the time becomes
 * CLOCK_NEVER, and every deadline has passed.
 */
static void
update_clock(struct runner *r)
{
	uint64_t now = clock_now();

	if (now != CLOCK_NEVER || r->ru_stopping)
		r->ru_now = now;
	if (now == CLOCK_NEVER)
		shutdown_fatal(r, "clock");
}

/* Fills the pollfds; a slot that is not polled now has descriptor -1. */
static void
fill_slots(const struct runner *r, struct pollfd pfd[POLL_SLOTS])
{
	bool changes = reload_changes(&r->ru_reload);

	pfd[POLL_ORDERS].fd = events_room(r) ? r->ru_ends.oe_orders : -1;
	pfd[POLL_ORDERS].events = POLLIN;
	if (r->ru_full_orders && !changes)
		pfd[POLL_ORDERS].events |= POLLOUT;
	pfd[POLL_REPORTS].fd =
	    r->ru_full_reports && !changes ? r->ru_ends.oe_reports : -1;
	pfd[POLL_REPORTS].events = POLLOUT;
	pfd[POLL_OPENER].fd = r->ru_stopping ? -1 : reload_fd(&r->ru_reload);
	pfd[POLL_OPENER].events = POLLIN;
	pfd[POLL_CONTROL].fd = control_link_fd(&r->ru_control, r->ru_now);
	pfd[POLL_CONTROL].events = control_link_events(&r->ru_control);
	stream_poll(&pfd[POLL_STREAM], r->ru_now);
}

static uint64_t
next_deadline(const struct runner *r)
{
	const uint64_t deadlines[] = {
		job_table_deadline(&r->ru_jobs),
		r->ru_stopping ? CLOCK_NEVER : reload_deadline(&r->ru_reload),
		shutdown_deadline(r),
		log_deadline(),
		control_link_deadline(&r->ru_control, r->ru_now),
		stream_deadline(r->ru_now),
		/* The watcher is sent nothing then. */
		reload_changes(&r->ru_reload) ? CLOCK_NEVER :
						sdnotify_deadline(),
		reload_changes(&r->ru_reload) || r->ru_full_orders ?
		    CLOCK_NEVER :
		    keys_query_deadline(&r->ru_keys),
	};
	uint64_t until = CLOCK_NEVER;
	size_t i;

	for (i = 0; i < LEN(deadlines); i++)
		if (deadlines[i] < until)
			until = deadlines[i];
	return until;
}

/* Does what is due now, except for the jobs, see serve_jobs(). */
static void
serve_timers(struct runner *r)
{
	if (log_deadline() <= r->ru_now)
		log_flush();
	if (!reload_changes(&r->ru_reload) && sdnotify_ask(r->ru_now))
		watcher_link_ping(r);
}

static void
serve_watcher(struct runner *r, short orders, short reports)
{
	if (((orders | reports) & POLLOUT) != 0)
		watcher_link_catch_up(r);
	if ((orders & ~POLLOUT) != 0)
		orders_read(r);
}

static void
serve_opener(struct runner *r, short events)
{
	if ((events != 0 || reload_deadline(&r->ru_reload) <= r->ru_now) &&
	    !r->ru_stopping)
		orders_opener(r);
}

static void
serve_control(struct runner *r, short events)
{
	unsigned int asked =
	    events != 0 ? control_link_asked(&r->ru_control, r->ru_now) : 0;

	if (r->ru_stopping)
		asked = 0;
	if ((asked & 1U << STATS_TRIGGERS) != 0)
		watcher_link_ask(r, STATS_CONTROL);
	if ((asked & 1U << STATS_KEYS) != 0)
		keys_query_want(&r->ru_keys);
	watcher_link_ask_keys(r);
	control_link_go_on(&r->ru_control);
}

static void
wait_for_events(struct runner *r)
{
	struct pollfd pfd[POLL_SLOTS];

	memset(pfd, 0, sizeof(pfd));
	fill_slots(r, pfd);
	if (signals_wait(pfd, POLL_SLOTS,
		clock_wait(r->ru_now, next_deadline(r))) == -1) {
		shutdown_fatal(r, "poll");
		memset(pfd, 0, sizeof(pfd));
	}
	update_clock(r);
	serve_timers(r);
	handle_signals(r);
	serve_watcher(r, pfd[POLL_ORDERS].revents, pfd[POLL_REPORTS].revents);
	serve_opener(r, pfd[POLL_OPENER].revents);
	serve_control(r, pfd[POLL_CONTROL].revents);
	events_polled(r, pfd[POLL_STREAM].revents);
}

/* Does what is due now of the jobs. */
static void
serve_jobs(struct runner *r)
{
	struct job_table *jt = &r->ru_jobs;
	struct job *jb;
	size_t i;

	job_table_tidy(jt);
	for (i = 0; i < jt->jt_ntimed; i++) {
		jb = jt->jt_timed[i];
		interface_log_tick(&jb->jb_interface_log,
		    jb->jb_rule->cr_interfaces, r->ru_now);
		if (process_tick(&jb->jb_process, r->ru_now))
			run_ended(r, jb);
	}
}

/* Serves events until the end of the shutdown.  Returns the exit status. */
static int
event_loop(struct runner *r)
{
	for (;;) {
		events_flush(r);
		if (shutdown_step(r))
			return r->ru_exit;
		wait_for_events(r);
		serve_jobs(r);
	}
}

int
runner_run(const struct conf *c, const struct partner *partner)
{
	struct runner r;

	memset(&r, 0, sizeof(r));
	r.ru_conf = c;
	r.ru_partner = partner;
	r.ru_watcher = partner->pa_pid;
	r.ru_ends = partner->pa_ends;
	r.ru_control.cl_ends = partner->pa_control;
	reload_open(&r.ru_reload, partner->pa_opener, partner->pa_text,
	    partner->pa_sources);
	if ((r.ru_now = clock_now()) == CLOCK_NEVER) {
		log_warn("clock");
		return 1;
	}
	if (job_table_open(&r.ru_jobs, c->c_rules, c->c_dry) == -1)
		shutdown_now(&r, 1, GRACE_SHORT);
	else
		job_table_confine(&r.ru_jobs, r.ru_control.cl_ends.ce_files,
		    STATS_REPLIES, r.ru_reload.re_sock != -1);
	r.ru_stats.sq_started = r.ru_now;
	events_open(&r);
	/* Signals that came before the first wait. */
	handle_signals(&r);
	event_loop(&r);
	control_link_close(&r.ru_control);
	keys_query_close(&r.ru_keys);
	reload_close(&r.ru_reload);
	job_table_close(&r.ru_jobs);
	log_flush();
	return r.ru_exit;
}
