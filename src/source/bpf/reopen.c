/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/detach.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/output.h"
#include "priv/priv.h"
#include "source/bpf/device.h"
#include "source/bpf/ifnotify_route.h"
#include "source/bpf/reopen.h"
#include "source/source.h"

/* Shortest time between two tries. */
#define REST (100 * CLOCK_MS)

/* The same after TRIES_MAX. */
#define REST_SELDOM (700 * CLOCK_MS)

/* Time after a rest until the next try without a notice. */
#define RETRY CLOCK_S

/*
 * Tries by notices before they become rarer, since other interfaces may come
 * and go all the time.  REST_SELDOM costs 47 system calls a second on
 * OpenBSD 7.8.
 */
#define TRIES_MAX 2

/*
 * Tries on a timer after the last message, since the kernel may announce an
 * interface before a device can be attached.  Then the opener sleeps until the
 * next message.
 */
#define TIMED_TRIES_MAX 3

/* Request socket in the device opener. */
#define SOCK_FD (STDERR_FILENO + 1)

/* Answer to a request; a descriptor is passed unless an_buflen is 0. */
struct answer {
	int an_source;	  /* number of the source */
	size_t an_buflen; /* for read(2); 0: no interface yet */
};

/* A source and its pending request. */
struct wanted {
	struct source_conf wa_conf;
	struct bpf_compiled wa_compiled;
	bool wa_asked; /* a request waits for a device */
	bool wa_fresh; /* the request has not been tried yet */
	int wa_error;  /* errno of the last try */
};

struct reopener {
	struct wanted *ro_wanted; /* by number of the source */
	size_t ro_n;
	int ro_pair[2];	       /* before the start: watcher's end, own end */
	int ro_route;	       /* routing socket */
	unsigned int ro_tries; /* tries by notices in a row */
	unsigned int ro_timed; /* tries by timer since the last notice */
	uint64_t ro_rest;      /* no try before this time, monotonic ns */
};

static struct reopener opener = { .ro_pair = { -1, -1 } };

static int
send_answer(int source, int device, size_t buflen)
{
	struct answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.an_source = source;
	answer.an_buflen = device != -1 ? buflen : 0;
	return fdpass_send(SOCK_FD, &answer, sizeof(answer), device);
}

/* Opens a device; returns -1 if that fails, and logs each new reason. */
static int
try_open(struct wanted *wa, size_t *buflen)
{
	char error[SOURCE_TEXT];
	int fd;

	fd = device_open(
	    ".", &wa->wa_conf, &wa->wa_compiled, buflen, error, sizeof(error));
	if (fd == -1 && errno != ENXIO && errno != wa->wa_error)
		log_warnx("%s; trying again", error);
	wa->wa_error = fd == -1 ? errno : 0;
	if (fd == -1 || priv_source(fd) == 0)
		return fd;
	log_warn("%s: rights", wa->wa_conf.sc_name);
	close(fd);
	return -1;
}

/* Tries pending requests.  Returns false if the watcher has exited. */
static bool
serve_requests(struct reopener *op, bool fresh_only)
{
	struct wanted *wa;
	size_t buflen, i;
	bool sent = true;
	int device;

	for (i = 0; i < op->ro_n && sent; i++) {
		wa = &op->ro_wanted[i];
		if (!wa->wa_asked || (fresh_only && !wa->wa_fresh))
			continue;
		device = try_open(wa, &buflen);
		if (device != -1 || wa->wa_fresh)
			sent = send_answer((int)i, device, buflen) == 0;
		wa->wa_fresh = false;
		wa->wa_asked = device == -1;
		if (device != -1)
			close(device);
	}
	return sent;
}

/* Reads a request.  Returns false if the watcher has exited. */
static bool
read_request(struct reopener *op)
{
	ssize_t n;
	int source;

	n = recv(SOCK_FD, &source, sizeof(source), MSG_WAITALL);
	if (n == -1 && errno == EINTR)
		return true;
	if (n != (ssize_t)sizeof(source) || source < 0 ||
	    (size_t)source >= op->ro_n)
		return false;
	op->ro_wanted[source].wa_asked = true;
	op->ro_wanted[source].wa_fresh = true;
	op->ro_tries = op->ro_timed = 0;
	return true;
}

/* Returns true if a request is pending. */
static bool
has_request(const struct reopener *op)
{
	size_t i = 0;

	while (i < op->ro_n && !op->ro_wanted[i].wa_asked)
		i++;
	return i < op->ro_n;
}

/*
 * Returns true if no timer is needed: only interfaces are missing, and the
 * kernel announces each new interface on the routing socket.
 */
static bool
notices_suffice(const struct reopener *op)
{
	size_t i;

	if (!ifnotify_announces() || op->ro_timed < TIMED_TRIES_MAX)
		return false;
	for (i = 0; i < op->ro_n; i++)
		if (op->ro_wanted[i].wa_asked &&
		    op->ro_wanted[i].wa_error != ENXIO)
			return false;
	return true;
}

/*
 * Waits for a request, a notice or the timer, and serves.  Returns false if the
 * watcher has exited.
 */
static bool
serve_once(struct reopener *op)
{
	bool waiting = has_request(op);
	uint64_t now = clock_now(), until = CLOCK_NEVER;
	bool rests = now < op->ro_rest;
	struct pollfd pfd[2];

	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = SOCK_FD;
	pfd[0].events = POLLIN;
	pfd[1].fd = waiting && !rests ? op->ro_route : -1;
	pfd[1].events = POLLIN;
	if (waiting && rests)
		until = op->ro_rest;
	else if (waiting && !notices_suffice(op))
		until = op->ro_rest + RETRY;
	if (poll(pfd, 2, clock_wait(now, until)) == -1)
		return errno == EINTR || errno == EAGAIN;
	if (pfd[0].revents != 0)
		return read_request(op) && serve_requests(op, true);
	now = clock_now();
	if (!waiting || now < op->ro_rest ||
	    (pfd[1].revents == 0 && now < op->ro_rest + RETRY))
		return true;
	op->ro_tries = pfd[1].revents != 0 ? op->ro_tries + 1 : 0;
	op->ro_timed = pfd[1].revents != 0 ? 0 : op->ro_timed + 1;
	ifnotify_drain(op->ro_route);
	op->ro_rest = now + (op->ro_tries > TRIES_MAX ? REST_SELDOM : REST);
	return serve_requests(op, false);
}

static void run_opener(struct reopener *) __attribute__((noreturn));

/* Turns a child process into the device opener. */
static void
run_opener(struct reopener *op)
{
	sigset_t all;

	/* Blocks all signals: only the end of the watcher ends it. */
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		err(1, "signals");
	/* Keeps the request socket, not the devices that count. */
	if (dup2(op->ro_pair[1], SOCK_FD) == -1)
		err(1, "device opener");
	closefrom(SOCK_FD + 1);
	if ((op->ro_route = ifnotify_open()) == -1)
		err(1, "routing socket");
	output_open(false);
	detach(-1);
	priv_reopen();
	while (serve_once(op))
		;
	_exit(0);
}

int
reopen_open(void)
{
	if (socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, opener.ro_pair) == -1)
		return -1;
	return opener.ro_pair[0];
}

int
reopen_add(const struct source_conf *sc, const struct bpf_compiled *c)
{
	struct wanted *all;

	all = realloc(opener.ro_wanted, (opener.ro_n + 1) * sizeof(*all));
	if (all == NULL)
		return -1;
	opener.ro_wanted = all;
	all[opener.ro_n] = (struct wanted){ .wa_conf = *sc, .wa_compiled = *c };
	/* The set's compiler ends before the device opener needs one. */
	all[opener.ro_n].wa_conf.sc_compiler = NULL;
	return (int)opener.ro_n++;
}

void
reopen_cancel(void)
{
	free(opener.ro_wanted);
	opener.ro_wanted = NULL;
	opener.ro_n = 0;
	if (opener.ro_pair[1] != -1)
		close(opener.ro_pair[1]);
	opener.ro_pair[0] = opener.ro_pair[1] = -1;
}

int
reopen_start(void)
{
	int saved;

	switch (fork()) {
	case -1:
		saved = errno;
		reopen_cancel();
		errno = saved;
		return -1;
	case 0:
		run_opener(&opener);
	}
	reopen_cancel();
	return 0;
}

int
reopen_ask(int fd, int source)
{
	return send(fd, &source, sizeof(source), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/*
 * Peeks at the next answer.  Returns REOPEN_WAITING and its *source,
 * REOPEN_NONE without an answer, or REOPEN_ERROR.
 */
static enum reopen_answer_kind
peek_answer(int fd, int *source)
{
	struct answer answer;
	ssize_t n;

	n = recv(fd, &answer, sizeof(answer), MSG_PEEK | MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? REOPEN_NONE :
							   REOPEN_ERROR;
	if (n != (ssize_t)sizeof(answer)) {
		errno = EPIPE;
		return REOPEN_ERROR;
	}
	*source = answer.an_source;
	return REOPEN_WAITING;
}

bool
reopen_lives(int fd)
{
	int source;

	return peek_answer(fd, &source) != REOPEN_ERROR;
}

enum reopen_answer_kind
reopen_answer(int fd, int source, int *device, size_t *buflen)
{
	struct answer answer;
	enum reopen_answer_kind next;
	int whose;

	if ((next = peek_answer(fd, &whose)) != REOPEN_WAITING)
		return next;
	if (whose != source)
		return REOPEN_NONE;
	if (fdpass_recv(fd, &answer, sizeof(answer), device, MSG_DONTWAIT) ==
	    -1)
		return REOPEN_ERROR;
	if (answer.an_buflen == 0 && *device == -1)
		return REOPEN_WAITING;
	if (answer.an_buflen == 0 || *device == -1) {
		if (*device != -1)
			close(*device);
		errno = EBADMSG;
		return REOPEN_ERROR;
	}
	*buflen = answer.an_buflen;
	return REOPEN_DEVICE;
}
