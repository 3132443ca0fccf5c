#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* Not above PIPE_BUF, which BSDs have at 512: a line enters a pipe whole. */
#define LINE_SIZE (PIPE_BUF < 1024 ? PIPE_BUF : 1024)

static int log_verbose;

void
log_init(int verbose)
{
	log_verbose = verbose;
}

static void
emit(const char *line, size_t len)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	/*
	 * O_NONBLOCK would change the descriptor for everybody who shares it.
	 * A pipe with POLLOUT has room for PIPE_BUF.
	 */
	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
		return;
	if (write(STDERR_FILENO, line, len) == -1)
		return;
}

static void
vlog(int error, const char *fmt, va_list ap)
{
	char line[LINE_SIZE];
	const char *why = error != 0 ? strerror(error) : "";
	size_t len;
	int n;

	n = snprintf(line, sizeof(line), "bpfstatsd: ");
	len = n > 0 ? (size_t)n : 0;
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	if (n > 0)
		len += (size_t)n;
	if (error != 0 && len < sizeof(line)) {
		n = snprintf(line + len, sizeof(line) - len, ": %s", why);
		if (n > 0)
			len += (size_t)n;
	}
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	line[len++] = '\n';
	emit(line, len);
}

void
log_info(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_debug(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, fmt);
	vlog(0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warn(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(0, fmt, ap);
	va_end(ap);
	errno = saved;
}
