/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/child.h"
#include "base/detach.h"
#include "base/signals.h"
#include "priv/priv.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_release.h"
#include "source/source_set.h"

/* Fewer sources take less than a second. */
#define SOURCES_MIN 8

/* Sources of one helper; maximum number of helpers. */
#define SOURCES_EACH 4
#define HELPERS_MAX  32

/* Closes the sockets of parts `from` to `to` - 1, out of `parts`. */
static void
close_parts(const struct source_set *so, size_t parts, size_t from, size_t to)
{
	int socks[SOURCE_SOCKETS];
	size_t i, n;

	for (i = 0; i < so->so_n; i++) {
		if (i % parts < from || i % parts >= to)
			continue;
		n = source_sockets(so->so_list[i].si_source, socks);
		while (n > 0)
			close(socks[--n]);
	}
}

/*
 * Child: closes the parts of the others, waits until all processes have done so
 * (end of file on the barrier), and exits, which closes the remaining part.
 */
static void help(const struct source_set *, size_t parts, size_t part,
    const int *barrier) __attribute__((noreturn));

static void
help(const struct source_set *so, size_t parts, size_t part, const int *barrier)
{
	char byte;

	close_parts(so, parts, part + 1, parts);
	close(barrier[1]);
	while (read(barrier[0], &byte, 1) == -1 && errno == EINTR)
		;
	_exit(0);
}

bool
source_release_helps(const struct source_set *so)
{
	return source_closes_slowly && so->so_n > SOURCES_MIN;
}

void
source_release(const struct source_set *so)
{
	size_t parts = so->so_n / SOURCES_EACH, part;
	pid_t pids[HELPERS_MAX];
	int barrier[2];

	if (!source_release_helps(so) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, barrier) == -1)
		return;
	if (parts > HELPERS_MAX)
		parts = HELPERS_MAX;
	for (part = 0; part < parts; part++) {
		if ((pids[part] = fork()) == 0)
			help(so, parts, part, barrier);
		/* Parts without a helper are closed by exit. */
		if (pids[part] == -1)
			break;
		/* Later helpers do not inherit this part. */
		close_parts(so, parts, part, part + 1);
	}
	close(barrier[1]);
	close(barrier[0]);
	/* Not for other children, whose file system may hang. */
	while (part-- > 0)
		(void)child_wait(pids[part], NULL, 0);
}

void
source_release_end(int status)
{
	if (WIFSIGNALED(status)) {
		(void)signals_reset();
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

void
source_release_after(
    pid_t watcher, const struct source_set *so, const struct priv *p)
{
	int status = 1 << 8;

	detach(-1);
	priv_compiler(p);
	detach_error();
	(void)child_wait(watcher, &status, 0);
	source_release(so);
	source_release_end(status);
}
