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
#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "conf/conf_print.h"
#include "ipc/order.h"
#include "ipc/watcher_args.h"
#include "opener/opener.h"
#include "priv/priv.h"
#include "priv/process_env.h"
#include "source/source_release.h"
#include "source/source_set.h"

/* A watcher is confined after so long, or will never be. */
#define PATIENCE (10 * CLOCK_S)

/* What is counted by which rules, and who watches. */
struct staff {
	struct conf_rules *st_rules; /* NULL: there is none */
	struct source_set st_sources;
	pid_t st_watcher;
	int st_after; /* where it will leave what it knows */
	int st_out;   /* and whence that comes, to who follows */
};

static const struct staff nobody = {
	.st_sources = { .so_shared = { -1, -1 } },
	.st_after = -1,
	.st_out = -1,
};

struct opener {
	const struct conf *op_conf;
	const struct priv *op_priv;
	opener_watch *op_watch; /* makes a child a watcher */
	struct order_ends op_ends;
	int op_sock;
	int op_text;
	struct staff op_now;
	struct staff op_next;
	struct conf_diff op_diff; /* of the two */
	bool op_waits;		  /* the next watcher does, for the legacy */
};

/* Ends as the watcher has ended, for the runner to tell of it. */
static void die(const struct opener *, int status) __attribute__((noreturn));

static void
die(const struct opener *op, int status)
{
	source_release(&op->op_now.st_sources);
	source_release_end(status);
}

static void
tell(const struct opener *op, char what)
{
	/* When the runner is gone, the watcher's end is ours. */
	if (send(op->op_sock, &what, 1, MSG_NOSIGNAL) == -1)
		return;
}

/* In a child: whom it is put in the place of is none of its business. */
static void become_watcher(struct opener *, struct staff *,
    const struct handover *) __attribute__((noreturn));

static void
become_watcher(struct opener *op, struct staff *st, const struct handover *ho)
{
	const struct watcher_args wa = { .wa_conf = op->op_conf,
		.wa_rules = st->st_rules,
		.wa_sources = &st->st_sources,
		.wa_savefile = -1,
		.wa_ends = &op->op_ends,
		.wa_priv = op->op_priv,
		.wa_handover = ho };

	close(op->op_sock);
	close(op->op_text);
	close(st->st_out);
	op->op_ends.oe_after = st->st_after;
	if (st == &op->op_next) {
		op->op_ends.oe_before = op->op_now.st_out;
		close(op->op_now.st_after);
		source_set_leave(&op->op_now.st_sources, &st->st_sources);
	}
	op->op_watch(&wa);
	_exit(1);
}

static int
hire(struct opener *op, struct staff *st, const struct handover *ho)
{
	int pair[2];

	if (order_pair(pair) == -1)
		return -1;
	st->st_out = pair[0];
	st->st_after = pair[1];
	if ((st->st_watcher = fork()) == 0)
		become_watcher(op, st, ho);
	if (st->st_watcher != -1)
		return 0;
	return -1;
}

static void
close_ends(struct staff *st)
{
	if (st->st_after != -1)
		close(st->st_after);
	if (st->st_out != -1)
		close(st->st_out);
	st->st_after = st->st_out = -1;
}

/* What was read is not to be. */
static void
forget_next(struct opener *op)
{
	struct staff *next = &op->op_next;

	if (next->st_watcher > 0)
		(void)child_end(next->st_watcher);
	close_ends(next);
	source_set_leave(&next->st_sources, &op->op_now.st_sources);
	conf_diff_free(&op->op_diff);
	conf_free(next->st_rules);
	*next = nobody;
}

/* It was, and is over. */
static void
succeed(struct opener *op)
{
	source_set_leave(&op->op_now.st_sources, &op->op_next.st_sources);
	conf_diff_free(&op->op_diff);
	conf_free(op->op_now.st_rules);
	op->op_now = op->op_next;
	op->op_next = nobody;
	op->op_waits = false;
}

/*
 * The end of a watcher, if it is one: there may be other children, that open
 * devices.  That of the next one is for who waits for it.
 */
static void
watcher_over(struct opener *op, pid_t pid, int status)
{
	if (pid == op->op_now.st_watcher) {
		if (!op->op_waits || status != 0)
			die(op, status);
		succeed(op);
	} else if (pid == op->op_next.st_watcher) {
		op->op_next.st_watcher = 0;
		/* The other one has been told to leave. */
		if (op->op_waits)
			die(op, status == 0 ? 1 << 8 : status);
	}
}

static void
reap(struct opener *op)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		watcher_over(op, pid, status);
}

/* What takes another user is for the start to say. */
static bool
same_user(const struct opener *op, const struct conf_rules *new)
{
	const char *was = op->op_now.st_rules->cs_user, *is = new->cs_user;

	if (op->op_conf->c_user_said ||
	    (was == NULL || is == NULL ? was == is : strcmp(was, is) == 0))
		return true;
	log_warnx(
	    "%s: user: another one takes a new start", op->op_conf->c_file);
	return false;
}

static bool
same_socket(const struct opener *op, const struct conf_rules *new)
{
	if (op->op_conf->c_socket_said ||
	    conf_same_socket(&op->op_now.st_rules->cs_socket, &new->cs_socket))
		return true;
	log_warnx(
	    "%s: socket: another one takes a new start", op->op_conf->c_file);
	return false;
}

static int
print_text(const struct opener *op, FILE *fp)
{
	char **how = op->op_next.st_sources.so_how;

	if (conf_print(op->op_next.st_rules, fp) == -1 ||
	    fprintf(fp, "%c%zu\n", '\0', op->op_next.st_sources.so_n) < 0)
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

/* Opens what the new rules count by and the old ones do not. */
static int
prepare(struct opener *op)
{
	const struct sources_before before = { &op->op_now.st_sources,
		&op->op_diff };
	struct staff *next = &op->op_next;

	if (conf_diff_rules(
		&op->op_diff, op->op_now.st_rules, next->st_rules) == -1) {
		log_warn("%s", op->op_conf->c_file);
		return -1;
	}
	if (source_set_open(&next->st_sources, next->st_rules,
		op->op_conf->c_wait, op->op_priv, &before) == -1)
		return -1;
	if (write_text(op) == 0)
		return 0;
	log_warn("%s: handing its rules on", op->op_conf->c_file);
	return -1;
}

/* The file as it is now. */
static void
read_file(struct opener *op)
{
	int status;

	/* It has left, and is about to end. */
	if (op->op_waits &&
	    waitpid(op->op_now.st_watcher, &status, 0) == op->op_now.st_watcher)
		watcher_over(op, op->op_now.st_watcher, status);
	op->op_next.st_rules =
	    parse_file_again(op->op_conf->c_file, getuid() == 0);
	if (op->op_next.st_rules == NULL) {
		tell(op, OPENER_BAD);
	} else if (!same_user(op, op->op_next.st_rules) ||
	    !same_socket(op, op->op_next.st_rules) || prepare(op) == -1) {
		forget_next(op);
		tell(op, OPENER_BAD);
	} else {
		tell(op, OPENER_RULES);
	}
}

/* Until the next watcher is confined, and waits: -1 when it never will. */
static int
await(struct opener *op)
{
	struct pollfd pfd = { .fd = op->op_now.st_after, .events = POLLIN };
	uint64_t now = clock_now(), until = now + PATIENCE;
	char byte;

	while (now < until && op->op_next.st_watcher != 0) {
		if (signals_wait(&pfd, 1, clock_wait(now, until)) == -1)
			return -1;
		if (pfd.revents != 0)
			return recv(pfd.fd, &byte, 1, 0) == 1 ? 0 : -1;
		if (signals_take(SIGCHLD))
			reap(op);
		now = clock_now();
	}
	errno = ETIMEDOUT;
	return -1;
}

static int
hire_next(struct opener *op)
{
	struct handover ho = { .ho_diff = &op->op_diff,
		.ho_nsources = op->op_now.st_sources.so_n };
	size_t *now;
	int result;

	now = source_set_now(&op->op_next.st_sources, &op->op_now.st_sources);
	if (now == NULL)
		return -1;
	ho.ho_sources = now;
	result = hire(op, &op->op_next, &ho);
	free(now);
	return result == -1 ? -1 : await(op);
}

static void
change_watchers(struct opener *op)
{
	if (op->op_next.st_rules == NULL)
		return;
	if (hire_next(op) == -1) {
		log_warn("watcher: no other one");
		forget_next(op);
		tell(op, OPENER_BAD);
		return;
	}
	/* The two have theirs. */
	close_ends(&op->op_now);
	op->op_waits = true;
	tell(op, OPENER_NEXT);
}

static void
hear(struct opener *op)
{
	char what;

	if (recv(op->op_sock, &what, 1, 0) != 1) {
		/* The runner is gone; the watcher hears of that, too. */
		close(op->op_sock);
		op->op_sock = -1;
		return;
	}
	if (what == OPENER_READ)
		read_file(op);
	else if (what == OPENER_FINE)
		change_watchers(op);
	else if (what == OPENER_BAD && op->op_next.st_rules != NULL)
		forget_next(op);
}

void
opener_open(struct opener_ends *ke, const char *file)
{
	int pair[2];

	*ke = (struct opener_ends){ -1, -1, -1 };
	/* Standard input can be read but once. */
	if (file == NULL || strcmp(file, "-") == 0)
		return;
	ke->pe_text = anonfile_open();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	ke->pe_opener = pair[0];
	ke->pe_runner = pair[1];
	/* There may be more rules the next time. */
	process_env_files_all();
}

void
opener_run(const struct conf *c, const struct source_set *sources,
    const struct order_ends *ends, const struct priv *priv,
    struct opener_ends *ke, opener_watch *watch)
{
	struct opener op = { .op_conf = c,
		.op_priv = priv,
		.op_watch = watch,
		.op_ends = *ends,
		.op_sock = ke->pe_opener,
		.op_text = ke->pe_text,
		.op_now = { .st_rules = c->c_rules, .st_sources = *sources },
		.op_next = nobody };
	struct pollfd pfd = { .events = POLLIN };

	close(ke->pe_runner);
	output_open(false);
	/* After that, which knows the terminal by its session. */
	detach(-1);
	priv_opener();
	if (hire(&op, &op.op_now, NULL) == -1)
		err(1, "watcher");
	for (;;) {
		pfd.fd = op.op_sock;
		if (signals_wait(&pfd, 1,
			clock_wait(clock_now(), log_deadline())) == -1) {
			log_warn("keeper: poll");
			_exit(1);
		}
		log_flush();
		/* All others are for the runner. */
		if (signals_take(SIGCHLD))
			reap(&op);
		if (op.op_sock != -1 && pfd.revents != 0)
			hear(&op);
	}
}
