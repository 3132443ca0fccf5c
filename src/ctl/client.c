/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/client.h"

/* Times for the whole exchange; explain() and the manual name them. */
#define PATIENCE      (2 * CLOCK_S)
#define PATIENCE_KEYS (10 * CLOCK_S)

/* Bytes of a reply; twice what a daemon with the most triggers sends. */
#define LONGEST ((size_t)128 << 20)

struct received {
	char *rv_text;
	size_t rv_len;
	size_t rv_size;
};

/* Limits connect(2) and recv(2) to the time that is left.  0, or -1. */
static int
set_timeouts(int fd, uint64_t until)
{
	uint64_t now = clock_now(), left;
	struct timeval tv;

	if (now >= until) {
		errno = EAGAIN;
		return -1;
	}
	left = until - now;
	tv.tv_sec = (time_t)(left / CLOCK_S);
	tv.tv_usec = (suseconds_t)(left % CLOCK_S / 1000);
	/* A timeout of 0 would mean no timeout. */
	if (tv.tv_sec == 0 && tv.tv_usec == 0)
		tv.tv_usec = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* Appends one piece of the reply.  Returns 1, 0 at its end, or -1 and errno. */
static int
receive_some(int fd, struct received *rv)
{
	size_t size = rv->rv_size == 0 ? 16384 : 2 * rv->rv_size;
	char *more;
	ssize_t n;

	/* Keep a byte for the final 0. */
	if (rv->rv_len + 1 >= rv->rv_size) {
		if (size > LONGEST ||
		    (more = realloc(rv->rv_text, size)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		rv->rv_text = more;
		rv->rv_size = size;
	}
	n = recv(fd, rv->rv_text + rv->rv_len, rv->rv_size - rv->rv_len - 1, 0);
	if (n == -1)
		return errno == EINTR ? 1 : -1;
	rv->rv_len += (size_t)n;
	rv->rv_text[rv->rv_len] = '\0';
	return n == 0 ? 0 : 1;
}

/* Returns the text of a reply; or NULL and errno, EAGAIN after `patience`. */
static char *
fetch_reply(int fd, const struct sockaddr_un *sun, uint64_t patience)
{
	struct received rv = { NULL, 0, 0 };
	uint64_t until = clock_now() + patience;
	int got = -1, saved;

	if (set_timeouts(fd, until) == 0 &&
	    connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		while (set_timeouts(fd, until) == 0 &&
		    (got = receive_some(fd, &rv)) == 1)
			;
	if (got == 0)
		return rv.rv_text;
	saved = errno;
	free(rv.rv_text);
	errno = saved;
	return NULL;
}

static const char *
explain(int error, uint64_t patience)
{
	switch (error) {
	case EAGAIN:
	case ETIMEDOUT:
		return patience == PATIENCE ? "no reply within 2 seconds" :
					      "no reply within 10 seconds";
	case ENOENT:
	case ECONNREFUSED:
		return "no bpfstatsd listens here; start it with -s or "
		       "\"socket\"";
	default:
		return strerror(error);
	}
}

/* Returns the text of a reply, or NULL with a message in err. */
static char *
ask(const char *path, uint64_t patience, char err[REPLY_ERROR])
{
	struct sockaddr_un sun;
	char *text = NULL;
	int fd, saved;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		snprintf(err, REPLY_ERROR, "%s", strerror(ENAMETOOLONG));
		return NULL;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) != -1)
		text = fetch_reply(fd, &sun, patience);
	saved = errno;
	if (fd != -1)
		close(fd);
	if (text == NULL)
		snprintf(err, REPLY_ERROR, "%s", explain(saved, patience));
	return text;
}

int
client_ask(struct reply *re, const char *path, char err[REPLY_ERROR])
{
	char *text = ask(path, PATIENCE, err);

	memset(re, 0, sizeof(*re));
	return text == NULL ? -1 : reply_parse(re, text, err);
}

int
client_ask_keys(
    struct keys *ks, const char *path, const char *rule, char err[REPLY_ERROR])
{
	char *text = ask(path, PATIENCE_KEYS, err);

	memset(ks, 0, sizeof(*ks));
	return text == NULL ? -1 : keys_parse(ks, text, rule, err);
}
