#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "conf.h"
#include "dry.h"
#include "leash.h"
#include "log.h"
#include "order.h"
#include "report.h"
#include "run.h"
#include "runner.h"
#include "signals.h"

/* From SIGTERM to SIGKILL: for the user's wishes, and when all is lost. */
#define GRACE	    (5 * CLOCK_S)
#define GRACE_SHORT (500 * CLOCK_MS)
/* What is still there so long after SIGKILL is left to the kernel. */
#define GIVE_UP (2 * CLOCK_S)

#define ORDERS_AT_ONCE 16

struct runner {
	const struct conf *ru_conf;
	struct leash ru_leash;
	const char *ru_how;
	struct command ru_command;
	struct run ru_run;
	pid_t ru_watcher;	   /* 0 when it was reaped */
	struct order_ends ru_ends; /* closed when stopping */
	int ru_signal_fd;
	bool ru_queried;
	bool ru_lost; /* the watcher hung up before we knew of a reason */
	bool ru_stopping;
	uint64_t ru_give_up;
	int ru_exit;
	uint64_t ru_now;
	/* For the user. */
	struct report_runs ru_report;
	bool ru_spawn_failed; /* the last start did */
};

/* Ends everything; the first reason is the one that counts. */
static void
stop(struct runner *r, int status, uint64_t grace)
{
	if (!r->ru_stopping) {
		r->ru_stopping = true;
		r->ru_exit = status;
		r->ru_give_up = r->ru_now + grace + GIVE_UP;
	}
	order_close(&r->ru_ends);
	run_end(&r->ru_run, r->ru_now, grace);
}

static void
fatal(struct runner *r, const char *what)
{
	log_warn("%s", what);
	stop(r, 1, GRACE_SHORT);
}

static void
tell(struct runner *r, enum order_type type)
{
	struct order o;
	int fd =
	    type == ORDER_ENDED ? r->ru_ends.oe_reports : r->ru_ends.oe_orders;

	if (fd == -1)
		return;
	memset(&o, 0, sizeof(o));
	o.o_type = type;
	/* When the watcher is gone, its end says so. */
	if (order_send(fd, &o) == -1 && errno != EPIPE)
		fatal(r, "watcher: send");
}

static void
start_failed(struct runner *r)
{
	const char *name = r->ru_conf->c_interface;
	const char *path = r->ru_command.c_path;

	r->ru_report.rr_failures++;
	/* What no waiting can mend. */
	if (errno == ENOEXEC || errno == E2BIG) {
		log_warn("%s: %s: cannot start it", name, path);
		stop(r, 1, GRACE_SHORT);
		return;
	}
	if (!r->ru_spawn_failed)
		log_warn("%s: %s: cannot start it, trying again", name, path);
	r->ru_spawn_failed = true;
	tell(r, ORDER_FAILED);
}

static void
start(struct runner *r, const struct order *o)
{
	const struct occasion oc = { o->o_events, o->o_count, o->o_total };
	const char *name = r->ru_conf->c_interface;
	pid_t pid;

	if (command_spawn(&r->ru_command, &oc, &r->ru_leash, &pid) == -1) {
		start_failed(r);
		return;
	}
	if (r->ru_spawn_failed)
		log_info("%s: %s: started again", name, r->ru_command.c_path);
	r->ru_spawn_failed = false;
	r->ru_report.rr_runs++;
	run_begin(&r->ru_run, pid, r->ru_now);
	log_debug("%s: pid %d started: events %" PRIu64 ", packets %" PRIu64
		  ", total %" PRIu64,
	    name, (int)pid, o->o_events, o->o_count, o->o_total);
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
	bool running = r->ru_run.r_state != RUN_NONE;

	if (o->o_trigger != 0)
		return false;
	switch (o->o_type) {
	case ORDER_START:
		return !running && o->o_events != 0 &&
		    o->o_count / r->ru_conf->c_count == o->o_events &&
		    o->o_total >= o->o_count;
	case ORDER_STATS:
		return r->ru_queried;
	case ORDER_READY:
	case ORDER_END:
	case ORDER_FATAL:
	case ORDER_GONE:
	case ORDER_BACK:
		return true;
	case ORDER_DONE:
		return r->ru_conf->c_savefile != NULL && !running;
	default:
		return false;
	}
}

static void
obey(struct runner *r, const struct order *o)
{
	if (!sane(r, o)) {
		log_warnx("watcher: order %u: makes no sense, ending",
		    (unsigned int)o->o_type);
		stop(r, 1, GRACE_SHORT);
		return;
	}
	switch (o->o_type) {
	case ORDER_READY:
		log_debug("%s: counting, count %" PRIu64 ", %s",
		    r->ru_conf->c_interface, r->ru_conf->c_count, r->ru_how);
		break;
	case ORDER_START:
		if (r->ru_conf->c_dry)
			dry_print(o);
		else
			start(r, o);
		break;
	case ORDER_END:
		run_end(&r->ru_run, r->ru_now, GRACE);
		break;
	case ORDER_STATS:
		report_stats(r->ru_conf->c_interface, &r->ru_report, o);
		r->ru_queried = false;
		break;
	case ORDER_FATAL:
		flush(r);
		report_fatal(r->ru_conf->c_interface, o);
		stop(r, 1, GRACE_SHORT);
		break;
	case ORDER_GONE:
		log_info("%s: the interface is gone, waiting for it",
		    r->ru_conf->c_interface);
		break;
	case ORDER_BACK:
		log_info("%s: the interface is back", r->ru_conf->c_interface);
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
	struct order o;
	int i;

	for (i = 0; i < ORDERS_AT_ONCE && r->ru_ends.oe_orders != -1; i++) {
		switch (order_recv(r->ru_ends.oe_orders, &o)) {
		case ORDER_NONE:
			return;
		case ORDER_ONE:
			obey(r, &o);
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
run_over(struct runner *r)
{
	const char *name = r->ru_conf->c_interface;
	char text[REPORT_STATUS];
	int status = r->ru_run.r_status;
	bool news = !r->ru_report.rr_ended || status != r->ru_report.rr_last;

	if (leash_release(&r->ru_leash) == -1)
		fatal(r, "leash");
	if (status != 0)
		r->ru_report.rr_failures++;
	report_status(status, text, sizeof(text));
	log_debug("%s: pid %d: exit %s after %" PRIu64 " us", name,
	    (int)r->ru_run.r_pid, text,
	    (r->ru_now - r->ru_run.r_started) / 1000);
	/* A command that fails over and over is told of once. */
	if (status != 0 && news && !r->ru_conf->c_verbose && !r->ru_stopping)
		log_warnx("%s: %s: exit %s", name, r->ru_command.c_path, text);
	r->ru_report.rr_ended = true;
	r->ru_report.rr_last = status;
	tell(r, ORDER_ENDED);
	if (!r->ru_conf->c_single)
		return;
	stop(r,
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
	/* When it was we who ended it, the run keeps its grace. */
	if (!r->ru_stopping)
		stop(r, 1, GRACE_SHORT);
}

static bool
expects_children(const struct runner *r)
{
	return r->ru_watcher != 0 || r->ru_run.r_state == RUN_ON ||
	    r->ru_run.r_state == RUN_ENDING || r->ru_run.r_state == RUN_KILLED;
}

/* Children that an exec(2) left to us are reaped as well. */
static void
reap(struct runner *r)
{
	int failures = 0, status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == 0 || (pid == -1 && !expects_children(r)))
			return;
		if (pid == -1 && ++failures == 3) {
			fatal(r, "waitpid");
			return;
		}
		if (pid == -1)
			continue;
		if (pid == r->ru_watcher)
			watcher_over(r, status);
		else if (r->ru_run.r_state != RUN_NONE &&
		    pid == r->ru_run.r_pid &&
		    run_reaped(&r->ru_run, status, r->ru_now))
			run_over(r);
	}
}

static void
handle_signals(struct runner *r)
{
	int sig;

	while ((sig = signals_next(r->ru_signal_fd)) > 0) {
		switch (sig) {
		case SIGCHLD:
			reap(r);
			break;
		case SIGHUP:
		case SIGINT:
		case SIGTERM:
			log_debug("signal %d: ending", sig);
			stop(r, 0, GRACE);
			break;
		default:
			if (!r->ru_queried)
				tell(r, ORDER_QUERY);
			r->ru_queried = true;
			break;
		}
	}
	if (sig == -1)
		fatal(r, "signals");
}

static bool
over(const struct runner *r)
{
	if (!r->ru_stopping)
		return false;
	if (r->ru_run.r_state == RUN_NONE && r->ru_watcher == 0)
		return true;
	if (r->ru_now < r->ru_give_up)
		return false;
	log_warnx("something does not end, leaving it");
	return true;
}

static void
doze(struct runner *r)
{
	struct pollfd pfd[2];
	uint64_t until = run_deadline(&r->ru_run);

	flush(r);
	if (r->ru_stopping && r->ru_give_up < until)
		until = r->ru_give_up;
	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = r->ru_signal_fd;
	pfd[0].events = POLLIN;
	pfd[1].fd = r->ru_ends.oe_orders;
	pfd[1].events = POLLIN;
	if (poll(pfd, 2, clock_wait(r->ru_now, until)) == -1) {
		if (errno != EINTR && errno != EAGAIN)
			fatal(r, "poll");
		memset(pfd, 0, sizeof(pfd));
	}
	r->ru_now = clock_now();
	if (pfd[0].revents != 0)
		handle_signals(r);
	if (pfd[1].revents != 0)
		listen_to_watcher(r);
}

static int
loop(struct runner *r)
{
	while (!over(r)) {
		/* Once the watcher alone is left it gets no more than this. */
		if (r->ru_stopping && r->ru_run.r_state == RUN_NONE &&
		    r->ru_give_up > r->ru_now + GRACE_SHORT)
			r->ru_give_up = r->ru_now + GRACE_SHORT;
		doze(r);
		if (run_tick(&r->ru_run, r->ru_now))
			run_over(r);
	}
	return r->ru_exit;
}

int
runner(const struct conf *c, const struct partner *partner)
{
	struct runner r;

	memset(&r, 0, sizeof(r));
	r.ru_conf = c;
	r.ru_how = partner->pa_how;
	r.ru_watcher = partner->pa_pid;
	r.ru_ends = partner->pa_ends;
	r.ru_signal_fd = partner->pa_signal_fd;
	r.ru_now = clock_now();
	r.ru_command.c_null = -1;
	if (leash_open(&r.ru_leash) == -1) {
		fatal(&r, "leash");
	} else if (!c->c_dry &&
	    command_init(&r.ru_command, c->c_argv, "every", c->c_interface) ==
		-1) {
		log_warn("%s: cannot execute it", c->c_argv[0]);
		stop(&r, 1, GRACE_SHORT);
	}
	loop(&r);
	command_free(&r.ru_command);
	return r.ru_exit;
}
