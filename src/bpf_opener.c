#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf_device.h"
#include "bpf_opener.h"
#include "clock.h"
#include "priv.h"
#include "route_bsd.h"
#include "source.h"

/* Between two tries, whatever the kernel tells; and when it tells nothing. */
#define REST	    (100 * CLOCK_MS)
#define REST_SELDOM (700 * CLOCK_MS)
#define RETRY	    CLOCK_S

/*
 * Other interfaces may come and go all the time: what was looked for in vain
 * so often is looked for seldom, which makes less than 20 calls a second.
 */
#define TRIES_MAX 2

/* What the opener has of all that was open. */
#define SOCK_FD (STDERR_FILENO + 1)

/* A question is the number alone; an answer has a descriptor, or none yet. */
struct answer {
	int an_source;
	size_t an_buflen; /* 0: there is none yet */
};

union control {
	struct cmsghdr co_align;
	char co_space[CMSG_SPACE(sizeof(int))];
};

/* One source, as it was laid down, and the question that it has. */
struct wanted {
	struct source_conf wa_conf;
	struct bpf_compiled wa_compiled;
	bool wa_asked; /* and was not given a device */
	bool wa_fresh; /* and nothing was tried */
	int wa_error;  /* what was told last */
};

struct opener {
	struct wanted *op_wanted;
	size_t op_n;
	int op_pair[2]; /* until it starts: whose end we keep, and its own */
	int op_route;
	unsigned int op_tries; /* in vain, since it was quiet */
	uint64_t op_rest;      /* until when nothing is tried again */
};

static struct opener opener = { .op_pair = { -1, -1 } };

static int
send_answer(int source, int device, size_t buflen)
{
	struct answer answer;
	struct iovec iov = { &answer, sizeof(answer) };
	union control control;
	struct msghdr msg;
	struct cmsghdr *cmsg;

	memset(&answer, 0, sizeof(answer));
	answer.an_source = source;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (device != -1) {
		answer.an_buflen = buflen;
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.co_space);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &device, sizeof(device));
	}
	return sendmsg(SOCK_FD, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* A device, or -1; what keeps it from counting is told once. */
static int
try(struct wanted *wa, size_t *buflen)
{
	char error[SOURCE_TEXT];
	int fd;

	fd = bpf_device_open(
	    ".", &wa->wa_conf, &wa->wa_compiled, buflen, error, sizeof(error));
	if (fd == -1 && errno != ENXIO && errno != wa->wa_error)
		warnx("%s, trying again", error);
	wa->wa_error = fd == -1 ? errno : 0;
	if (fd == -1 || priv_source(fd) == 0)
		return fd;
	warn("%s: rights", wa->wa_conf.sc_name);
	close(fd);
	return -1;
}

/* Of those who have asked; false when nobody hears the answer. */
static bool
serve(struct opener *op, bool fresh_only)
{
	struct wanted *wa;
	size_t buflen, i;
	bool sent = true;
	int device;

	for (i = 0; i < op->op_n && sent; i++) {
		wa = &op->op_wanted[i];
		if (!wa->wa_asked || (fresh_only && !wa->wa_fresh))
			continue;
		device = try(wa, &buflen);
		if (device != -1 || wa->wa_fresh)
			sent = send_answer((int)i, device, buflen) == 0;
		wa->wa_fresh = false;
		wa->wa_asked = device == -1;
		if (device != -1)
			close(device);
	}
	return sent;
}

/* A question; false when nobody is left who asks. */
static bool
hear(struct opener *op)
{
	ssize_t n;
	int source;

	n = recv(SOCK_FD, &source, sizeof(source), MSG_WAITALL);
	if (n == -1 && errno == EINTR)
		return true;
	if (n != (ssize_t)sizeof(source) || source < 0 ||
	    (size_t)source >= op->op_n)
		return false;
	op->op_wanted[source].wa_asked = true;
	op->op_wanted[source].wa_fresh = true;
	op->op_tries = 0;
	return true;
}

static bool
waits(const struct opener *op)
{
	size_t i = 0;

	while (i < op->op_n && !op->op_wanted[i].wa_asked)
		i++;
	return i < op->op_n;
}

/* Until there is something to do, and does it; false: nobody wants it. */
static bool
step(struct opener *op)
{
	bool waiting = waits(op);
	uint64_t now = clock_now(), until = CLOCK_NEVER;
	bool rests = now < op->op_rest;
	struct pollfd pfd[2];

	memset(pfd, 0, sizeof(pfd));
	pfd[0].fd = SOCK_FD;
	pfd[0].events = POLLIN;
	pfd[1].fd = waiting && !rests ? op->op_route : -1;
	pfd[1].events = POLLIN;
	if (waiting)
		until = rests ? op->op_rest : op->op_rest + RETRY;
	if (poll(pfd, 2, clock_wait(now, until)) == -1)
		return errno == EINTR || errno == EAGAIN;
	if (pfd[0].revents != 0)
		return hear(op) && serve(op, true);
	now = clock_now();
	if (!waiting || now < op->op_rest ||
	    (pfd[1].revents == 0 && now < op->op_rest + RETRY))
		return true;
	op->op_tries = pfd[1].revents != 0 ? op->op_tries + 1 : 0;
	route_drain(op->op_route);
	op->op_rest = now + (op->op_tries > TRIES_MAX ? REST_SELDOM : REST);
	return serve(op, false);
}

static void run(struct opener *) __attribute__((noreturn));

static void
run(struct opener *op)
{
	sigset_t all;

	/* It ends when its partner does, and not before. */
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		err(1, "signals");
	/* The devices that count are none of its business. */
	if (dup2(op->op_pair[1], SOCK_FD) == -1)
		err(1, "opener");
	closefrom(SOCK_FD + 1);
	if ((op->op_route = route_open()) == -1)
		err(1, "routing socket");
	priv_opener();
	while (step(op))
		;
	_exit(0);
}

int
bpf_opener_open(void)
{
	if (socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, opener.op_pair) == -1)
		return -1;
	return opener.op_pair[0];
}

int
bpf_opener_add(const struct source_conf *sc, const struct bpf_compiled *c)
{
	struct wanted *all;

	all = realloc(opener.op_wanted, (opener.op_n + 1) * sizeof(*all));
	if (all == NULL)
		return -1;
	opener.op_wanted = all;
	all[opener.op_n] = (struct wanted){ .wa_conf = *sc, .wa_compiled = *c };
	return (int)opener.op_n++;
}

static void
forget(struct opener *op)
{
	size_t i;

	for (i = 0; i < op->op_n; i++)
		free(op->op_wanted[i].wa_compiled.bc_insns);
	free(op->op_wanted);
	op->op_wanted = NULL;
	op->op_n = 0;
	close(op->op_pair[1]);
}

int
bpf_opener_start(void)
{
	int saved;

	switch (fork()) {
	case -1:
		saved = errno;
		forget(&opener);
		errno = saved;
		return -1;
	case 0:
		run(&opener);
	}
	forget(&opener);
	return 0;
}

int
bpf_opener_ask(int fd, int source)
{
	return send(fd, &source, sizeof(source), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* Whom the next answer is for. */
static enum bpf_answer
addressee(int fd, int *source)
{
	struct answer answer;
	ssize_t n;

	n = recv(fd, &answer, sizeof(answer), MSG_PEEK | MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? BPF_ANSWER_NONE :
							   BPF_ANSWER_ERROR;
	if (n != (ssize_t)sizeof(answer)) {
		errno = EPIPE;
		return BPF_ANSWER_ERROR;
	}
	*source = answer.an_source;
	return BPF_ANSWER_WAITING;
}

enum bpf_answer
bpf_opener_answer(int fd, int source, int *device, size_t *buflen)
{
	struct answer answer;
	struct iovec iov = { &answer, sizeof(answer) };
	union control control;
	enum bpf_answer next;
	struct msghdr msg;
	struct cmsghdr *cmsg;
	int whose;

	if ((next = addressee(fd, &whose)) != BPF_ANSWER_WAITING)
		return next;
	if (whose != source)
		return BPF_ANSWER_NONE;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control.co_space);
	if (recvmsg(fd, &msg, MSG_DONTWAIT) != (ssize_t)sizeof(answer)) {
		errno = EBADMSG;
		return BPF_ANSWER_ERROR;
	}
	if (answer.an_buflen == 0)
		return BPF_ANSWER_WAITING;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EBADMSG;
		return BPF_ANSWER_ERROR;
	}
	memcpy(device, CMSG_DATA(cmsg), sizeof(*device));
	*buflen = answer.an_buflen;
	return BPF_ANSWER_DEVICE;
}
