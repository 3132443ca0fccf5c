/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/anonfile.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/detach.h"
#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "base/worker.h"
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "conf/conf_print.h"
#include "ipc/order.h"
#include "ipc/watcher_args.h"
#include "opener/opener.h"
#include "opener/read_rules.h"
#include "priv/priv.h"
#include "priv/process_env.h"
#include "source/source_release.h"
#include "source/source_set.h"

/* Time for a new watcher to confine itself. */
#define CONFINE_TIMEOUT (10 * CLOCK_S)

/* Rules with their sources and their watcher. */
struct generation {
	struct conf_rules *ge_rules; /* NULL: no generation */
	struct source_set ge_sources;
	pid_t ge_watcher;
	/* State pair, -1: closed. */
	int ge_after; /* end of this watcher, which writes its state */
	int ge_out;   /* end of the next watcher */
};

static const struct generation no_generation = {
	.ge_sources = { .so_shared = SOURCE_SHARED_NONE },
	.ge_after = -1,
	.ge_out = -1,
};

struct opener {
	const struct conf *op_conf;
	const struct priv *op_priv;
	opener_watch *op_watch; /* makes a child a watcher */
	struct order_ends op_ends;
	int op_sock;
	int op_text;
	struct generation op_now;
	struct generation op_next;
	struct conf_diff op_diff; /* from op_now to op_next */
	bool op_handover;	  /* the next watcher waits for the state */
	struct worker op_reader;  /* see read_rules.h */
};

/* Exits with the watcher's status, which the runner logs. */
static void exit_like_watcher(struct opener *, int status)
    __attribute__((noreturn));

static void
exit_like_watcher(struct opener *op, int status)
{
	worker_close(&op->op_reader);
	source_release(&op->op_now.ge_sources);
	source_release_end(status);
}

static void
tell_runner(const struct opener *op, char what)
{
	/* If the runner is gone, the watcher exits, and so do we. */
	if (send(op->op_sock, &what, 1, MSG_NOSIGNAL) == -1)
		return;
}

/*
 * Becomes the watcher of ge, in a child: drops the descriptors of the opener
 * and of the generation before.
 */
static void become_watcher(struct opener *, struct generation *,
    const struct handover *) __attribute__((noreturn));

static void
become_watcher(
    struct opener *op, struct generation *ge, const struct handover *ho)
{
	const struct watcher_args wa = { .wa_conf = op->op_conf,
		.wa_rules = ge->ge_rules,
		.wa_sources = &ge->ge_sources,
		.wa_savefile = -1,
		.wa_ends = &op->op_ends,
		.wa_priv = op->op_priv,
		.wa_handover = ho };

	close(op->op_sock);
	close(op->op_text);
	close(ge->ge_out);
	op->op_ends.oe_after = ge->ge_after;
	if (ge == &op->op_next) {
		op->op_ends.oe_before = op->op_now.ge_out;
		close(op->op_now.ge_after);
		source_set_leave(&op->op_now.ge_sources, &ge->ge_sources);
	}
	op->op_watch(&wa);
	_exit(1);
}

static int
fork_watcher(
    struct opener *op, struct generation *ge, const struct handover *ho)
{
	int pair[2];

	if (order_pair(pair) == -1)
		return -1;
	ge->ge_out = pair[0];
	ge->ge_after = pair[1];
	if ((ge->ge_watcher = fork()) == 0)
		become_watcher(op, ge, ho);
	if (ge->ge_watcher != -1)
		return 0;
	return -1;
}

static void
close_ends(struct generation *ge)
{
	if (ge->ge_after != -1)
		close(ge->ge_after);
	if (ge->ge_out != -1)
		close(ge->ge_out);
	ge->ge_after = ge->ge_out = -1;
}

/* Discards the new rules after a failed reload. */
static void
forget_next(struct opener *op)
{
	struct generation *next = &op->op_next;

	if (next->ge_watcher > 0)
		(void)child_end(next->ge_watcher);
	close_ends(next);
	source_set_leave(&next->ge_sources, &op->op_now.ge_sources);
	conf_diff_free(&op->op_diff);
	conf_free(next->ge_rules);
	*next = no_generation;
}

/* The new watcher has taken over: frees the old rules and sources. */
static void
finish_handover(struct opener *op)
{
	source_set_leave(&op->op_now.ge_sources, &op->op_next.ge_sources);
	conf_diff_free(&op->op_diff);
	conf_free(op->op_now.ge_rules);
	op->op_now = op->op_next;
	op->op_next = no_generation;
	op->op_handover = false;
}

/*
 * A child was reaped.  If it was the watcher, the handover is complete, or the
 * opener exits, too.  The end of the next watcher is left to
 * await_next_watcher().  Other children are device openers.
 */
static void
watcher_over(struct opener *op, pid_t pid, int status)
{
	if (pid == op->op_now.ge_watcher) {
		if (!op->op_handover || status != 0)
			exit_like_watcher(op, status);
		finish_handover(op);
	} else if (pid == op->op_next.ge_watcher) {
		op->op_next.ge_watcher = 0;
		/* The old watcher has the order to leave. */
		if (op->op_handover)
			exit_like_watcher(op, status == 0 ? 1 << 8 : status);
	}
}

static void
reap(struct opener *op)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		worker_reaped(&op->op_reader, pid);
		watcher_over(op, pid, status);
	}
}

/* Prints the content of the memory file, see ipc/opener_proto.h. */
static int
print_text(const struct opener *op, FILE *fp)
{
	char **how = op->op_next.ge_sources.so_how;

	if (conf_print(op->op_next.ge_rules, fp) == -1 ||
	    fprintf(fp, "%c%zu\n", '\0', op->op_next.ge_sources.so_n) < 0)
		return -1;
	for (; *how != NULL; how++)
		if (fprintf(fp, "%s\n", *how) < 0)
			return -1;
	return 0;
}

static int
write_text(const struct opener *op)
{
	FILE *fp;
	int fd, result;

	if (ftruncate(op->op_text, 0) == -1 ||
	    lseek(op->op_text, 0, SEEK_SET) == -1 ||
	    (fd = dup(op->op_text)) == -1)
		return -1;
	if ((fp = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	result = print_text(op, fp);
	return fclose(fp) == EOF ? -1 : result;
}

/* Opens the sources that only the new rules need.  0; or -1, logged. */
static int
open_next(struct opener *op)
{
	const struct sources_before before = { &op->op_now.ge_sources,
		&op->op_diff };
	struct generation *next = &op->op_next;

	if (conf_diff_rules(
		&op->op_diff, op->op_now.ge_rules, next->ge_rules) == -1) {
		log_warn("%s", op->op_conf->c_file);
		return -1;
	}
	if (source_set_open(&next->ge_sources, next->ge_rules,
		op->op_conf->c_wait, op->op_priv, &before) == -1)
		return -1;
	if (write_text(op) == 0)
		return 0;
	log_warn(
	    "%s: cannot send the rules to the runner", op->op_conf->c_file);
	return -1;
}

/*
 * Waits for the descriptor, and for the end of a child.  Returns 1 if it is
 * readable, 0 if it is not, or -1 and errno.
 */
static int
await(struct opener *op, int fd, uint64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (signals_wait(&pfd, 1, clock_wait(clock_now(), until)) == -1)
		return -1;
	if (pfd.revents != 0)
		return 1;
	if (signals_take(SIGCHLD))
		reap(op);
	return 0;
}

/* Reads the file in a child.  Returns its rules; or NULL, having logged why. */
static struct conf_rules *
read_rules(struct opener *op)
{
	struct worker *wk = &op->op_reader;
	struct conf_rules *rules;
	enum worker_state state;

	state = read_rules_start(wk, op->op_conf->c_file);
	while (state == WORKER_WORKS) {
		if (await(op, wk->wk_fd, wk->wk_until) == -1)
			state = WORKER_FAILED;
		else
			state = worker_read(wk);
	}
	rules = read_rules_end(wk, state, op->op_conf->c_file);
	worker_close(wk);
	return rules;
}

/* Reads the rules file again and answers the runner. */
static void
read_file(struct opener *op)
{
	int status;

	/* The watcher before has left, and exits soon. */
	if (op->op_handover &&
	    child_wait(op->op_now.ge_watcher, &status, 0) ==
		op->op_now.ge_watcher)
		watcher_over(op, op->op_now.ge_watcher, status);
	op->op_next.ge_rules = read_rules(op);
	if (op->op_next.ge_rules == NULL) {
		tell_runner(op, OPENER_BAD);
	} else if (!read_rules_fit(op->op_conf, op->op_now.ge_rules,
		       op->op_next.ge_rules) ||
	    open_next(op) == -1) {
		forget_next(op);
		tell_runner(op, OPENER_BAD);
	} else {
		tell_runner(op, OPENER_RULES);
	}
}

/* Waits until the next watcher is confined.  Returns -1 if it never will be. */
static int
await_next_watcher(struct opener *op)
{
	const uint64_t until = clock_now() + CONFINE_TIMEOUT;
	const int fd = op->op_now.ge_after;
	char byte;
	int ready;

	while (clock_now() < until && op->op_next.ge_watcher != 0)
		if ((ready = await(op, fd, until)) != 0)
			return ready == 1 && recv(fd, &byte, 1, 0) == 1 ? 0 :
									  -1;
	errno = ETIMEDOUT;
	return -1;
}

static int
fork_next_watcher(struct opener *op)
{
	struct handover ho = { .ho_diff = &op->op_diff,
		.ho_nsources = op->op_now.ge_sources.so_n };
	size_t *now;
	int result;

	now = source_set_now(&op->op_next.ge_sources, &op->op_now.ge_sources);
	if (now == NULL)
		return -1;
	ho.ho_sources = now;
	result = fork_watcher(op, &op->op_next, &ho);
	free(now);
	return result == -1 ? -1 : await_next_watcher(op);
}

static void
change_watchers(struct opener *op)
{
	if (op->op_next.ge_rules == NULL)
		return;
	if (fork_next_watcher(op) == -1) {
		log_warn("reload: cannot start a new watcher");
		forget_next(op);
		tell_runner(op, OPENER_BAD);
		return;
	}
	/* Both watchers have their own copies. */
	close_ends(&op->op_now);
	op->op_handover = true;
	tell_runner(op, OPENER_NEXT);
}

static void
read_request(struct opener *op)
{
	char what;

	if (recv(op->op_sock, &what, 1, 0) != 1) {
		/* The runner is gone; the watcher notices and exits. */
		close(op->op_sock);
		op->op_sock = -1;
		return;
	}
	if (what == OPENER_READ)
		read_file(op);
	else if (what == OPENER_FINE)
		change_watchers(op);
	else if (what == OPENER_BAD && op->op_next.ge_rules != NULL)
		forget_next(op);
}

void
opener_open(struct opener_ends *pe, const char *file)
{
	int pair[2];

	*pe = (struct opener_ends){ -1, -1, -1 };
	/* Standard input can be read only once. */
	if (file == NULL || strcmp(file, "-") == 0)
		return;
	pe->pe_text = anonfile_open();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	pe->pe_opener = pair[0];
	pe->pe_runner = pair[1];
	/* The next rules may need more descriptors. */
	process_env_files_all();
}

void
opener_run(const struct conf *c, const struct source_set *sources,
    const struct order_ends *ends, const struct priv *priv,
    struct opener_ends *pe, opener_watch *watch)
{
	struct opener op = { .op_conf = c,
		.op_priv = priv,
		.op_watch = watch,
		.op_ends = *ends,
		.op_sock = pe->pe_opener,
		.op_text = pe->pe_text,
		.op_now = { .ge_rules = c->c_rules, .ge_sources = *sources },
		.op_next = no_generation,
		.op_reader = { .wk_fd = -1 } };
	struct pollfd pfd = { .events = POLLIN };

	close(pe->pe_runner);
	output_open(false);
	/* After output_open(), which compares the terminal's session. */
	detach(-1);
	priv_opener();
	if (fork_watcher(&op, &op.op_now, NULL) == -1)
		err(1, "watcher");
	for (;;) {
		pfd.fd = op.op_sock;
		if (signals_wait(&pfd, 1,
			clock_wait(clock_now(), log_deadline())) == -1) {
			log_warn("opener: poll");
			_exit(1);
		}
		log_flush();
		/* Other signals are for the runner. */
		if (signals_take(SIGCHLD))
			reap(&op);
		if (op.op_sock != -1 && pfd.revents != 0)
			read_request(&op);
	}
}
