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
	POLL_LISTEN,
	POLL_CLIENTS /* the first of them */
};

struct client {
	int cl_fd;
	uint64_t cl_since;	       /* time of accept(2), ns */
	bool cl_requested;	       /* the pending reply is for it */
	struct reply_buffer *cl_reply; /* being sent; NULL: none yet */
	size_t cl_sent;		       /* bytes of cl_reply */
};

static struct control {
	int co_listen; /* control socket */
	int co_runner; /* socket to the runner */
	struct client co_clients[CLIENTS];
	size_t co_nclients;
	struct reply_buffer co_buffers[REPLY_BUFFERS];
	struct reply_buffer *co_pending; /* requested; NULL: none */
	uint64_t co_asked_at;		 /* time of the last request, ns */
	uint64_t co_ask_at;		 /* earliest next request, ns */
	uint64_t co_accept_at;		 /* earliest next accept(2), ns */
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

/* The pending reply is complete: assigns it to the clients that wait. */
static void
share_reply(struct control *co)
{
	struct client *cl = co->co_clients + co->co_nclients;
	struct reply_buffer *rb = co->co_pending;

	co->co_pending = NULL;
	co->co_ask_at = co->co_asked_at + STATS_PACE;
	if (rb->rb_len * STATS_PACE_BYTE > STATS_PACE)
		co->co_ask_at = co->co_asked_at + rb->rb_len * STATS_PACE_BYTE;
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

/* Requests one reply for all waiting clients, if the pace allows.  0, or -1. */
static int
ask_runner(struct control *co)
{
	size_t i, n = 0;

	if (co->co_pending != NULL || co->co_now < co->co_ask_at)
		return 0;
	for (i = 0; i < co->co_nclients; i++) {
		if (co->co_clients[i].cl_reply != NULL)
			continue;
		co->co_clients[i].cl_requested = true;
		n++;
	}
	if (n == 0)
		return 0;
	while ((co->co_pending = reply_buffer_begin(co->co_buffers)) == NULL)
		drop_slow(co, reply_buffer_oldest(co->co_buffers));
	co->co_asked_at = co->co_now;
	return send(co->co_runner, "?", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ?
	    0 :
	    -1;
}

static void
accept_clients(struct control *co)
{
	struct client *cl;
	int fd;

	while (co->co_nclients < CLIENTS) {
		fd = accept4(
		    co->co_listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd == -1 && errno != EAGAIN)
			co->co_accept_at = co->co_now + ACCEPT_RETRY;
		if (fd == -1)
			return;
		cl = &co->co_clients[co->co_nclients++];
		memset(cl, 0, sizeof(*cl));
		cl->cl_fd = fd;
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

static void
take_earlier(uint64_t *until, uint64_t when)
{
	if (when < *until)
		*until = when;
}

/*
 * Returns true if accept(2) is useful now.  While no request can be sent, new
 * clients wait in the kernel and are accepted together afterwards.
 */
static bool
may_accept(const struct control *co)
{
	return co->co_nclients < CLIENTS && co->co_pending == NULL &&
	    co->co_now >= co->co_accept_at && co->co_now >= co->co_ask_at;
}

static int
wait_for_events(struct control *co)
{
	const struct client *cl;
	uint64_t until = CLOCK_NEVER;
	bool full = co->co_nclients == CLIENTS;
	size_t i;

	set_pollfd(&co->co_pfd[POLL_RUNNER], co->co_runner, POLLIN);
	set_pollfd(&co->co_pfd[POLL_LISTEN],
	    may_accept(co) ? co->co_listen : -1, POLLIN);
	for (i = 0; i < co->co_nclients; i++) {
		cl = &co->co_clients[i];
		set_pollfd(&co->co_pfd[POLL_CLIENTS + i],
		    cl->cl_reply == NULL ? -1 : cl->cl_fd, POLLOUT);
		take_earlier(&until,
		    cl->cl_since +
			(full && cl->cl_reply != NULL ? TIMEOUT_SHORT :
							TIMEOUT));
	}
	if (co->co_now < co->co_accept_at)
		take_earlier(&until, co->co_accept_at);
	if (co->co_now < co->co_ask_at && co->co_pending == NULL)
		take_earlier(&until, co->co_ask_at);
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
	while (wait_for_events(co) == 0) {
		if ((co->co_now = clock_now()) == CLOCK_NEVER)
			return 1;
		serve_ready(co);
		if (co->co_pfd[POLL_RUNNER].revents != 0 &&
		    read_reply(co) == -1)
			return 0;
		drop_slow(co, NULL);
		if (co->co_pfd[POLL_LISTEN].revents != 0)
			accept_clients(co);
		if (ask_runner(co) == -1)
			return 1;
	}
	return 1;
}

static void become_control(int, int, const struct priv *)
    __attribute__((noreturn));

/*
 * Becomes the control process, in the child.  Closes all descriptors but the
 * two and those of stdio.
 */
static void
become_control(int listen_fd, int runner_fd, const struct priv *priv)
{
	const int first = STDERR_FILENO + 1;
	int fds[2];

	fds[0] = fcntl(listen_fd, F_DUPFD_CLOEXEC, first + 2);
	fds[1] = fcntl(runner_fd, F_DUPFD_CLOEXEC, first + 2);
	if (fds[0] == -1 || fds[1] == -1 || dup2(fds[0], first) == -1 ||
	    dup2(fds[1], first + 1) == -1)
		err(1, "control process: descriptors");
	closefrom(first + 2);
	if (signals_block() == -1)
		err(1, "control process: signals");
	control.co_listen = first;
	control.co_runner = first + 1;
	if ((control.co_now = clock_now()) == CLOCK_NEVER)
		err(1, "control process: clock");
	priv_control(priv, control.co_listen, control.co_runner);
	_exit(serve_until_end(&control));
}

void
control_start(struct control_ends *ends, const struct conf_socket *cx,
    const struct priv *priv, struct source_set *sources)
{
	int listen_fd, fds[2];

	memset(ends, 0, sizeof(*ends));
	ends->ce_fd = -1;
	if (cx->cx_path == NULL)
		return;
	listen_fd = unix_listen_open(
	    &ends->ce_file, cx->cx_path, (mode_t)cx->cx_mode, cx->cx_group);
	if (order_pair(fds) == -1)
		err(1, "socketpair");
	switch (ends->ce_pid = fork()) {
	case -1:
		warn("fork");
		unix_listen_remove(&ends->ce_file);
		exit(1);
	case 0:
		source_set_close(sources);
		become_control(listen_fd, fds[0], priv);
	default:
		break;
	}
	close(listen_fd);
	close(fds[0]);
	ends->ce_fd = fds[1];
}
