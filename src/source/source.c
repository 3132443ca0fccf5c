/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "ipc/source_message.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

_Static_assert(SOURCE_SOCKETS <= FDPASS_MAX, "a message has room");

static const struct source_kind *
find_kind(const char *name)
{
	const struct source_kind *k = source_kinds;

	while (strncmp(name, k->sk_prefix, strlen(k->sk_prefix)) != 0)
		k++;
	return k;
}

struct source *
source_open(const struct source_conf *sc, char *err, size_t errlen)
{
	struct source *s = find_kind(sc->sc_name)->sk_open(sc, err, errlen);

	if (s != NULL)
		s->s_awaited = s->s_absent;
	return s;
}

int
source_sample(struct source *s, uint64_t now, struct source_count *count)
{
	return s->s_ops->so_sample(s, now, count);
}

bool
source_wake_at(
    struct source *s, const struct source_count *wanted, uint64_t now)
{
	return s->s_ops->so_wake_at(s, wanted, now);
}

bool
source_silence(struct source *s, size_t slot, uint64_t time, uint64_t since)
{
	if (s->s_ops->so_silence == NULL || slot >= SOURCE_SILENCES)
		return false;
	return s->s_ops->so_silence(s, slot, time, since);
}

/* Keeps s_absent and s_awaited up to date. */
static enum source_change
note(struct source *s, enum source_change change)
{
	if (change == SOURCE_GONE || change == SOURCE_OTHER)
		s->s_absent = true;
	if (change != SOURCE_BACK)
		return change;
	change = s->s_awaited ? SOURCE_FOUND : SOURCE_BACK;
	s->s_absent = s->s_awaited = false;
	return change;
}

enum source_change
source_look(struct source *s, uint64_t now)
{
	if (s->s_ops->so_look == NULL)
		return SOURCE_SAME;
	return note(s, s->s_ops->so_look(s, now));
}

enum source_change
source_adopt(struct source *s, uint64_t now, const struct source_device *sd)
{
	if (s->s_ops->so_adopt != NULL)
		return note(s, s->s_ops->so_adopt(s, now, sd));
	if (sd->sd_fd != -1)
		close(sd->sd_fd);
	errno = EBADMSG;
	return SOURCE_ERROR;
}

int
source_reopen(struct source *s, const struct source_conf *sc, const char *dir,
    struct source_device *sd, char *err, size_t errlen)
{
	return s->s_ops->so_reopen(s, sc, dir, sd, err, errlen);
}

size_t
source_sockets(const struct source *s, int socks[SOURCE_SOCKETS])
{
	return s->s_ops->so_sockets(s, socks);
}

size_t
source_send(
    const struct source *s, struct source_message *sm, int fds[SOURCE_SOCKETS])
{
	size_t n;

	memset(sm, 0, sizeof(*sm));
	n = s->s_ops->so_send(s, sm, fds);
	if (s->s_absent)
		sm->sm_flags |= SOURCE_ABSENT;
	if (s->s_awaited)
		sm->sm_flags |= SOURCE_AWAITED;
	return n;
}

struct source *
source_receive(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	struct source *s = NULL;

	if (memchr(sm->sm_name, '\0', sizeof(sm->sm_name)) == NULL)
		errno = EBADMSG;
	else
		s = find_kind(sm->sm_name)->sk_receive(sm, fds, n, ss);
	if (s == NULL) {
		fdpass_close(fds, n);
		return NULL;
	}
	s->s_absent = (sm->sm_flags & SOURCE_ABSENT) != 0;
	s->s_awaited = (sm->sm_flags & SOURCE_AWAITED) != 0;
	return s;
}

void
source_lend(struct source *s)
{
	if (s->s_ops->so_lend != NULL)
		s->s_ops->so_lend(s);
}

void
source_leave(struct source *s)
{
	if (s->s_ops->so_leave != NULL)
		s->s_ops->so_leave(s);
}

void
source_close(struct source *s)
{
	if (s != NULL)
		s->s_ops->so_close(s);
}

void
source_shared_close(struct source_shared *ss)
{
	if (ss->ss_notice != -1)
		close(ss->ss_notice);
	source_shared_release(ss);
	*ss = (struct source_shared)SOURCE_SHARED_NONE;
}
