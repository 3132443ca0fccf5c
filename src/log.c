#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "log_form.h"

#define NAME "bpfstatsd: "

/* Not above PIPE_BUF, which BSDs have at 512: a line enters a pipe whole. */
#define LINE_SIZE (PIPE_BUF < 1024 ? PIPE_BUF : 1024)

static enum log_mode log_mode;
static bool log_verbose;

void
log_init(enum log_mode mode, bool verbose)
{
	log_mode = mode;
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

/* As much of it as there is room for. */
static void
form(char *buf, size_t size, int error, const char *fmt, va_list ap)
{
	const char *why = error != 0 ? strerror(error) : "";
	size_t len;
	int n;

	n = vsnprintf(buf, size, fmt, ap);
	len = n > 0 ? (size_t)n : 0;
	if (error != 0 && len < size)
		snprintf(buf + len, size - len, ": %s", why);
}

static void
tell(
    enum log_level level, const struct log_fact *lf, size_t n, const char *text)
{
	char line[LINE_SIZE];
	struct timespec now = { 0, 0 };

	switch (log_mode) {
	case LOG_TO_STDERR:
		snprintf(line, sizeof(line), NAME "%s\n", text);
		emit(line, strlen(line));
		break;
	case LOG_TO_JSON:
		clock_gettime(CLOCK_REALTIME, &now);
		emit(line,
		    log_json(line, sizeof(line), &now, level, lf, n, text));
		break;
	case LOG_TO_SYSLOG:
		log_syslog(level, text);
		break;
	}
}

static void
vlog(enum log_level level, int error, const struct log_fact *lf, size_t n,
    const char *fmt, va_list ap)
{
	char text[LINE_SIZE - sizeof(NAME)];
	int saved = errno;

	if (level == LEVEL_DEBUG && !log_verbose)
		return;
	form(text, sizeof(text), error, fmt, ap);
	tell(level, lf, n, text);
	errno = saved;
}

void
log_facts(enum log_level level, const struct log_fact *lf, size_t n,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(level, 0, lf, n, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_INFO, 0, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_DEBUG, 0, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_WARNING, error, NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LEVEL_WARNING, 0, NULL, 0, fmt, ap);
	va_end(ap);
}
