/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"
#include "runner/stream.h"

/* ns; wait after a write that failed although poll(2) reported POLLOUT. */
#define REST CLOCK_S

static struct {
	/* Whole lines; the first may be written in part. */
	char s_text[64 * STREAM_LINE];
	size_t s_len;
	bool s_full;	 /* standard output takes no more, until POLLOUT */
	bool s_ready;	 /* POLLOUT came, and nothing was written since */
	bool s_pipe;	 /* poll(2) reports that the reader is gone */
	bool s_closed;	 /* see stream_close */
	uint64_t s_rest; /* no poll(2) before this time */
} stream;

void
stream_open(void)
{
	struct stat sb;

	stream.s_pipe = fstat(STDOUT_FILENO, &sb) == 0 &&
	    (S_ISFIFO(sb.st_mode) || S_ISSOCK(sb.st_mode));
}

size_t
stream_close(void)
{
	size_t i, n = 0;

	for (i = 0; i < stream.s_len; i++)
		n += stream.s_text[i] == '\n';
	stream.s_len = 0;
	stream.s_full = stream.s_pipe = false;
	stream.s_closed = true;
	return n;
}

bool
stream_empty(void)
{
	return stream.s_len == 0;
}

bool
stream_room(size_t n)
{
	return sizeof(stream.s_text) - stream.s_len >= n * STREAM_LINE;
}

void
stream_add(const char *line, size_t len)
{
	if (stream.s_closed)
		return;
	memcpy(stream.s_text + stream.s_len, line, len);
	stream.s_len += len;
}

/*
 * Returns the length of the next write: whole lines of at most PIPE_BUF bytes,
 * which a pipe takes whole, or else one line.
 */
static size_t
piece(const char *text, size_t len)
{
	size_t n = len < PIPE_BUF ? len : PIPE_BUF;

	while (n > 0 && text[n - 1] != '\n')
		n--;
	if (n > 0)
		return n;
	return (size_t)((const char *)memchr(text, '\n', len) - text) + 1;
}

int
stream_flush(uint64_t now)
{
	const char *text = stream.s_text;
	size_t done = 0;
	ssize_t n = 1;

	while (!stream.s_full && done < stream.s_len) {
		n = output_write(
		    text + done, piece(text + done, stream.s_len - done));
		if (n <= 0)
			break;
		done += (size_t)n;
		stream.s_ready = false;
	}
	stream.s_len -= done;
	memmove(stream.s_text, text + done, stream.s_len);
	if (n > 0)
		return 0;
	stream.s_full = true;
	/* Some terminals take nothing after all. */
	if (stream.s_ready)
		stream.s_rest = now + REST;
	return n == 0 || errno == EAGAIN ? 0 : -1;
}

void
stream_poll(struct pollfd *pfd, uint64_t now)
{
	bool writes = stream.s_full && now >= stream.s_rest;

	pfd->fd = writes || stream.s_pipe ? STDOUT_FILENO : -1;
	pfd->events = writes ? POLLOUT : 0;
}

bool
stream_polled(short revents)
{
	if (revents == 0)
		return true;
	if (stream.s_pipe && (revents & (POLLERR | POLLHUP)) != 0)
		return false;
	/* Some systems report other events that were not asked for. */
	if (!stream.s_full)
		stream.s_pipe = false;
	stream.s_full = false;
	stream.s_ready = true;
	return true;
}

uint64_t
stream_deadline(uint64_t now)
{
	return stream.s_full && now < stream.s_rest ? stream.s_rest :
						      CLOCK_NEVER;
}
