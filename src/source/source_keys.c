/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/key_table.h"
#include "ipc/source_message.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_kind.h"

_Static_assert(
    sizeof(struct source_keys) <= SOURCE_MESSAGE_NUMBERS * sizeof(uint32_t),
    "a message has room");

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
source_keys_put(const struct source_keys *sk, struct source_message *sm)
{
	struct source_keys numbers;

	/* Nothing but the numbers, whatever is between them. */
	memset(&numbers, 0, sizeof(numbers));
	numbers.sk_spec = sk->sk_spec;
	numbers.sk_keys = sk->sk_keys;
	numbers.sk_kind = sk->sk_kind;
	numbers.sk_bytes = sk->sk_bytes;
	numbers.sk_count = sk->sk_count;
	numbers.sk_time = sk->sk_time;
	memcpy(sm->sm_numbers, &numbers, sizeof(numbers));
}

bool
source_keys_get(struct source_keys *sk, const struct source_message *sm)
{
	memcpy(sk, sm->sm_numbers, sizeof(*sk));
	if (!key_spec_valid(&sk->sk_spec) || sk->sk_keys == 0 ||
	    sk->sk_keys > KEY_TABLE_MAX)
		return false;
	switch (sk->sk_kind) {
	case CONDITION_EVERY:
		return sk->sk_count != 0;
	case CONDITION_RATE:
		return sk->sk_count != 0 && sk->sk_time != 0;
	case CONDITION_IDLE:
	case CONDITION_AFTER:
		return sk->sk_time != 0;
	default:
		return false;
	}
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
