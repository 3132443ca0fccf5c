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
#include "runner/exit_status.h"
#include "runner/orders.h"
#include "runner/run_log.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"
#include "runner/shutdown.h"
#include "runner/watcher_link.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
run_over(struct runner *r, struct job *jb)
{
	int status = jb->jb_process.pc_status;
	bool failed = job_failed(jb);

	if (!failed &&
	    job_over(jb, r->ru_now, r->ru_conf->c_verbose || r->ru_stopping) ==
		-1)
		shutdown_fatal(r, "leash");
	if (job_table_is_left(&r->ru_jobs, jb))
		job_table_let_go(&r->ru_jobs, jb);
	else
		watcher_link_tell(r, failed ? ORDER_FAILED : ORDER_ENDED, jb);
	if (failed || !r->ru_conf->c_single)
		return;
	shutdown_begin(r,
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
	    0);
}

static void
watcher_over(struct runner *r, int status)
{
	char text[EXIT_STATUS_TEXT];

	r->ru_watcher = 0;
	/* Its last words may wait in the socket. */
	orders_read(r);
	if (!r->ru_stopping || r->ru_lost)
		log_warnx("watcher: ended, exit %s%s",
		    exit_status_text(status, text, sizeof(text)),
		    WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ?
			": it tried a system call that it may not make" :
			"");
	shutdown_now(r, 1, GRACE_SHORT);
}

static void
reaped(struct runner *r, pid_t pid, int status)
{
	struct job *jb = job_table_find(&r->ru_jobs, pid);

	/* Children that an exec(2) left to us are reaped as well. */
	if (pid == r->ru_watcher)
		watcher_over(r, status);
	else if (pid == r->ru_control.cl_ends.ce_pid)
		control_link_over(&r->ru_control, status, r->ru_stopping);
	else if (jb != NULL &&
	    process_reaped(&jb->jb_process, status, r->ru_now))
		run_over(r, jb);
}

static void
reap(struct runner *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reaped(r, pid, status);
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
			if (r->ru_conf->c_file != NULL) {
				reload_ask(&r->ru_reload);
				break;
			}
			/* FALLTHROUGH */
		case SIGINT:
		case SIGTERM:
			log_debug("signal %d: ending", sig);
			shutdown_begin(r, 0, GRACE);
			break;
		default:
			watcher_link_ask(r, STATS_USER);
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
		shutdown_fatal(r, "clock");
}

static void
wait_for_events(struct runner *r)
{
	struct pollfd pfd[] = {
		{ .fd = r->ru_ends.oe_orders, .events = POLLIN },
		{ .fd = r->ru_reload.re_sock, .events = POLLIN },
		{ .fd = control_link_fd(&r->ru_control, r->ru_now),
		    .events = control_link_events(&r->ru_control) },
		{ .fd = -1, .events = POLLOUT },
	};
	uint64_t until = job_table_deadline(&r->ru_jobs);
	bool changes = reload_changes(&r->ru_reload);

	orders_flush(r);
	if (r->ru_stopping && r->ru_give_up < until)
		until = r->ru_give_up;
	if (r->ru_full_orders && (!changes || r->ru_leave))
		pfd[0].events |= POLLOUT;
	if (r->ru_full_reports && !changes)
		pfd[3].fd = r->ru_ends.oe_reports;
	if (r->ru_stopping)
		pfd[1].fd = -1;
	/* While one watcher takes over from another nobody could answer. */
	if (!changes && sdnotify_deadline() < until)
		until = sdnotify_deadline();
	if (log_deadline() < until)
		until = log_deadline();
	if (control_link_deadline(&r->ru_control, r->ru_now) < until)
		until = control_link_deadline(&r->ru_control, r->ru_now);
	if (signals_wait(pfd, LEN(pfd), clock_wait(r->ru_now, until)) == -1) {
		shutdown_fatal(r, "poll");
		memset(pfd, 0, sizeof(pfd));
	}
	look_at_clock(r);
	if (log_deadline() <= r->ru_now)
		log_flush();
	if (!changes && sdnotify_ask(r->ru_now))
		watcher_link_ping(r);
	handle_signals(r);
	if (((pfd[0].revents | pfd[3].revents) & POLLOUT) != 0)
		watcher_link_catch_up(r);
	if ((pfd[0].revents & ~POLLOUT) != 0)
		orders_read(r);
	if (pfd[1].revents != 0 && !r->ru_stopping)
		orders_opener(r);
	if (pfd[2].revents != 0 &&
	    control_link_asked(&r->ru_control, r->ru_now) && !r->ru_stopping)
		watcher_link_ask(r, STATS_CONTROL);
	control_link_go_on(&r->ru_control);
}

static int
loop(struct runner *r)
{
	const struct job_table *jt = &r->ru_jobs;
	struct job *jb;

	while (!shutdown_over(r)) {
		if (r->ru_stopping && !job_table_running(&r->ru_jobs))
			shutdown_dismiss(r);
		wait_for_events(r);
		for (jb = jt->jt_list; jb < jt->jt_list + jt->jt_all; jb++) {
			interface_log_tick(
			    &jb->jb_news, jb->jb_rule->cr_interface, r->ru_now);
			if (process_tick(&jb->jb_process, r->ru_now))
				run_over(r, jb);
		}
	}
	return r->ru_exit;
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
		job_table_confine(&r.ru_jobs,
		    r.ru_control.cl_ends.ce_file.ul_path,
		    r.ru_reload.re_sock != -1);
	r.ru_stats.sq_started = r.ru_now;
	/* Some may have come before. */
	handle_signals(&r);
	loop(&r);
	control_link_close(&r.ru_control);
	reload_close(&r.ru_reload);
	job_table_close(&r.ru_jobs);
	log_flush();
	return r.ru_exit;
}
