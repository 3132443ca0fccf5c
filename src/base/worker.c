/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/worker.h"

/* Descriptor of the pipe in the child. */
#define TEXT_FD (STDERR_FILENO + 1)

/* Bytes of one read. */
#define BLOCK ((size_t)4096)

/* Last byte of the text, which tells the result. */
#define SUCCESS '+'
#define FAILURE '-'

/* Ends the child by itself if nobody is there any more to give it up. */
static void
limit_time(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGALRM, &sa, NULL) == -1)
		_exit(1);
	alarm(WORKER_SECONDS + 5);
}

static void child(int, worker_fn *, const void *) __attribute__((noreturn));

static void
child(int fd, worker_fn *work, const void *arg)
{
	FILE *fp;

	/* Whatever else is open must not stay so while this process hangs. */
	if (dup2(fd, TEXT_FD) == -1)
		_exit(1);
	closefrom(TEXT_FD + 1);
	limit_time();
	if ((fp = fdopen(TEXT_FD, "w")) == NULL)
		_exit(1);
	putc(work(fp, arg) ? SUCCESS : FAILURE, fp);
	_exit(fclose(fp) == EOF ? 1 : 0);
}

/* Makes room for a block and a 0.  Returns 0, or -1 and errno. */
static int
make_room(struct worker *wk)
{
	size_t room = 2 * (wk->wk_room == 0 ? BLOCK : wk->wk_room);
	char *more;

	if (wk->wk_room - wk->wk_len > BLOCK)
		return 0;
	if ((more = realloc(wk->wk_text, room)) == NULL)
		return -1;
	wk->wk_text = more;
	wk->wk_text[wk->wk_len] = '\0';
	wk->wk_room = room;
	return 0;
}

int
worker_start(struct worker *wk, worker_fn *work, const void *arg)
{
	const uint64_t now = clock_now();
	int pair[2];

	memset(wk, 0, sizeof(*wk));
	wk->wk_fd = -1;
	if (now == CLOCK_NEVER || make_room(wk) == -1 ||
	    pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	wk->wk_fd = pair[0];
	wk->wk_until = now + WORKER_SECONDS * CLOCK_S;
	if ((wk->wk_pid = fork()) == 0)
		child(pair[1], work, arg);
	close(pair[1]);
	if (wk->wk_pid != -1)
		return 0;
	wk->wk_pid = 0;
	return -1;
}

/* Takes the last byte off the text, which is complete. */
static enum worker_state
judge(struct worker *wk)
{
	char last = wk->wk_len == 0 ? '\0' : wk->wk_text[--wk->wk_len];

	errno = EIO;
	if (last != SUCCESS && last != FAILURE)
		return WORKER_FAILED;
	/* The child has done its work and exits: nothing can hold that up. */
	if (wk->wk_pid != 0)
		(void)child_end(wk->wk_pid);
	wk->wk_pid = 0;
	wk->wk_text[wk->wk_len] = '\0';
	return last == SUCCESS ? WORKER_DONE : WORKER_REFUSED;
}

enum worker_state
worker_read(struct worker *wk)
{
	struct pollfd pfd = { .fd = wk->wk_fd, .events = POLLIN };
	uint64_t now;
	ssize_t n;

	while (poll(&pfd, 1, 0) == 1) {
		if (make_room(wk) == -1)
			return WORKER_FAILED;
		n = read(wk->wk_fd, wk->wk_text + wk->wk_len, BLOCK);
		if (n == 0)
			return judge(wk);
		if (n == -1 && errno != EINTR)
			return WORKER_FAILED;
		if (n > 0)
			wk->wk_len += (size_t)n;
		wk->wk_text[wk->wk_len] = '\0';
	}
	now = clock_now();
	if (now == CLOCK_NEVER || now < wk->wk_until)
		return WORKER_WORKS;
	errno = ETIMEDOUT;
	return WORKER_FAILED;
}

void
worker_reaped(struct worker *wk, pid_t pid)
{
	if (wk->wk_pid == pid)
		wk->wk_pid = 0;
}

void
worker_close(struct worker *wk)
{
	if (wk->wk_pid != 0)
		(void)kill(wk->wk_pid, SIGKILL);
	if (wk->wk_fd != -1)
		close(wk->wk_fd);
	free(wk->wk_text);
	memset(wk, 0, sizeof(*wk));
	wk->wk_fd = -1;
}
