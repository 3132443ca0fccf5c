/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_kind.h"

struct source *
source_keys_open(const struct source_keys *sk, struct source_shared *ss,
    char *err, size_t errlen)
{
	return source_keys_open_kind(sk, ss, err, errlen);
}

bool
source_keys_is(const struct source *s)
{
	return s->s_ops->so_key_event != NULL;
}

void
source_keys_feed(struct source *const *sources, size_t n, size_t nkeys)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (sources[i]->s_ops->so_feed != NULL)
			sources[i]->s_ops->so_feed(
			    sources[i], sources, n, nkeys);
}

bool
source_keys_event(struct source *s, uint64_t now, struct key_event *event)
{
	return s->s_ops->so_key_event(s, now, event);
}

size_t
source_keys_sums(const struct source *s, struct key_table_sums *sums)
{
	return s->s_ops->so_key_sums(s, sums);
}

bool
source_keys_entry(const struct source *s, size_t place, struct key_entry *entry)
{
	return s->s_ops->so_key_entry(s, place, entry);
}
