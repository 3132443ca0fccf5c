/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/anonfile.h"
#include "base/clock.h"
#include "base/detach.h"
#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "base/worker.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "ipc/table_proto.h"
#include "ipc/watcher_args.h"
#include "opener/devices.h"
#include "opener/generation.h"
#include "opener/opener.h"
#include "opener/read_rules.h"
#include "opener/send_table.h"
#include "priv/priv.h"
#include "priv/process_env.h"
#include "source/source_kind.h"
#include "source/source_release.h"
#include "source/source_set.h"

/* Time after which the silence of the watcher is logged. */
#define PATIENCE_S 10

/* Pause after the watcher's socket was full. */
#define REST CLOCK_MS

/* Entries of the poll. */
enum {
	POLL_RUNNER,
	POLL_WATCHER,
	POLL_READER,  /* child that reads the rules file */
	POLL_DEVICES, /* see devices_fd */
	POLL_SLOTS
};

/* Steps of a reload. */
enum step {
	STEP_NONE,
	STEP_READ,  /* a child reads the file */
	STEP_CHECK, /* the runner looks up the commands */
	STEP_SEND,  /* the watcher is sent the table */
	STEP_AWAIT  /* the watcher has the table and has not answered */
};

struct opener {
	const struct conf *op_conf;
	const struct priv *op_priv;
	pid_t op_watcher;
	int op_sock;  /* to the runner; -1: no reloads */
	int op_text;  /* memory file */
	int op_table; /* socket to the watcher */
	enum step op_step;
	struct generation op_now;
	struct generation op_next;
	struct worker op_reader; /* see read_rules.h */
	struct send_table op_send;
	uint64_t op_rest; /* no message to the watcher before this time, ns */
	uint64_t op_patience; /* time to log the silence of the watcher, ns */
	struct devices op_devices;
};

/* If the runner is gone, the watcher exits, and so do we. */
static void
tell_runner(const struct opener *op, char what)
{
	if (op->op_sock == -1 || opener_proto_send(op->op_sock, what) == 0)
		return;
	log_warn("opener: cannot write to the runner");
	_exit(1);
}

/* Ends a reload: discards the new rules. */
static void
fail(struct opener *op)
{
	send_table_end(&op->op_send);
	source_shared_cancel(&op->op_next.ge_sources.so_shared);
	generation_leave(&op->op_next, &op->op_now);
	op->op_step = STEP_NONE;
}

static void
fail_and_tell(struct opener *op)
{
	fail(op);
	tell_runner(op, OPENER_BAD);
}

/* The watcher has the new table: frees the old rules and sources. */
static void
finish(struct opener *op)
{
	send_table_end(&op->op_send);
	source_shared_finish(&op->op_next.ge_sources.so_shared);
	generation_leave(&op->op_now, &op->op_next);
	op->op_now = op->op_next;
	conf_diff_free(&op->op_now.ge_diff);
	generation_none(&op->op_next);
	source_set_lend(&op->op_now.ge_sources);
	op->op_step = STEP_NONE;
}

static void
reap(struct opener *op)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		worker_reaped(&op->op_reader, pid);
		if (pid != op->op_watcher)
			continue;
		/* Exits with the watcher's status, which the runner logs. */
		worker_close(&op->op_reader);
		source_release(&op->op_now.ge_sources);
		source_release_end(status);
	}
}

/* Reads the rules file again, in a child. */
static void
begin(struct opener *op)
{
	enum worker_state state;

	op->op_step = STEP_READ;
	state = read_rules_start(&op->op_reader, op->op_conf);
	if (state == WORKER_WORKS)
		return;
	(void)read_rules_end(&op->op_reader, state, op->op_conf->c_file);
	worker_close(&op->op_reader);
	fail_and_tell(op);
}

/* Opens what is new once the child has read the file. */
static void
read_rules(struct opener *op)
{
	enum worker_state state = worker_read(&op->op_reader);
	struct generation *next = &op->op_next;

	if (state == WORKER_WORKS)
		return;
	next->ge_rules =
	    read_rules_end(&op->op_reader, state, op->op_conf->c_file);
	worker_close(&op->op_reader);
	if (next->ge_rules == NULL ||
	    !read_rules_fit(op->op_conf, op->op_now.ge_rules, next->ge_rules) ||
	    generation_open(next, &op->op_now, op->op_conf, op->op_priv,
		op->op_text) == -1) {
		fail_and_tell(op);
		return;
	}
	op->op_step = STEP_CHECK;
	tell_runner(op, OPENER_RULES);
}

/* Sends the watcher more of the table. */
static void
send_table(struct opener *op)
{
	switch (send_table_go_on(&op->op_send, op->op_table)) {
	case SEND_TABLE_FULL:
		op->op_rest = clock_now() + REST;
		break;
	case SEND_TABLE_SENT:
		op->op_step = STEP_AWAIT;
		break;
	case SEND_TABLE_FAILED:
		/* EPIPE: the watcher has ended, SIGCHLD follows. */
		if (errno != EPIPE) {
			log_warn("reload: cannot send the new rules to the "
				 "watcher");
			_exit(1);
		}
		op->op_step = STEP_AWAIT;
		break;
	}
}

/* The runner can execute the new commands. */
static void
begin_table(struct opener *op)
{
	op->op_patience = clock_now() + PATIENCE_S * CLOCK_S;
	op->op_step = STEP_SEND;
	if (source_shared_install(&op->op_next.ge_sources.so_shared) == -1) {
		log_warn("reload: cannot install the new filters");
		fail_and_tell(op);
		return;
	}
	if (send_table_begin(&op->op_send, &op->op_next) == 0) {
		send_table(op);
		return;
	}
	log_warn("reload: cannot send the new rules to the watcher");
	fail_and_tell(op);
}

static void
read_request(struct opener *op)
{
	const int what = opener_proto_recv(op->op_sock);

	if (what == -1 && errno != EAGAIN) {
		log_warn("opener: cannot read from the runner");
		_exit(1);
	}
	/* The runner has given a reload up, and could not say so. */
	if (what == OPENER_READ && op->op_step == STEP_CHECK)
		fail(op);
	if (what == 0) {
		/* The runner is gone; the watcher notices and exits. */
		close(op->op_sock);
		op->op_sock = -1;
	} else if (what == OPENER_READ && op->op_step == STEP_NONE) {
		begin(op);
	} else if (what == OPENER_FINE && op->op_step == STEP_CHECK) {
		begin_table(op);
	} else if (what == OPENER_BAD && op->op_step == STEP_CHECK) {
		fail(op);
	}
}

/* Reads all messages of the watcher. */
static void
read_answers(struct opener *op)
{
	struct table_message tm;
	int fds[FDPASS_MAX];
	size_t n;

	while (table_proto_recv(op->op_table, &tm, fds, &n) == 0) {
		fdpass_close(fds, n);
		if (tm.tm_type == TABLE_ASK) {
			devices_ask(&op->op_devices, &op->op_now.ge_sources,
			    tm.tm_source);
		} else if (op->op_step != STEP_AWAIT) {
			continue;
		} else if (tm.tm_type == TABLE_DONE) {
			finish(op);
		} else if (tm.tm_type == TABLE_REFUSED) {
			log_warnx("reload: the watcher cannot take the new "
				  "rules: %s",
			    strerror((int)tm.tm_error));
			fail_and_tell(op);
		}
	}
	if (errno == EAGAIN)
		return;
	if (errno != EPIPE) {
		log_warn("opener: cannot read from the watcher");
		_exit(1);
	}
	/* The watcher has ended; SIGCHLD follows. */
	close(op->op_table);
	op->op_table = -1;
}

/* Returns true while the watcher has a table to answer. */
static bool
changes(const struct opener *op)
{
	return op->op_step == STEP_SEND || op->op_step == STEP_AWAIT;
}

/* Fills the entries of the poll.  Returns the time to wake, ns. */
static uint64_t
prepare(const struct opener *op, struct pollfd pfd[POLL_SLOTS], uint64_t now)
{
	const struct source_set *so = &op->op_now.ge_sources;
	const bool rests = op->op_step == STEP_SEND && now < op->op_rest;
	const uint64_t deadlines[] = {
		log_deadline(),
		rests ? op->op_rest : CLOCK_NEVER,
		changes(op) ? op->op_patience : CLOCK_NEVER,
		changes(op) ? CLOCK_NEVER :
			      devices_deadline(&op->op_devices, so, now),
		op->op_step == STEP_READ ? op->op_reader.wk_until : CLOCK_NEVER,
	};
	uint64_t until = CLOCK_NEVER;
	size_t i;

	for (i = 0; i < POLL_SLOTS; i++)
		pfd[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	pfd[POLL_RUNNER].fd = op->op_sock;
	pfd[POLL_WATCHER].fd = op->op_table;
	if (op->op_step == STEP_SEND && !rests)
		pfd[POLL_WATCHER].events |= POLLOUT;
	if (op->op_step == STEP_READ)
		pfd[POLL_READER].fd = op->op_reader.wk_fd;
	if (!changes(op))
		pfd[POLL_DEVICES].fd = devices_fd(&op->op_devices, so, now);
	for (i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++)
		if (deadlines[i] < until)
			until = deadlines[i];
	return until;
}

/* Serves the sockets and the timers. */
static void
serve(struct opener *op, const struct pollfd pfd[POLL_SLOTS])
{
	/* The watcher first: the runner may know of TABLE_DONE already. */
	if (pfd[POLL_WATCHER].revents != 0)
		read_answers(op);
	if (op->op_step == STEP_SEND &&
	    (pfd[POLL_WATCHER].revents & POLLOUT) != 0)
		send_table(op);
	if (pfd[POLL_RUNNER].revents != 0)
		read_request(op);
	if (op->op_step == STEP_READ &&
	    (pfd[POLL_READER].revents != 0 ||
		clock_now() >= op->op_reader.wk_until))
		read_rules(op);
	if (changes(op) && clock_now() >= op->op_patience) {
		log_warnx("reload: the watcher has not answered for %d s; "
			  "still waiting",
		    PATIENCE_S);
		op->op_patience = CLOCK_NEVER;
	}
	if (!changes(op))
		devices_serve(&op->op_devices, &op->op_now.ge_sources,
		    op->op_priv, op->op_table, pfd[POLL_DEVICES].revents != 0);
}

void
opener_open(struct opener_ends *pe, struct order_ends *watcher,
    const char *file, bool reopens)
{
	int pair[2];

	*pe = (struct opener_ends){ -1, -1, -1, -1 };
	/* Standard input can be read only once. */
	if (file != NULL && strcmp(file, "-") != 0) {
		pe->pe_text = anonfile_open();
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
		    -1)
			err(1, "socketpair");
		pe->pe_opener = pair[0];
		pe->pe_runner = pair[1];
		/* The next rules may need more descriptors. */
		process_env_files_all();
	} else if (!reopens) {
		return;
	}
	if (order_pair(pair) == -1)
		err(1, "socketpair");
	pe->pe_table = pair[0];
	watcher->oe_opener = pair[1];
}

/* Forks the watcher, which keeps none of the opener's descriptors. */
static void
fork_watcher(
    struct opener *op, const struct watcher_args *wa, opener_watch *watch)
{
	struct order_ends ends = *wa->wa_ends;

	if ((op->op_watcher = fork()) == -1)
		err(1, "watcher");
	if (op->op_watcher == 0) {
		close(op->op_table);
		if (op->op_sock != -1)
			close(op->op_sock);
		if (op->op_text != -1)
			close(op->op_text);
		watch(wa);
		_exit(1);
	}
	order_close(&ends);
	source_set_lend(&op->op_now.ge_sources);
}

static void
opener_begin(struct opener *op, const struct watcher_args *wa,
    const struct opener_ends *pe, opener_watch *watch)
{
	const bool files = pe->pe_opener != -1;

	if (pe->pe_runner != -1)
		close(pe->pe_runner);
	output_open(false);
	/* After output_open(), which compares the terminal's session. */
	detach(-1);
	fork_watcher(op, wa, watch);
	if (source_reopens)
		devices_open(&op->op_devices, files ? "/dev" : ".");
	priv_opener(files);
}

void
opener_run(
    const struct watcher_args *wa, struct opener_ends *pe, opener_watch *watch)
{
	struct opener op = { .op_conf = wa->wa_conf,
		.op_priv = wa->wa_priv,
		.op_sock = pe->pe_opener,
		.op_text = pe->pe_text,
		.op_table = pe->pe_table,
		.op_now = { .ge_rules = wa->wa_conf->c_rules,
		    .ge_sources = *wa->wa_sources },
		.op_reader = { .wk_fd = -1 } };
	struct pollfd pfd[POLL_SLOTS];
	uint64_t now;

	generation_none(&op.op_next);
	opener_begin(&op, wa, pe, watch);
	for (;;) {
		now = clock_now();
		if (signals_wait(pfd, POLL_SLOTS,
			clock_wait(now, prepare(&op, pfd, now))) == -1) {
			log_warn("opener: poll");
			_exit(1);
		}
		log_flush();
		/* Other signals are for the runner. */
		if (signals_take(SIGCHLD))
			reap(&op);
		serve(&op, pfd);
	}
}
