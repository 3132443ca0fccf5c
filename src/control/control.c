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

/* As many are served at once; more wait in the kernel. */
#define CLIENTS 512

/* Who has not taken all after so long is dropped; if others wait, sooner. */
#define PATIENCE       (5 * CLOCK_S)
#define PATIENCE_SHORT (200 * CLOCK_MS)

/* Before another try to get a descriptor. */
#define REST (100 * CLOCK_MS)

enum {
	POLL_RUNNER,
	POLL_LISTEN,
	POLL_CLIENTS
};

struct client {
	int cl_fd;
	uint64_t cl_since;
	bool cl_asked;		      /* what comes next is fresh enough */
	struct reply_buffer *cl_told; /* NULL: it waits for one */
	size_t cl_sent;
};

static struct teller {
	int te_listen;
	int te_runner;
	struct client te_clients[CLIENTS];
	size_t te_n;
	struct reply_buffer te_buffers[REPLY_BUFFERS];
	struct reply_buffer *te_coming; /* NULL: nothing was asked */
	uint64_t te_asked;		/* when */
	uint64_t te_ask_at;
	uint64_t te_accept_at;
	uint64_t te_now;
	struct pollfd te_pfd[POLL_CLIENTS + CLIENTS];
} teller;

/* The last one takes its place. */
static void
drop(struct teller *te, struct client *cl)
{
	close(cl->cl_fd);
	reply_buffer_leave(cl->cl_told);
	*cl = te->te_clients[--te->te_n];
}

/* From the last one down, so that those may be dropped. */
static void
drop_slow(struct teller *te, const struct reply_buffer *rb)
{
	uint64_t patience = te->te_n == CLIENTS ? PATIENCE_SHORT : PATIENCE;
	struct client *cl = te->te_clients + te->te_n;

	while (cl-- > te->te_clients)
		if ((rb != NULL && cl->cl_told == rb) ||
		    (cl->cl_told != NULL &&
			te->te_now - cl->cl_since >= patience) ||
		    te->te_now - cl->cl_since >= PATIENCE)
			drop(te, cl);
}

/* As much as it takes now; whether that is over. */
static bool
serve(struct client *cl)
{
	const struct reply_buffer *rb = cl->cl_told;
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
serve_ready(struct teller *te)
{
	size_t i;

	for (i = te->te_n; i-- > 0;)
		if (te->te_pfd[POLL_CLIENTS + i].revents != 0 &&
		    serve(&te->te_clients[i]))
			drop(te, &te->te_clients[i]);
}

/* The answer is there. */
static void
tell(struct teller *te)
{
	struct client *cl = te->te_clients + te->te_n;
	struct reply_buffer *rb = te->te_coming;

	te->te_coming = NULL;
	te->te_ask_at = te->te_asked + STATS_PACE;
	if (rb->rb_len * STATS_PACE_BYTE > STATS_PACE)
		te->te_ask_at = te->te_asked + rb->rb_len * STATS_PACE_BYTE;
	/* It shall not go before all of them have it. */
	rb->rb_users++;
	while (cl-- > te->te_clients) {
		if (!cl->cl_asked || cl->cl_told != NULL)
			continue;
		cl->cl_told = rb;
		rb->rb_users++;
		if (serve(cl))
			drop(te, cl);
	}
	reply_buffer_leave(rb);
}

/* 0; or -1 when the runner is gone, or makes no sense. */
static int
hear(struct teller *te)
{
	char buf[STATS_PIECE];
	ssize_t n;

	while ((n = recv(te->te_runner, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		if (te->te_coming == NULL ||
		    reply_buffer_add(te->te_coming, buf, (size_t)n) == -1)
			return -1;
		if (reply_buffer_complete(te->te_coming))
			tell(te);
	}
	return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Asks for those who came since the last question, all at once. */
static int
ask(struct teller *te)
{
	size_t i, n = 0;

	if (te->te_coming != NULL || te->te_now < te->te_ask_at)
		return 0;
	for (i = 0; i < te->te_n; i++) {
		if (te->te_clients[i].cl_told != NULL)
			continue;
		te->te_clients[i].cl_asked = true;
		n++;
	}
	if (n == 0)
		return 0;
	while ((te->te_coming = reply_buffer_begin(te->te_buffers)) == NULL)
		drop_slow(te, reply_buffer_oldest(te->te_buffers));
	te->te_asked = te->te_now;
	return send(te->te_runner, "?", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ?
	    0 :
	    -1;
}

static void
let_in(struct teller *te)
{
	struct client *cl;
	int fd;

	while (te->te_n < CLIENTS) {
		fd = accept4(
		    te->te_listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd == -1 && errno != EAGAIN)
			te->te_accept_at = te->te_now + REST;
		if (fd == -1)
			return;
		cl = &te->te_clients[te->te_n++];
		memset(cl, 0, sizeof(*cl));
		cl->cl_fd = fd;
		cl->cl_since = te->te_now;
	}
}

static void
want(struct pollfd *pfd, int fd, short events)
{
	pfd->fd = fd;
	pfd->events = events;
	pfd->revents = 0;
}

static void
sooner(uint64_t *until, uint64_t when)
{
	if (when < *until)
		*until = when;
}

/*
 * Who comes while nothing can be asked waits in the kernel, for all of them to
 * be let in at once.
 */
static bool
listens(const struct teller *te)
{
	return te->te_n < CLIENTS && te->te_coming == NULL &&
	    te->te_now >= te->te_accept_at && te->te_now >= te->te_ask_at;
}

static int
wait_for_events(struct teller *te)
{
	const struct client *cl;
	uint64_t until = CLOCK_NEVER;
	bool full = te->te_n == CLIENTS;
	size_t i;

	want(&te->te_pfd[POLL_RUNNER], te->te_runner, POLLIN);
	want(
	    &te->te_pfd[POLL_LISTEN], listens(te) ? te->te_listen : -1, POLLIN);
	for (i = 0; i < te->te_n; i++) {
		cl = &te->te_clients[i];
		want(&te->te_pfd[POLL_CLIENTS + i],
		    cl->cl_told == NULL ? -1 : cl->cl_fd, POLLOUT);
		sooner(&until,
		    cl->cl_since +
			(full && cl->cl_told != NULL ? PATIENCE_SHORT :
						       PATIENCE));
	}
	if (te->te_now < te->te_accept_at)
		sooner(&until, te->te_accept_at);
	if (te->te_now < te->te_ask_at && te->te_coming == NULL)
		sooner(&until, te->te_ask_at);
	if (poll(te->te_pfd, (nfds_t)(POLL_CLIENTS + te->te_n),
		clock_wait(te->te_now, until)) != -1)
		return 0;
	for (i = 0; i < POLL_CLIENTS + te->te_n; i++)
		te->te_pfd[i].revents = 0;
	return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

/* Until the runner is gone, or something is very wrong. */
static int
run(struct teller *te)
{
	while (wait_for_events(te) == 0) {
		if ((te->te_now = clock_now()) == CLOCK_NEVER)
			return 1;
		serve_ready(te);
		if (te->te_pfd[POLL_RUNNER].revents != 0 && hear(te) == -1)
			return 0;
		drop_slow(te, NULL);
		if (te->te_pfd[POLL_LISTEN].revents != 0)
			let_in(te);
		if (ask(te) == -1)
			return 1;
	}
	return 1;
}

static void become(int, int, const struct priv *) __attribute__((noreturn));

/* It keeps the two descriptors that it works with, and those of stdio. */
static void
become(int listen_fd, int runner_fd, const struct priv *priv)
{
	const int first = STDERR_FILENO + 1;
	int fds[2];

	fds[0] = fcntl(listen_fd, F_DUPFD_CLOEXEC, first + 2);
	fds[1] = fcntl(runner_fd, F_DUPFD_CLOEXEC, first + 2);
	if (fds[0] == -1 || fds[1] == -1 || dup2(fds[0], first) == -1 ||
	    dup2(fds[1], first + 1) == -1)
		err(1, "teller: descriptors");
	closefrom(first + 2);
	if (signals_block() == -1)
		err(1, "teller: signals");
	teller.te_listen = first;
	teller.te_runner = first + 1;
	if ((teller.te_now = clock_now()) == CLOCK_NEVER)
		err(1, "teller: clock");
	priv_control(priv, teller.te_listen, teller.te_runner);
	_exit(run(&teller));
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
		become(listen_fd, fds[0], priv);
	}
	close(listen_fd);
	close(fds[0]);
	ends->ce_fd = fds[1];
}
