/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>
#include <unistd.h>

#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"
#include "source/source_state.h"

struct source *
source_open(const struct source_conf *sc, char *err, size_t errlen)
{
	const struct source_kind *k = source_kinds;
	struct source *s;

	while (strncmp(sc->sc_name, k->sk_prefix, strlen(k->sk_prefix)) != 0)
		k++;
	if ((s = k->sk_open(sc, err, errlen)) != NULL)
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

enum source_change
source_look(struct source *s, uint64_t now)
{
	enum source_change change = SOURCE_SAME;

	if (s->s_ops->so_look != NULL)
		change = s->s_ops->so_look(s, now);
	if (change == SOURCE_GONE || change == SOURCE_OTHER)
		s->s_absent = true;
	if (change != SOURCE_BACK)
		return change;
	change = s->s_awaited ? SOURCE_FOUND : SOURCE_BACK;
	s->s_absent = s->s_awaited = false;
	return change;
}

size_t
source_sockets(const struct source *s, int socks[SOURCE_SOCKETS])
{
	return s->s_ops->so_sockets(s, socks);
}

int
source_renew(struct source *s, const struct source_conf *sc)
{
	return s->s_ops->so_renew == NULL ? 0 : s->s_ops->so_renew(s, sc);
}

void
source_save(const struct source *s, struct source_state *st)
{
	st->st_passed = -1;
	st->st_absent = s->s_absent;
	st->st_awaited = s->s_awaited;
	s->s_ops->so_save(s, st);
}

void
source_load(struct source *s, const struct source_state *st)
{
	s->s_absent = st->st_absent;
	s->s_awaited = st->st_awaited;
	s->s_ops->so_load(s, st);
}

void
source_close(struct source *s)
{
	if (s != NULL)
		s->s_ops->so_close(s);
}

static void
close_other(int *fd, int stays)
{
	if (*fd != -1 && *fd != stays)
		close(*fd);
	*fd = -1;
}

void
source_shared_leave(struct source_shared *ss, const struct source_shared *stays)
{
	close_other(&ss->ss_notice, stays->ss_notice);
	close_other(&ss->ss_opener, stays->ss_opener);
	if (ss->ss_slots != stays->ss_slots)
		source_shared_release(ss);
	ss->ss_slots = NULL;
	ss->ss_wake = -1;
}

void
source_shared_close(struct source_shared *ss)
{
	const struct source_shared none = SOURCE_SHARED_NONE;

	source_shared_leave(ss, &none);
}
