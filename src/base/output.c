/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Kinds of output, and how a write to each returns at once:
 *
 * terminal, pipe	a second open file description with O_NONBLOCK
 * if that fails	a write that a timer interrupts, at most one a second
 * socket		send(2) with MSG_DONTWAIT
 * file			write(2): a second description has another offset
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"

/* ns between two attempts to write to a full pipe or terminal. */
#define RETRY CLOCK_S

/* us, longest duration of a write that a timer interrupts. */
#define BOUND_US 10000

/* Size of the name of a terminal or a descriptor. */
#define NAME_SIZE 128

enum how {
	HOW_WRITE,
	HOW_SEND,
	HOW_TIMER
};

struct out {
	int o_fd;
	int o_inherited; /* for output_restore; -1: o_fd is the inherited one */
	enum how o_how;
};

static struct out out = { STDOUT_FILENO, -1, HOW_WRITE };
static struct out err = { STDERR_FILENO, -1, HOW_WRITE };

static struct {
	char q_text[8192]; /* whole lines; the first may be written in part */
	size_t q_len;
	uint64_t q_retry; /* next attempt; CLOCK_NEVER: with the next line */
	pid_t q_owner;	  /* a child drops the lines of its parent */
} queue = { .q_retry = CLOCK_NEVER };

/* Opens a second description of the file that st describes; -1: impossible. */
static int
reopen(const char *path, const struct stat *st)
{
	struct stat other;
	int fd, flags;

	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	/* Some systems duplicate the descriptor and ignore O_NONBLOCK. */
	flags = fcntl(fd, F_GETFL);
	if (flags != -1 && (flags & O_NONBLOCK) != 0 &&
	    fstat(fd, &other) == 0 && other.st_rdev == st->st_rdev &&
	    (S_ISCHR(st->st_mode) ||
		(other.st_dev == st->st_dev && other.st_ino == st->st_ino)))
		return fd;
	close(fd);
	return -1;
}

static int
reopen_terminal(int old, const char *proc, const struct stat *st)
{
	char name[NAME_SIZE];
	int fd;

	/* Opening a pty master creates another terminal. */
	if (ptsname(old) != NULL)
		return -1;
	if ((fd = reopen(proc, st)) != -1)
		return fd;
	if (ttyname_r(old, name, sizeof(name)) == 0 &&
	    (fd = reopen(name, st)) != -1)
		return fd;
	/* After su(1) the terminal belongs to another user. */
	if (tcgetsid(old) != getsid(0))
		return -1;
	return open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* For a file whose writes can block: opens a second description. */
static void
take_own(struct out *o, const struct stat *st, bool commands)
{
	int fd, flags = fcntl(o->o_fd, F_GETFL);
	char proc[NAME_SIZE];

	/* Reopening must not grant a right to write that the caller withheld.
	 */
	if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY)
		return;
	o->o_how = HOW_TIMER;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", o->o_fd);
	if (S_ISFIFO(st->st_mode))
		fd = reopen(proc, st);
	else
		fd = isatty(o->o_fd) ? reopen_terminal(o->o_fd, proc, st) : -1;
	if (fd == -1)
		return;
	if (commands)
		o->o_inherited =
		    fcntl(o->o_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if ((!commands || o->o_inherited != -1) && dup2(fd, o->o_fd) != -1)
		o->o_how = HOW_WRITE;
	close(fd);
}

static void
open_out(struct out *o, bool commands)
{
	struct stat st;

	if (fstat(o->o_fd, &st) == -1)
		return;
	if (S_ISSOCK(st.st_mode))
		o->o_how = HOW_SEND;
	else if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		take_own(o, &st, commands);
}

void
output_open(bool commands)
{
	open_out(&err, commands);
}

void
output_open_stdout(bool commands)
{
	open_out(&out, commands);
}

static int
restore(const struct out *o)
{
	return o->o_inherited == -1 || dup2(o->o_inherited, o->o_fd) != -1 ? 0 :
									     -1;
}

int
output_restore(void)
{
	return restore(&out) == 0 && restore(&err) == 0 ? 0 : -1;
}

static void
interrupt(int sig)
{
	(void)sig;
}

/* write(2) for at most BOUND_US. */
static ssize_t
write_bounded(int fd, const char *text, size_t len)
{
	static const struct itimerval none;
	/* Repeats, because the first may come before write(2) is entered. */
	const struct itimerval bound = { { 0, BOUND_US }, { 0, BOUND_US } };
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	struct sigaction sa = { .sa_handler = interrupt };
	ssize_t n;
	int error;

	errno = EAGAIN;
	if (poll(&pfd, 1, 0) == 0)
		return -1;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGALRM, &sa, NULL) == -1 ||
	    setitimer(ITIMER_REAL, &bound, NULL) == -1)
		return -1;
	n = write(fd, text, len);
	error = errno == EINTR ? EAGAIN : errno;
	if (setitimer(ITIMER_REAL, &none, NULL) == -1)
		return n;
	errno = error;
	return n;
}

static ssize_t
put(const struct out *o, const char *text, size_t len)
{
	switch (o->o_how) {
	case HOW_SEND:
		return send(o->o_fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case HOW_TIMER:
		return write_bounded(o->o_fd, text, len);
	default:
		return write(o->o_fd, text, len);
	}
}

ssize_t
output_write(const char *text, size_t len)
{
	ssize_t n = put(&out, text, len);

	if (n == -1 && errno == ENOBUFS)
		errno = EAGAIN;
	return n;
}

/* Sets the time of the next attempt; other errors wait for the next line. */
static void
schedule_retry(int error)
{
	uint64_t now = CLOCK_NEVER;

	if (error == EAGAIN || error == EINTR || error == ENOBUFS)
		now = clock_now();
	queue.q_retry = now == CLOCK_NEVER ? now : now + RETRY;
}

/* Empties the queue in a child: the lines are the parent's. */
static void
drop_inherited(void)
{
	pid_t pid = getpid();

	if (queue.q_owner != pid) {
		queue.q_len = 0;
		queue.q_retry = CLOCK_NEVER;
	}
	queue.q_owner = pid;
}

/* One line for each write: lines of several writers of a pipe stay whole. */
bool
output_flush(void)
{
	const char *end;
	ssize_t n;

	drop_inherited();
	/* Each attempt takes BOUND_US. */
	if (err.o_how == HOW_TIMER && queue.q_retry != CLOCK_NEVER &&
	    clock_now() < queue.q_retry)
		return false;
	while (queue.q_len > 0) {
		end = memchr(queue.q_text, '\n', queue.q_len);
		n = put(&err, queue.q_text,
		    end == NULL ? queue.q_len :
				  (size_t)(end - queue.q_text) + 1);
		if (n < 1) {
			schedule_retry(n == 0 ? EAGAIN : errno);
			return false;
		}
		queue.q_len -= (size_t)n;
		memmove(queue.q_text, queue.q_text + n, queue.q_len);
	}
	queue.q_retry = CLOCK_NEVER;
	return true;
}

bool
output_line(const char *line, size_t len)
{
	/* Makes room in the queue. */
	(void)output_flush();
	if (len > sizeof(queue.q_text) - queue.q_len)
		return false;
	memcpy(queue.q_text + queue.q_len, line, len);
	queue.q_len += len;
	(void)output_flush();
	return true;
}

uint64_t
output_deadline(void)
{
	return queue.q_retry;
}
