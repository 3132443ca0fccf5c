/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "conf/conf.h"
#include "control/control.h"
#include "control/reply_buffer.h"
#include "ipc/order.h"
#include "ipc/stats_proto.h"
#include "priv/priv.h"
#include "source/source_set.h"

/* Clients served at once; further ones wait in the kernel's backlog. */
#define CLIENTS 512

/* Time for a client to read its reply; the short one if all slots are used. */
#define TIMEOUT	      (5 * CLOCK_S)
#define TIMEOUT_SHORT (200 * CLOCK_MS)

/* Delay after an accept(2) that failed, as for want of descriptors. */
#define ACCEPT_RETRY (100 * CLOCK_MS)

/* Slots of co_pfd. */
enum {
	POLL_RUNNER,
	POLL_LISTEN, /* the first listening socket */
	POLL_CLIENTS = POLL_LISTEN + STATS_REPLIES /* the first of them */
};

struct client {
	int cl_fd;
	enum stats_reply cl_wants;
	uint64_t cl_since;	       /* time of accept(2), ns */
	bool cl_requested;	       /* the pending reply is for it */
	struct reply_buffer *cl_reply; /* being sent; NULL: none yet */
	size_t cl_sent;		       /* bytes of cl_reply */
};

static struct control {
	int co_listen[STATS_REPLIES]; /* sockets for each reply */
	int co_runner;		      /* socket to the runner */
	struct client co_clients[CLIENTS];
	size_t co_nclients;
	struct reply_buffer co_buffers[REPLY_BUFFERS];
	struct reply_buffer *co_pending;   /* requested; NULL: none */
	enum stats_reply co_asked;	   /* the last request */
	uint64_t co_asked_at;		   /* time of the last request, ns */
	uint64_t co_ask_at[STATS_REPLIES]; /* earliest next request, ns */
	uint64_t co_accept_at;		   /* earliest next accept(2), ns */
	uint64_t co_now;
	struct pollfd co_pfd[POLL_CLIENTS + CLIENTS];
} control;

/* Disconnects a client.  The last client moves to its slot. */
static void
drop_client(struct control *co, struct client *cl)
{
	close(cl->cl_fd);
	reply_buffer_leave(cl->cl_reply);
	*cl = co->co_clients[--co->co_nclients];
}

/*
 * Drops the clients whose time is up, and the readers of rb (may be NULL).
 * Walks down, because drop_client() moves the last client.
 */
static void
drop_slow(struct control *co, const struct reply_buffer *rb)
{
	uint64_t patience =
	    co->co_nclients == CLIENTS ? TIMEOUT_SHORT : TIMEOUT;
	struct client *cl = co->co_clients + co->co_nclients;

	while (cl-- > co->co_clients)
		if ((rb != NULL && cl->cl_reply == rb) ||
		    (cl->cl_reply != NULL &&
			co->co_now - cl->cl_since >= patience) ||
		    co->co_now - cl->cl_since >= TIMEOUT)
			drop_client(co, cl);
}

/* Sends without waiting.  Returns true if all is sent, or can never be. */
static bool
serve_client(struct client *cl)
{
	const struct reply_buffer *rb = cl->cl_reply;
	ssize_t n;

	while (cl->cl_sent < rb->rb_len) {
		n = send(cl->cl_fd, rb->rb_text + cl->cl_sent,
		    rb->rb_len - cl->cl_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno != EAGAIN && errno != ENOBUFS;
		cl->cl_sent += (size_t)n;
	}
	return true;
}

static void
serve_ready(struct control *co)
{
	size_t i;

	for (i = co->co_nclients; i-- > 0;)
		if (co->co_pfd[POLL_CLIENTS + i].revents != 0 &&
		    serve_client(&co->co_clients[i]))
			drop_client(co, &co->co_clients[i]);
}

static void
take_earlier(uint64_t *until, uint64_t when)
{
	if (when < *until)
		*until = when;
}

static void
take_later(uint64_t *time, uint64_t when)
{
	if (when > *time)
		*time = when;
}

/* Sets the times of the next requests, after a reply of this length. */
static void
rest(struct control *co, size_t len)
{
	uint64_t when = co->co_asked_at + STATS_PACE;
	size_t i;

	take_later(&when, co->co_asked_at + len * STATS_PACE_BYTE);
	for (i = 0; i < STATS_REPLIES; i++)
		take_later(&co->co_ask_at[i], when);
	if (co->co_asked == STATS_KEYS)
		take_later(&co->co_ask_at[STATS_KEYS],
		    co->co_now +
			STATS_PACE_KEYS * (co->co_now - co->co_asked_at));
}

/* The pending reply is complete: assigns it to the clients that wait. */
static void
share_reply(struct control *co)
{
	struct client *cl = co->co_clients + co->co_nclients;
	struct reply_buffer *rb = co->co_pending;

	co->co_pending = NULL;
	rest(co, rb->rb_len);
	/* Hold the buffer until every waiting client is a user. */
	rb->rb_users++;
	while (cl-- > co->co_clients) {
		if (!cl->cl_requested || cl->cl_reply != NULL)
			continue;
		cl->cl_reply = rb;
		rb->rb_users++;
		if (serve_client(cl))
			drop_client(co, cl);
	}
	reply_buffer_leave(rb);
}

/* Reads from the runner.  0; or -1 if it is gone or violates the protocol. */
static int
read_reply(struct control *co)
{
	char buf[STATS_PIECE];
	ssize_t n;

	while ((n = recv(co->co_runner, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		if (co->co_pending == NULL ||
		    reply_buffer_add(co->co_pending, buf, (size_t)n) == -1)
			return -1;
		if (reply_buffer_complete(co->co_pending))
			share_reply(co);
	}
	return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Requests one reply for all clients that wait for it.  Returns 0, or -1. */
static int
ask_for(struct control *co, enum stats_reply what)
{
	struct client *cl;
	bool waits = false;

	for (cl = co->co_clients; cl < co->co_clients + co->co_nclients; cl++)
		if (cl->cl_reply == NULL && cl->cl_wants == what)
			waits = cl->cl_requested = true;
	if (!waits)
		return 0;
	while ((co->co_pending = reply_buffer_begin(co->co_buffers)) == NULL)
		drop_slow(co, reply_buffer_oldest(co->co_buffers));
	co->co_asked = what;
	co->co_asked_at = co->co_now;
	return send(co->co_runner, &STATS_QUESTIONS[what], 1,
		   MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ?
	    0 :
	    -1;
}

/*
 * Makes the next request, if the pace allows.  Different requests take turns.
 * Returns 0, or -1.
 */
static int
ask_runner(struct control *co)
{
	enum stats_reply what = co->co_asked;
	size_t i;

	for (i = 0; i < STATS_REPLIES && co->co_pending == NULL; i++) {
		what = (enum stats_reply)((what + 1) % STATS_REPLIES);
		if (co->co_now >= co->co_ask_at[what] &&
		    ask_for(co, what) == -1)
			return -1;
	}
	return 0;
}

static void
accept_clients(struct control *co, enum stats_reply what)
{
	struct client *cl;
	int fd;

	while (co->co_nclients < CLIENTS) {
		fd = accept4(co->co_listen[what], NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd == -1 && errno != EAGAIN)
			co->co_accept_at = co->co_now + ACCEPT_RETRY;
		if (fd == -1)
			return;
		cl = &co->co_clients[co->co_nclients++];
		memset(cl, 0, sizeof(*cl));
		cl->cl_fd = fd;
		cl->cl_wants = what;
		cl->cl_since = co->co_now;
	}
}

static void
set_pollfd(struct pollfd *pfd, int fd, short events)
{
	pfd->fd = fd;
	pfd->events = events;
	pfd->revents = 0;
}

/*
 * Returns true if accept(2) is useful now.  While no request can be sent, new
 * clients wait in the kernel and are accepted together afterwards.
 */
static bool
may_accept(const struct control *co, enum stats_reply what)
{
	return co->co_nclients < CLIENTS && co->co_pending == NULL &&
	    co->co_now >= co->co_accept_at && co->co_now >= co->co_ask_at[what];
}

/* Sets the slots of the listening sockets, and the time to set them again. */
static void
set_listening(struct control *co, uint64_t *until)
{
	enum stats_reply what;

	for (what = STATS_TRIGGERS; what < STATS_REPLIES; what++) {
		set_pollfd(&co->co_pfd[POLL_LISTEN + what],
		    may_accept(co, what) ? co->co_listen[what] : -1, POLLIN);
		if (co->co_now < co->co_ask_at[what] && co->co_pending == NULL)
			take_earlier(until, co->co_ask_at[what]);
	}
	if (co->co_now < co->co_accept_at)
		take_earlier(until, co->co_accept_at);
}

static int
wait_for_events(struct control *co)
{
	const struct client *cl;
	uint64_t until = CLOCK_NEVER;
	bool full = co->co_nclients == CLIENTS;
	size_t i;

	set_pollfd(&co->co_pfd[POLL_RUNNER], co->co_runner, POLLIN);
	set_listening(co, &until);
	for (i = 0; i < co->co_nclients; i++) {
		cl = &co->co_clients[i];
		set_pollfd(&co->co_pfd[POLL_CLIENTS + i],
		    cl->cl_reply == NULL ? -1 : cl->cl_fd, POLLOUT);
		take_earlier(&until,
		    cl->cl_since +
			(full && cl->cl_reply != NULL ? TIMEOUT_SHORT :
							TIMEOUT));
	}
	if (poll(co->co_pfd, (nfds_t)(POLL_CLIENTS + co->co_nclients),
		clock_wait(co->co_now, until)) != -1)
		return 0;
	for (i = 0; i < POLL_CLIENTS + co->co_nclients; i++)
		co->co_pfd[i].revents = 0;
	return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

/* Event loop.  Returns the exit status: 0 when the runner is gone. */
static int
serve_until_end(struct control *co)
{
	enum stats_reply what;

	while (wait_for_events(co) == 0) {
		if ((co->co_now = clock_now()) == CLOCK_NEVER)
			return 1;
		serve_ready(co);
		if (co->co_pfd[POLL_RUNNER].revents != 0 &&
		    read_reply(co) == -1)
			return 0;
		drop_slow(co, NULL);
		for (what = STATS_TRIGGERS; what < STATS_REPLIES; what++)
			if (co->co_pfd[POLL_LISTEN + what].revents != 0)
				accept_clients(co, what);
		if (ask_runner(co) == -1)
			return 1;
	}
	return 1;
}

static void become_control(const int *, int, const struct priv *)
    __attribute__((noreturn));

/*
 * Becomes the control process, in the child.  Closes all descriptors but the
 * listening ones, that of the runner, and those of stdio.
 */
static void
become_control(const int *listen_fds, int runner_fd, const struct priv *priv)
{
	const int first = STDERR_FILENO + 1;
	int fds[STATS_REPLIES + 1], i;

	for (i = 0; i <= STATS_REPLIES; i++) {
		fds[i] = fcntl(i < STATS_REPLIES ? listen_fds[i] : runner_fd,
		    F_DUPFD_CLOEXEC, first + STATS_REPLIES + 1);
		if (fds[i] == -1)
			err(1, "control process: descriptors");
	}
	for (i = 0; i <= STATS_REPLIES; i++)
		if (dup2(fds[i], first + i) == -1)
			err(1, "control process: descriptors");
	closefrom(first + STATS_REPLIES + 1);
	if (signals_block() == -1)
		err(1, "control process: signals");
	for (i = 0; i < STATS_REPLIES; i++)
		control.co_listen[i] = first + i;
	control.co_runner = first + STATS_REPLIES;
	if ((control.co_now = clock_now()) == CLOCK_NEVER)
		err(1, "control process: clock");
	priv_control(priv, control.co_listen, STATS_REPLIES, control.co_runner);
	_exit(serve_until_end(&control));
}

/* Listens on the sockets, of which none is left if a path is refused. */
static void
listen_on(struct control_ends *ends, const struct conf_socket *cx,
    int fds[STATS_REPLIES])
{
	const mode_t mode = (mode_t)cx->cx_mode;
	char *keys;

	if (asprintf(&keys, "%s" STATS_KEYS_SUFFIX, cx->cx_path) == -1)
		err(1, "%s", cx->cx_path);
	unix_listen_check(cx->cx_path);
	unix_listen_check(keys);
	fds[STATS_TRIGGERS] = unix_listen_open(
	    &ends->ce_files[STATS_TRIGGERS], cx->cx_path, mode, cx->cx_group);
	/* The path stays valid. */
	fds[STATS_KEYS] = unix_listen_open(
	    &ends->ce_files[STATS_KEYS], keys, mode, cx->cx_group);
}

void
control_start(struct control_ends *ends, const struct conf_socket *cx,
    const struct priv *priv, struct source_set *sources)
{
	int listen_fds[STATS_REPLIES], fds[2], i;

	memset(ends, 0, sizeof(*ends));
	ends->ce_fd = -1;
	if (cx->cx_path == NULL)
		return;
	listen_on(ends, cx, listen_fds);
	if (order_pair(fds) == -1)
		err(1, "socketpair");
	switch (ends->ce_pid = fork()) {
	case -1:
		warn("fork");
		unix_listen_remove(ends->ce_files, STATS_REPLIES);
		exit(1);
	case 0:
		source_set_close(sources);
		become_control(listen_fds, fds[0], priv);
	default:
		break;
	}
	for (i = 0; i < STATS_REPLIES; i++)
		close(listen_fds[i]);
	close(fds[0]);
	ends->ce_fd = fds[1];
}
