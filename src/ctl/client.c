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

#define PATIENCE (2 * CLOCK_S)

/* More than a daemon has to say. */
#define LONGEST ((size_t)128 << 20)

struct answer {
	char *an_text;
	size_t an_len;
	size_t an_size;
};

/* Every call that waits for the daemon ends then. */
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
	/* None at all is for ever. */
	if (tv.tv_sec == 0 && tv.tv_usec == 0)
		tv.tv_usec = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* 1, 0 at the end, or -1. */
static int
receive(int fd, struct answer *an)
{
	size_t size = an->an_size == 0 ? 16384 : 2 * an->an_size;
	char *more;
	ssize_t n;

	/* Room for a final 0. */
	if (an->an_len + 1 >= an->an_size) {
		if (size > LONGEST ||
		    (more = realloc(an->an_text, size)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		an->an_text = more;
		an->an_size = size;
	}
	n = recv(fd, an->an_text + an->an_len, an->an_size - an->an_len - 1, 0);
	if (n == -1)
		return errno == EINTR ? 1 : -1;
	an->an_len += (size_t)n;
	an->an_text[an->an_len] = '\0';
	return n == 0 ? 0 : 1;
}

/* All that it says; or NULL and errno, EAGAIN when that takes too long. */
static char *
fetch(int fd, const struct sockaddr_un *sun)
{
	struct answer an = { NULL, 0, 0 };
	uint64_t until = clock_now() + PATIENCE;
	int got = -1, saved;

	if (set_timeouts(fd, until) == 0 &&
	    connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		while (set_timeouts(fd, until) == 0 &&
		    (got = receive(fd, &an)) == 1)
			;
	if (got == 0)
		return an.an_text;
	saved = errno;
	free(an.an_text);
	errno = saved;
	return NULL;
}

static const char *
reason(int error)
{
	switch (error) {
	case EAGAIN:
	case ETIMEDOUT:
		return "no answer within 2 seconds";
	case ENOENT:
	case ECONNREFUSED:
		return "no bpfstatsd answers there, it takes -s or \"socket\"";
	default:
		return strerror(error);
	}
}

int
client_ask(struct reply *re, const char *path, char err[REPLY_ERROR])
{
	struct sockaddr_un sun;
	char *text = NULL;
	int fd, saved;

	memset(re, 0, sizeof(*re));
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		snprintf(err, REPLY_ERROR, "%s", strerror(ENAMETOOLONG));
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) != -1)
		text = fetch(fd, &sun);
	saved = errno;
	if (fd != -1)
		close(fd);
	if (text != NULL)
		return reply_parse(re, text, err);
	snprintf(err, REPLY_ERROR, "%s", reason(saved));
	return -1;
}
