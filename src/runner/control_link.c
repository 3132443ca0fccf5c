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
#include "runner/job_table.h"
#include "runner/run_log.h"
#include "runner/stats_text.h"

/* It has nothing to do but to end; this is for a machine that is busy. */
#define PATIENCE_MS 500

static void
hang_up(struct telling *tl)
{
	if (tl->tl_fd != -1)
		close(tl->tl_fd);
	tl->tl_fd = -1;
	free(tl->tl_text);
	tl->tl_text = NULL;
}

short
telling_events(const struct telling *tl)
{
	return tl->tl_text != NULL ? POLLIN | POLLOUT : POLLIN;
}

/* An answer on its way has a bound, and what comes meanwhile ends it. */
static bool
rests(const struct telling *tl, uint64_t now)
{
	return tl->tl_fd != -1 && tl->tl_text == NULL && now < tl->tl_rest;
}

int
telling_fd(const struct telling *tl, uint64_t now)
{
	return rests(tl, now) ? -1 : tl->tl_fd;
}

uint64_t
telling_deadline(const struct telling *tl, uint64_t now)
{
	return rests(tl, now) ? tl->tl_rest : CLOCK_NEVER;
}

bool
telling_asked(struct telling *tl, uint64_t now)
{
	char questions[16];
	ssize_t n;

	if (tl->tl_fd == -1)
		return false;
	do {
		n = recv(tl->tl_fd, questions, sizeof(questions), MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	/* Who asks before the answer is there does not do its work. */
	if (n == 0 || (n > 0 && tl->tl_text != NULL) ||
	    (n == -1 && errno != EAGAIN))
		hang_up(tl);
	if (n > 0)
		tl->tl_rest = now + TELLING_PACE;
	return n > 0 && tl->tl_fd != -1;
}

void
telling_begin(
    struct telling *tl, const struct tasks *tk, uint64_t uptime, uint64_t now)
{
	size_t i, len;

	if (tl->tl_fd == -1 || tl->tl_text != NULL)
		return;
	/* More than is needed is memory that is not touched. */
	if ((tl->tl_text = malloc((tk->tk_n + 2) * ANSWER_PART)) == NULL) {
		hang_up(tl);
		return;
	}
	len = answer_head(tl->tl_text, uptime, tk->tk_list[0].ta_stats.o_count);
	for (i = 0; i < tk->tk_n; i++)
		len += answer_row(tl->tl_text + len, &tk->tk_list[i], now);
	memcpy(tl->tl_text + len, ANSWER_END, strlen(ANSWER_END));
	tl->tl_len = len + strlen(ANSWER_END);
	tl->tl_sent = 0;
	if (tl->tl_rest < now + tl->tl_len * TELLING_PACE_BYTE)
		tl->tl_rest = now + tl->tl_len * TELLING_PACE_BYTE;
}

void
telling_go_on(struct telling *tl)
{
	size_t len;
	ssize_t n;

	while (tl->tl_text != NULL) {
		len = tl->tl_len - tl->tl_sent;
		if (len > TELLING_PIECE)
			len = TELLING_PIECE;
		n = send(tl->tl_fd, tl->tl_text + tl->tl_sent, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (n == -1) {
			hang_up(tl);
			return;
		}
		tl->tl_sent += (size_t)n;
		if (tl->tl_sent < tl->tl_len)
			continue;
		free(tl->tl_text);
		tl->tl_text = NULL;
	}
}

void
telling_over(struct telling *tl, int status, bool quiet)
{
	char text[REPORT_STATUS];

	tl->tl_pid = 0;
	hang_up(tl);
	if (!quiet)
		log_warnx("%s: no more statistics, the teller has ended, "
			  "exit %s",
		    tl->tl_file.sf_path,
		    report_status(status, text, sizeof(text)));
}

void
telling_close(struct telling *tl)
{
	struct pollfd pfd = { .fd = tl->tl_fd, .events = POLLIN };
	int words = 2;

	sockfile_remove(&tl->tl_file);
	if (tl->tl_fd != -1 && shutdown(tl->tl_fd, SHUT_WR) == -1)
		hang_up(tl);
	/* Its last question may come before it lets go of the other end. */
	while (
	    words-- > 0 && tl->tl_fd != -1 && poll(&pfd, 1, PATIENCE_MS) == 1)
		if (!telling_asked(tl, tl->tl_rest))
			hang_up(tl);
	hang_up(tl);
	if (tl->tl_pid != 0)
		(void)waitpid(tl->tl_pid, NULL, WNOHANG);
}
