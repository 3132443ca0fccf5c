/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <pcap.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "filter/filter.h"
#include "filter/filter_cache.h"
#include "filter/filter_caret.h"
#include "filter/filter_child.h"
#include "filter/filter_compiler.h"
#include "filter/filter_error.h"
#include "priv/priv.h"

#define TIMEOUT (PRIV_COMPILER_SECONDS * CLOCK_S)

/*
 * Longest use of a child, ns: less than its limit of processor time by more
 * than a question takes.
 */
#define CHILD_USE ((FILTER_CHILD_CPU - FILTER_CPU - 1) * CLOCK_S)

struct child {
	pid_t ch_pid;
	int ch_sock;	  /* -1: no child runs */
	uint64_t ch_used; /* time of its answers, ns */
};

struct filter_compiler {
	struct child fc_child[2]; /* by fq_live */
	struct filter_cache fc_cache;
};

/* The last ones. */
static struct filter_question question;
static struct filter_answer answer;

/* Ends the child.  Returns the status as child_end. */
static int
end_child(struct child *ch)
{
	close(ch->ch_sock);
	ch->ch_sock = -1;
	return child_end(ch->ch_pid);
}

/* Starts the child.  Returns 0, or -1 with the reason in err. */
static int
start_child(struct child *ch, const struct priv *priv, bool live, char *err,
    size_t errlen)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		snprintf(err, errlen, "socketpair: %s", strerror(errno));
		return -1;
	}
	ch->ch_pid = fork();
	if (ch->ch_pid == 0)
		filter_child_run(priv, live, pair[1]);
	if (ch->ch_pid == -1) {
		snprintf(err, errlen, "fork: %s", strerror(errno));
		close(pair[0]);
	} else {
		ch->ch_sock = pair[0];
		ch->ch_used = 0;
	}
	close(pair[1]);
	return ch->ch_sock == -1 ? -1 : 0;
}

static ssize_t
move(int fd, short event, void *buf, size_t size)
{
	if (event == POLLOUT)
		return send(fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	return recv(fd, buf, size, MSG_DONTWAIT);
}

/* Returns true for an error that says that the child has ended. */
static bool
has_ended(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

/* Returns true if nothing has come until the time limit. */
static bool
late(int error, uint64_t now, uint64_t until)
{
	return (error == EAGAIN || error == EINTR) && now != CLOCK_NEVER &&
	    now >= until;
}

/*
 * Sends (POLLOUT) or receives (POLLIN) all bytes.  Returns false and errno; 0:
 * the child has ended, ETIMEDOUT: the child does not answer in time.
 */
static bool
move_all(int fd, const struct filter_request *fr, short event, void *buf,
    size_t size, uint64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = event };
	uint64_t now = clock_now();
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		pfd.revents = 0;
		n = -1;
		fr->fr_poll(&pfd, 1, clock_wait(now, until));
		if (pfd.revents != 0)
			n = move(fd, event, (char *)buf + done, size - done);
		else
			errno = EAGAIN;
		if (n == 0 || (n == -1 && has_ended(errno)))
			errno = 0;
		else if (n == -1 && late(errno, now, until))
			errno = ETIMEDOUT;
		else if (n > 0)
			done += (size_t)n;
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			return false;
		now = clock_now();
	}
	return true;
}

/*
 * Returns true if the head of an answer is possible.  A malicious expression
 * may control the child, so nothing in the answer is trusted.
 */
static bool
is_possible(const struct filter_answer *a)
{
	if (a->fa_insns == 0)
		return a->fa_size > 0 && a->fa_size <= sizeof(a->fa_u.text);
	return a->fa_insns <= FILTER_MAX &&
	    a->fa_size == a->fa_insns * sizeof(a->fa_u.insns[0]);
}

/*
 * Sends the question and receives the answer.  On failure ends the child and
 * returns -1, with the reason in err.
 */
static int
ask_child(
    struct child *ch, const struct filter_request *fr, char *err, size_t errlen)
{
	struct filter_question *q = &question;
	struct filter_answer *a = &answer;
	const uint64_t begun = clock_now();
	const uint64_t until =
	    begun == CLOCK_NEVER ? CLOCK_NEVER : begun + TIMEOUT;
	bool possible = true;
	int error, status;

	if (move_all(ch->ch_sock, fr, POLLOUT, q,
		FILTER_QUESTION_HEAD + q->fq_length, until) &&
	    move_all(ch->ch_sock, fr, POLLIN, a, FILTER_ANSWER_HEAD, until) &&
	    (possible = is_possible(a)) &&
	    move_all(ch->ch_sock, fr, POLLIN, &a->fa_u, a->fa_size, until)) {
		ch->ch_used += clock_now() - begun;
		return 0;
	}
	error = possible ? errno : 0;
	status = end_child(ch);
	if (error != 0 && error != ETIMEDOUT)
		snprintf(err, errlen, "compiling process: %s", strerror(error));
	else
		filter_error_end(
		    error == ETIMEDOUT, possible ? status : -1, err, errlen);
	return -1;
}

/* Copies the filter.  Returns 0, or -1 with libpcap's error in err. */
static int
take_answer(
    struct filter *f, const struct filter_answer *a, char *err, size_t errlen)
{
	size_t i;

	f->f_len = a->fa_insns;
	if (a->fa_insns != 0) {
		memcpy(f->f_insns, a->fa_u.insns, a->fa_size);
		return 0;
	}
	snprintf(err, errlen, "%.*s", (int)a->fa_size, a->fa_u.text);
	for (i = 0; err[i] != '\0'; i++)
		if (!isprint((unsigned char)err[i]) && err[i] != '\n')
			err[i] = '?';
	return -1;
}

static void
make_question(struct filter_question *q, const struct filter_request *fr)
{
	bpf_u_int32 net, mask;
	char error[PCAP_ERRBUF_SIZE];

	memset(q, 0, FILTER_QUESTION_HEAD);
	q->fq_linktype = fr->fr_linktype;
	q->fq_savefile = fr->fr_interface == NULL;
	q->fq_swapped = fr->fr_swapped;
	q->fq_live = !q->fq_savefile && fr->fr_linktype == DLT_EN10MB &&
	    filter_caret_word(fr->fr_expression, "vlan") != NULL;
	/*
	 * Two ioctl(2)s, which the child's sandbox may forbid.  Without a
	 * netmask 0, as tcpdump(8).
	 */
	if (!q->fq_savefile &&
	    pcap_lookupnet(fr->fr_interface, &net, &mask, error) != -1)
		q->fq_netmask = mask;
	q->fq_length = (uint32_t)strlen(fr->fr_expression) + 1;
	memcpy(q->fq_text, fr->fr_expression, q->fq_length);
}

struct filter_compiler *
filter_compiler_open(void)
{
	struct filter_compiler *fc;

	if ((fc = calloc(1, sizeof(*fc))) != NULL)
		fc->fc_child[0].ch_sock = fc->fc_child[1].ch_sock = -1;
	return fc;
}

int
filter_compiler_ask(struct filter_compiler *fc, struct filter *f,
    const struct filter_request *fr, char *err, size_t errlen)
{
	struct filter_question *q = &question;
	struct child *ch;

	make_question(q, fr);
	if (filter_cache_get(&fc->fc_cache, q, &answer))
		return take_answer(f, &answer, err, errlen);
	ch = &fc->fc_child[q->fq_live];
	if (ch->ch_sock != -1 && ch->ch_used > CHILD_USE)
		(void)end_child(ch);
	if ((ch->ch_sock == -1 &&
		start_child(ch, fr->fr_priv, q->fq_live, err, errlen) == -1) ||
	    ask_child(ch, fr, err, errlen) == -1)
		return -1;
	filter_cache_put(&fc->fc_cache, q, &answer);
	return take_answer(f, &answer, err, errlen);
}

void
filter_compiler_close(struct filter_compiler *fc)
{
	struct child *ch;

	if (fc == NULL)
		return;
	for (ch = fc->fc_child; ch < fc->fc_child + 2; ch++)
		if (ch->ch_sock != -1)
			(void)end_child(ch);
	filter_cache_clear(&fc->fc_cache);
	free(fc);
}
