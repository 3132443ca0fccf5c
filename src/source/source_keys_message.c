/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/key_table.h"
#include "ipc/source_message.h"
#include "source/source_keys.h"
#include "source/source_keys_message.h"

_Static_assert(
    sizeof(struct source_keys) <= SOURCE_MESSAGE_NUMBERS * sizeof(uint32_t),
    "a message has room");

void
source_keys_message_put(const struct source_keys *sk, struct source_message *sm)
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
source_keys_message_get(struct source_keys *sk, const struct source_message *sm)
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
	case CONDITION_BELOW:
		return sk->sk_count > 1 && sk->sk_time != 0;
	case CONDITION_IDLE:
	case CONDITION_AFTER:
		return sk->sk_time != 0;
	default:
		return false;
	}
}
