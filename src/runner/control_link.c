/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "runner/control_link.h"
#include "runner/exit_status.h"
#include "runner/job_table.h"
#include "runner/run_log.h"
#include "runner/stats_text.h"

/* Time for the control process to exit, in ms; it is idle at the end. */
#define PATIENCE_MS 500

static void
hang_up(struct control_link *cl)
{
	if (cl->cl_ends.ce_fd != -1)
		close(cl->cl_ends.ce_fd);
	cl->cl_ends.ce_fd = -1;
	free(cl->cl_text);
	cl->cl_text = NULL;
}

short
control_link_events(const struct control_link *cl)
{
	return cl->cl_text != NULL ? POLLIN | POLLOUT : POLLIN;
}

/*
 * Returns true while requests are not read.  During a reply they are: its end
 * bounds the pace, and a request before that is a violation.
 */
static bool
paused(const struct control_link *cl, uint64_t now)
{
	return cl->cl_ends.ce_fd != -1 && cl->cl_text == NULL &&
	    now < cl->cl_rest;
}

int
control_link_fd(const struct control_link *cl, uint64_t now)
{
	return paused(cl, now) ? -1 : cl->cl_ends.ce_fd;
}

uint64_t
control_link_deadline(const struct control_link *cl, uint64_t now)
{
	return paused(cl, now) ? cl->cl_rest : CLOCK_NEVER;
}

/* Returns the set of replies for questions; other bytes are no questions. */
static unsigned int
replies(const char *questions, size_t n)
{
	unsigned int reply, set = 0;

	for (reply = 0; reply < STATS_REPLIES; reply++)
		if (memchr(questions, STATS_QUESTIONS[reply], n) != NULL)
			set |= 1U << reply;
	return set;
}

unsigned int
control_link_asked(struct control_link *cl, uint64_t now)
{
	char questions[16];
	ssize_t n;

	if (cl->cl_ends.ce_fd == -1)
		return 0;
	do {
		n = recv(cl->cl_ends.ce_fd, questions, sizeof(questions),
		    MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	/* A request before the end of the reply violates the protocol. */
	if (n == 0 || (n > 0 && cl->cl_text != NULL) ||
	    (n == -1 && errno != EAGAIN))
		hang_up(cl);
	if (n > 0)
		cl->cl_rest = now + STATS_PACE;
	return n > 0 && cl->cl_ends.ce_fd != -1 ?
	    replies(questions, (size_t)n) :
	    0;
}

void
control_link_reply(
    struct control_link *cl, char *text, size_t len, uint64_t now)
{
	if (cl->cl_ends.ce_fd == -1 || cl->cl_text != NULL) {
		free(text);
		return;
	}
	if ((cl->cl_text = text) == NULL) {
		hang_up(cl);
		return;
	}
	cl->cl_len = len;
	cl->cl_sent = 0;
	if (cl->cl_rest < now + len * STATS_PACE_BYTE)
		cl->cl_rest = now + len * STATS_PACE_BYTE;
}

void
control_link_begin(struct control_link *cl, const struct job_table *jt,
    uint64_t uptime, uint64_t now)
{
	size_t i, len = 0;
	char *text;

	if (cl->cl_ends.ce_fd == -1 || cl->cl_text != NULL)
		return;
	/* An upper bound; pages that are not written take no memory. */
	text = malloc((jt->jt_triggers + 2) * STATS_TEXT_PART);
	if (text != NULL) {
		len = stats_text_head(text, uptime,
		    jt->jt_list[0].jb_sums.js_stats.ot_wakeups,
		    stats_proto_columns, STATS_COLUMNS);
		for (i = 0; i < jt->jt_triggers; i++)
			len += stats_text_row(text + len, jt->jt_first[i], now);
		memcpy(text + len, STATS_END, sizeof(STATS_END));
		len += strlen(STATS_END);
	}
	control_link_reply(cl, text, len, now);
}

void
control_link_go_on(struct control_link *cl)
{
	size_t len;
	ssize_t n;

	while (cl->cl_text != NULL) {
		len = cl->cl_len - cl->cl_sent;
		if (len > STATS_PIECE)
			len = STATS_PIECE;
		n = send(cl->cl_ends.ce_fd, cl->cl_text + cl->cl_sent, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (n == -1) {
			hang_up(cl);
			return;
		}
		cl->cl_sent += (size_t)n;
		if (cl->cl_sent < cl->cl_len)
			continue;
		free(cl->cl_text);
		cl->cl_text = NULL;
	}
}

void
control_link_over(struct control_link *cl, int status, bool quiet)
{
	char text[EXIT_STATUS_TEXT];

	cl->cl_ends.ce_pid = 0;
	hang_up(cl);
	if (!quiet)
		log_warnx("%s: no more statistics: control process ended, "
			  "exit %s; restart bpfstatsd",
		    cl->cl_ends.ce_files[0].ul_path,
		    exit_status_text(status, text, sizeof(text)));
}

void
control_link_close(struct control_link *cl)
{
	struct pollfd pfd = { .fd = cl->cl_ends.ce_fd, .events = POLLIN };
	int reads = 2;

	unix_listen_remove(cl->cl_ends.ce_files, STATS_REPLIES);
	if (cl->cl_ends.ce_fd != -1 &&
	    shutdown(cl->cl_ends.ce_fd, SHUT_WR) == -1)
		hang_up(cl);
	/* A last request may come before the end of the stream. */
	while (reads-- > 0 && cl->cl_ends.ce_fd != -1 &&
	    poll(&pfd, 1, PATIENCE_MS) == 1)
		if (!control_link_asked(cl, cl->cl_rest))
			hang_up(cl);
	hang_up(cl);
	if (cl->cl_ends.ce_pid != 0)
		(void)waitpid(cl->cl_ends.ce_pid, NULL, WNOHANG);
}
