/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The BSDs and macOS: bpf(4) devices, and notices by route(4). */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/table_proto.h"
#include "opener/devices.h"
#include "source/bpf/ifnotify_route.h"
#include "source/source.h"
#include "source/source_set.h"

/* Shortest time between two tries. */
#define REST (100 * CLOCK_MS)

/* The same after TRIES_MAX. */
#define REST_SELDOM (750 * CLOCK_MS)

/* Time after a rest until the next try without a notice. */
#define RETRY CLOCK_S

/*
 * Tries by notices before they become rarer, since other interfaces may come
 * and go all the time.  REST_SELDOM costs some 45 system calls a second on
 * OpenBSD 7.8.
 */
#define TRIES_MAX 2

/*
 * Tries on a timer after the last message, since the kernel may announce an
 * interface before a device can be attached.  Then the opener sleeps until the
 * next message.
 */
#define TIMED_TRIES_MAX 3

void
devices_open(struct devices *dv, const char *dir)
{
	memset(dv, 0, sizeof(*dv));
	dv->dv_dir = dir;
	if ((dv->dv_route = ifnotify_open()) == -1)
		err(1, "routing socket");
}

void
devices_ask(struct devices *dv, const struct source_set *so, size_t source)
{
	struct source *s;

	if (source >= so->so_n)
		return;
	s = so->so_list[source].si_source;
	s->s_asked = s->s_fresh = true;
	if (s->s_error == EAGAIN)
		s->s_error = 0;
	dv->dv_tries = dv->dv_timed = 0;
}

/* Opens a device, or none; logs each new reason. */
static struct source_device
try_open(const struct devices *dv, const struct source_set *so, size_t source,
    const struct priv *priv)
{
	struct source_device sd = { .sd_fd = -1 };
	struct source *s = so->so_list[source].si_source;
	char error[SOURCE_TEXT];

	if (source_set_reopen(
		so, source, dv->dv_dir, priv, &sd, error, sizeof(error)) == 0) {
		s->s_error = 0;
		return sd;
	}
	if (errno != ENXIO && errno != s->s_error)
		log_warnx("%s; trying again", error);
	s->s_error = errno;
	return sd;
}

/* Tries to open the device of a source, and tells the watcher. */
static void
serve(const struct devices *dv, const struct source_set *so, size_t source,
    const struct priv *priv, int sock)
{
	struct source *s = so->so_list[source].si_source;
	const struct source_device sd = try_open(dv, so, source, priv);
	const int fd = sd.sd_fd;
	const struct table_message tm = {
		.tm_type = fd == -1 ? TABLE_WAITING : TABLE_DEVICE,
		.tm_source = (uint32_t)source,
		.tm_fds = fd != -1,
		.tm_device = { sd.sd_buflen, sd.sd_link },
	};

	if (fd == -1 && !s->s_fresh)
		return;
	if (table_proto_send(sock, &tm, &fd) == 0) {
		s->s_fresh = false;
		s->s_asked = fd == -1;
	} else {
		/* Try again on the timer; the watcher's end ends all. */
		s->s_error = EAGAIN;
	}
	if (fd != -1)
		close(fd);
}

/* Serves the sources that were asked for, or those that were not tried yet. */
static void
serve_all(const struct devices *dv, const struct source_set *so,
    const struct priv *priv, int sock, bool fresh_only)
{
	const struct source *s;
	size_t i;

	for (i = 0; i < so->so_n; i++) {
		s = so->so_list[i].si_source;
		if (s->s_asked && (s->s_fresh || !fresh_only))
			serve(dv, so, i, priv, sock);
	}
}

static bool
is_asked(const struct source_set *so)
{
	size_t i = 0;

	while (i < so->so_n && !so->so_list[i].si_source->s_asked)
		i++;
	return i < so->so_n;
}

static bool
is_fresh(const struct source_set *so)
{
	size_t i;

	for (i = 0; i < so->so_n; i++)
		if (so->so_list[i].si_source->s_fresh &&
		    so->so_list[i].si_source->s_error != EAGAIN)
			return true;
	return false;
}

/*
 * Returns true if no timer is needed: only interfaces are missing, and the
 * kernel announces each new interface on the routing socket.
 */
static bool
notices_suffice(const struct devices *dv, const struct source_set *so)
{
	const struct source *s;
	size_t i;

	if (!ifnotify_announces() || dv->dv_timed < TIMED_TRIES_MAX)
		return false;
	for (i = 0; i < so->so_n; i++) {
		s = so->so_list[i].si_source;
		if (s->s_asked && s->s_error != ENXIO)
			return false;
	}
	return true;
}

int
devices_fd(const struct devices *dv, const struct source_set *so, uint64_t now)
{
	return is_asked(so) && now >= dv->dv_rest ? dv->dv_route : -1;
}

uint64_t
devices_deadline(
    const struct devices *dv, const struct source_set *so, uint64_t now)
{
	if (!is_asked(so))
		return CLOCK_NEVER;
	if (is_fresh(so))
		return now;
	if (now < dv->dv_rest)
		return dv->dv_rest;
	return notices_suffice(dv, so) ? CLOCK_NEVER : dv->dv_rest + RETRY;
}

void
devices_serve(struct devices *dv, const struct source_set *so,
    const struct priv *priv, int sock, bool notice)
{
	uint64_t now = clock_now();

	if (is_fresh(so))
		serve_all(dv, so, priv, sock, true);
	if (!is_asked(so) || now < dv->dv_rest ||
	    (!notice && now < dv->dv_rest + RETRY) ||
	    (!notice && notices_suffice(dv, so)))
		return;
	dv->dv_tries = notice ? dv->dv_tries + 1 : 0;
	dv->dv_timed = notice ? 0 : dv->dv_timed + 1;
	ifnotify_drain(dv->dv_route);
	dv->dv_rest = now + (dv->dv_tries > TRIES_MAX ? REST_SELDOM : REST);
	serve_all(dv, so, priv, sock, false);
}
