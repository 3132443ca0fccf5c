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
#include "opener/opener.h"
#include "priv/priv.h"
#include "priv/process_env.h"
#include "source/source_release.h"
#include "source/source_set.h"
#include "watcher/handover.h"
#include "watcher/watcher_start.h"

/* A watcher is confined after so long, or will never be. */
#define PATIENCE (10 * CLOCK_S)

/* What is counted by which rules, and who watches. */
struct staff {
	struct conf_rules *st_rules; /* NULL: there is none */
	struct sources st_sources;
	pid_t st_watcher;
	int st_after; /* where it will leave what it knows */
	int st_out;   /* and whence that comes, to who follows */
};

static const struct staff nobody = {
	.st_sources = { .so_shared = { -1, -1 } },
	.st_after = -1,
	.st_out = -1,
};

struct keeper {
	const struct conf *k_conf;
	const struct priv *k_priv;
	struct order_ends k_ends;
	int k_sock;
	int k_text;
	struct staff k_now;
	struct staff k_next;
	struct match k_match; /* of the two */
	bool k_waits;	      /* the next watcher does, for the legacy */
};

/* Ends as the watcher has ended, for the runner to tell of it. */
static void die(const struct keeper *, int status) __attribute__((noreturn));

static void
die(const struct keeper *k, int status)
{
	release_sources(&k->k_now.st_sources);
	release_end(status);
}

static void
tell(const struct keeper *k, char what)
{
	/* When the runner is gone, the watcher's end is ours. */
	if (send(k->k_sock, &what, 1, MSG_NOSIGNAL) == -1)
		return;
}

/* In a child: whom it is put in the place of is none of its business. */
static void become_watcher(struct keeper *, struct staff *,
    const struct handover *) __attribute__((noreturn));

static void
become_watcher(struct keeper *k, struct staff *st, const struct handover *ho)
{
	const struct watch wa = { .wa_conf = k->k_conf,
		.wa_rules = st->st_rules,
		.wa_sources = &st->st_sources,
		.wa_savefile = -1,
		.wa_ends = &k->k_ends,
		.wa_priv = k->k_priv,
		.wa_handover = ho };

	close(k->k_sock);
	close(k->k_text);
	close(st->st_out);
	k->k_ends.oe_after = st->st_after;
	if (st == &k->k_next) {
		k->k_ends.oe_before = k->k_now.st_out;
		close(k->k_now.st_after);
		sources_leave(&k->k_now.st_sources, &st->st_sources);
	}
	watch(&wa);
}

static int
hire(struct keeper *k, struct staff *st, const struct handover *ho)
{
	int pair[2];

	if (order_pair(pair) == -1)
		return -1;
	st->st_out = pair[0];
	st->st_after = pair[1];
	if ((st->st_watcher = fork()) == 0)
		become_watcher(k, st, ho);
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
forget_next(struct keeper *k)
{
	struct staff *next = &k->k_next;

	if (next->st_watcher > 0)
		(void)child_end(next->st_watcher);
	close_ends(next);
	sources_leave(&next->st_sources, &k->k_now.st_sources);
	match_free(&k->k_match);
	conf_free(next->st_rules);
	*next = nobody;
}

/* It was, and is over. */
static void
succeed(struct keeper *k)
{
	sources_leave(&k->k_now.st_sources, &k->k_next.st_sources);
	match_free(&k->k_match);
	conf_free(k->k_now.st_rules);
	k->k_now = k->k_next;
	k->k_next = nobody;
	k->k_waits = false;
}

/*
 * The end of a watcher, if it is one: there may be other children, that open
 * devices.  That of the next one is for who waits for it.
 */
static void
watcher_over(struct keeper *k, pid_t pid, int status)
{
	if (pid == k->k_now.st_watcher) {
		if (!k->k_waits || status != 0)
			die(k, status);
		succeed(k);
	} else if (pid == k->k_next.st_watcher) {
		k->k_next.st_watcher = 0;
		/* The other one has been told to leave. */
		if (k->k_waits)
			die(k, status == 0 ? 1 << 8 : status);
	}
}

static void
reap(struct keeper *k)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		watcher_over(k, pid, status);
}

/* What takes another user is for the start to say. */
static bool
same_user(const struct keeper *k, const struct conf_rules *new)
{
	const char *was = k->k_now.st_rules->cs_user, *is = new->cs_user;

	if (k->k_conf->c_user_said ||
	    (was == NULL || is == NULL ? was == is : strcmp(was, is) == 0))
		return true;
	log_warnx("%s: user: another one takes a new start", k->k_conf->c_file);
	return false;
}

static bool
same_socket(const struct keeper *k, const struct conf_rules *new)
{
	if (k->k_conf->c_socket_said ||
	    conf_same_socket(&k->k_now.st_rules->cs_socket, &new->cs_socket))
		return true;
	log_warnx(
	    "%s: socket: another one takes a new start", k->k_conf->c_file);
	return false;
}

static int
print_text(const struct keeper *k, FILE *fp)
{
	char **how = k->k_next.st_sources.so_how;

	if (conf_print(k->k_next.st_rules, fp) == -1 ||
	    fprintf(fp, "%c%zu\n", '\0', k->k_next.st_sources.so_n) < 0)
		return -1;
	for (; *how != NULL; how++)
		if (fprintf(fp, "%s\n", *how) < 0)
			return -1;
	return 0;
}

static int
write_text(const struct keeper *k)
{
	FILE *fp;
	int fd, result;

	if (ftruncate(k->k_text, 0) == -1 ||
	    lseek(k->k_text, 0, SEEK_SET) == -1 || (fd = dup(k->k_text)) == -1)
		return -1;
	if ((fp = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	result = print_text(k, fp);
	return fclose(fp) == EOF ? -1 : result;
}

/* Opens what the new rules count by and the old ones do not. */
static int
prepare(struct keeper *k)
{
	const struct sources_before before = { &k->k_now.st_sources,
		&k->k_match };
	struct staff *next = &k->k_next;

	if (match_rules(&k->k_match, k->k_now.st_rules, next->st_rules) == -1) {
		log_warn("%s", k->k_conf->c_file);
		return -1;
	}
	if (sources_open(&next->st_sources, next->st_rules, k->k_conf->c_wait,
		k->k_priv, &before) == -1)
		return -1;
	if (write_text(k) == 0)
		return 0;
	log_warn("%s: handing its rules on", k->k_conf->c_file);
	return -1;
}

/* The file as it is now. */
static void
read_file(struct keeper *k)
{
	int status;

	/* It has left, and is about to end. */
	if (k->k_waits &&
	    waitpid(k->k_now.st_watcher, &status, 0) == k->k_now.st_watcher)
		watcher_over(k, k->k_now.st_watcher, status);
	k->k_next.st_rules = conf_parse_again(k->k_conf->c_file, getuid() == 0);
	if (k->k_next.st_rules == NULL) {
		tell(k, KEEPER_BAD);
	} else if (!same_user(k, k->k_next.st_rules) ||
	    !same_socket(k, k->k_next.st_rules) || prepare(k) == -1) {
		forget_next(k);
		tell(k, KEEPER_BAD);
	} else {
		tell(k, KEEPER_RULES);
	}
}

/* Until the next watcher is confined, and waits: -1 when it never will. */
static int
await(struct keeper *k)
{
	struct pollfd pfd = { .fd = k->k_now.st_after, .events = POLLIN };
	uint64_t now = clock_now(), until = now + PATIENCE;
	char byte;

	while (now < until && k->k_next.st_watcher != 0) {
		if (signals_wait(&pfd, 1, clock_wait(now, until)) == -1)
			return -1;
		if (pfd.revents != 0)
			return recv(pfd.fd, &byte, 1, 0) == 1 ? 0 : -1;
		if (signals_take(SIGCHLD))
			reap(k);
		now = clock_now();
	}
	errno = ETIMEDOUT;
	return -1;
}

static int
hire_next(struct keeper *k)
{
	struct handover ho = { .ho_match = &k->k_match,
		.ho_nsources = k->k_now.st_sources.so_n };
	size_t *now;
	int result;

	now = sources_now(&k->k_next.st_sources, &k->k_now.st_sources);
	if (now == NULL)
		return -1;
	ho.ho_sources = now;
	result = hire(k, &k->k_next, &ho);
	free(now);
	return result == -1 ? -1 : await(k);
}

static void
change_watchers(struct keeper *k)
{
	if (k->k_next.st_rules == NULL)
		return;
	if (hire_next(k) == -1) {
		log_warn("watcher: no other one");
		forget_next(k);
		tell(k, KEEPER_BAD);
		return;
	}
	/* The two have theirs. */
	close_ends(&k->k_now);
	k->k_waits = true;
	tell(k, KEEPER_NEXT);
}

static void
hear(struct keeper *k)
{
	char what;

	if (recv(k->k_sock, &what, 1, 0) != 1) {
		/* The runner is gone; the watcher hears of that, too. */
		close(k->k_sock);
		k->k_sock = -1;
		return;
	}
	if (what == KEEPER_READ)
		read_file(k);
	else if (what == KEEPER_FINE)
		change_watchers(k);
	else if (what == KEEPER_BAD && k->k_next.st_rules != NULL)
		forget_next(k);
}

void
keeper_open(struct keeper_ends *ke, const char *file)
{
	int pair[2];

	*ke = (struct keeper_ends){ -1, -1, -1 };
	/* Standard input can be read but once. */
	if (file == NULL || strcmp(file, "-") == 0)
		return;
	ke->ke_text = scratch_open();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	ke->ke_keeper = pair[0];
	ke->ke_runner = pair[1];
	/* There may be more rules the next time. */
	environment_files_all();
}

void
keeper(const struct conf *c, const struct sources *sources,
    const struct order_ends *ends, const struct priv *priv,
    struct keeper_ends *ke)
{
	struct keeper k = { .k_conf = c,
		.k_priv = priv,
		.k_ends = *ends,
		.k_sock = ke->ke_keeper,
		.k_text = ke->ke_text,
		.k_now = { .st_rules = c->c_rules, .st_sources = *sources },
		.k_next = nobody };
	struct pollfd pfd = { .events = POLLIN };

	close(ke->ke_runner);
	output_open(false);
	/* After that, which knows the terminal by its session. */
	detach(-1);
	priv_keeper();
	if (hire(&k, &k.k_now, NULL) == -1)
		err(1, "watcher");
	for (;;) {
		pfd.fd = k.k_sock;
		if (signals_wait(&pfd, 1,
			clock_wait(clock_now(), log_deadline())) == -1) {
			log_warn("keeper: poll");
			_exit(1);
		}
		log_flush();
		/* All others are for the runner. */
		if (signals_take(SIGCHLD))
			reap(&k);
		if (pfd.revents != 0)
			hear(&k);
	}
}
