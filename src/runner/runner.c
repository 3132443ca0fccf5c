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
#include "runner/run_log.h"
#include "runner/runner.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"

/* What is still there so long after SIGKILL is left to the kernel. */
#define GIVE_UP (2 * CLOCK_S)

/* Linux takes 20 ms and more to let go of a socket, and a source has some. */
#define RELEASE (250 * CLOCK_MS)

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

void
runner_end(struct runner *r, int status, uint64_t grace)
{
	if (r->ru_stopping)
		return;
	r->ru_stopping = true;
	sdnotify_stopping();
	r->ru_exit = status;
	r->ru_give_up =
	    r->ru_now + grace + GIVE_UP + r->ru_reload.re_sources * RELEASE;
	job_table_end(&r->ru_jobs, r->ru_now, grace);
}

void
runner_stop(struct runner *r, int status, uint64_t grace)
{
	order_close(&r->ru_ends);
	runner_end(r, status, grace);
}

void
runner_fatal(struct runner *r, const char *what)
{
	log_warn("%s", what);
	runner_stop(r, 1, GRACE_SHORT);
}

bool
runner_try(struct runner *r, const struct order *o)
{
	bool reports = o->o_type == ORDER_ENDED;
	int fd = reports ? r->ru_ends.oe_reports : r->ru_ends.oe_orders;
	bool *full = reports ? &r->ru_full_reports : &r->ru_full_orders;

	if (*full)
		return false;
	/* When the watcher is gone, its end says so. */
	if (fd == -1 || order_try(fd, o) == 0 || errno == EPIPE)
		return true;
	if (errno != EAGAIN) {
		runner_fatal(r, "watcher: send");
		return true;
	}
	*full = true;
	return false;
}

void
runner_tell(struct runner *r, enum order_type type, struct job *jb)
{
	const struct order o = { .o_type = type,
		.o_trigger = (uint32_t)(jb - r->ru_jobs.jt_list) };

	/* One watcher hears of it no more, and by its number none else. */
	if (reload_changes(&r->ru_reload) || !runner_try(r, &o))
		jb->jb_untold = type;
}

/* Nobody can answer while one watcher leaves and another one comes. */
void
runner_ask(struct runner *r, unsigned int who)
{
	const struct order o = { .o_type = ORDER_QUERY };

	if (r->ru_ends.oe_orders != -1 &&
	    stats_query_ask(&r->ru_stats, &r->ru_jobs, who,
		!reload_changes(&r->ru_reload)) &&
	    !runner_try(r, &o))
		stats_query_unask(&r->ru_stats);
}

static void
ping(struct runner *r)
{
	const struct order o = { .o_type = ORDER_PING };

	r->ru_ping = !runner_try(r, &o);
}

void
runner_catch_up(struct runner *r)
{
	struct job_table *jt = &r->ru_jobs;
	struct job *jb;
	enum order_type untold;

	r->ru_full_orders = r->ru_full_reports = false;
	if (r->ru_leave)
		orders_leave(r);
	if (reload_changes(&r->ru_reload))
		return;
	if (r->ru_ping)
		ping(r);
	for (jb = jt->jt_list; jb < jt->jt_list + jt->jt_n; jb++) {
		untold = jb->jb_untold;
		jb->jb_untold = 0;
		if (untold != 0)
			runner_tell(r, untold, jb);
	}
	runner_ask(r, 0);
}

static void
run_over(struct runner *r, struct job *jb)
{
	int status = jb->jb_process.pc_status;
	bool failed = job_failed(jb);

	if (!failed &&
	    job_over(jb, r->ru_now, r->ru_conf->c_verbose || r->ru_stopping) ==
		-1)
		runner_fatal(r, "leash");
	if (job_table_is_left(&r->ru_jobs, jb))
		job_table_let_go(&r->ru_jobs, jb);
	else
		runner_tell(r, failed ? ORDER_FAILED : ORDER_ENDED, jb);
	if (failed || !r->ru_conf->c_single)
		return;
	runner_end(r,
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
	runner_stop(r, 1, GRACE_SHORT);
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
		runner_fatal(r, "waitpid");
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
			runner_end(r, 0, GRACE);
			break;
		default:
			runner_ask(r, STATS_USER);
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
		runner_fatal(r, "clock");
}

static bool
over(const struct runner *r)
{
	if (!r->ru_stopping)
		return false;
	if (!job_table_running(&r->ru_jobs) && r->ru_watcher == 0)
		return true;
	if (r->ru_now < r->ru_give_up)
		return false;
	log_warnx("something does not end, leaving it");
	return true;
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
		runner_fatal(r, "poll");
		memset(pfd, 0, sizeof(pfd));
	}
	look_at_clock(r);
	if (log_deadline() <= r->ru_now)
		log_flush();
	if (!changes && sdnotify_ask(r->ru_now))
		ping(r);
	handle_signals(r);
	if (((pfd[0].revents | pfd[3].revents) & POLLOUT) != 0)
		runner_catch_up(r);
	if ((pfd[0].revents & ~POLLOUT) != 0)
		orders_read(r);
	if (pfd[1].revents != 0 && !r->ru_stopping)
		orders_opener(r);
	if (pfd[2].revents != 0 &&
	    control_link_asked(&r->ru_control, r->ru_now) && !r->ru_stopping)
		runner_ask(r, STATS_CONTROL);
	control_link_go_on(&r->ru_control);
}

/* Once the watcher alone is left. */
static void
dismiss(struct runner *r)
{
	uint64_t until =
	    r->ru_now + GRACE_SHORT + r->ru_reload.re_sources * RELEASE;

	if (r->ru_give_up > until)
		r->ru_give_up = until;
	/* It may have to answer yet. */
	if (r->ru_stats.sq_answers == 0)
		order_close(&r->ru_ends);
}

static int
loop(struct runner *r)
{
	struct job *jb;

	while (!over(r)) {
		if (r->ru_stopping && !job_table_running(&r->ru_jobs))
			dismiss(r);
		wait_for_events(r);
		for (jb = r->ru_jobs.jt_list;
		     jb < r->ru_jobs.jt_list + r->ru_jobs.jt_all; jb++) {
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
		runner_stop(&r, 1, GRACE_SHORT);
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
