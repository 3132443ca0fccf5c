/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "ipc/order.h"
#include "runner/run_key.h"

/* First byte of a key that stands for several, and is none itself. */
#define SEVERAL 0xff

_Static_assert(ORDER_KEY_SIZE == KEY_SIZE, "an order has room for a key");

static struct key
key_of(const struct order_start *os)
{
	struct key key;

	memcpy(key.k_bytes, os->os_key, sizeof(key.k_bytes));
	return key;
}

bool
run_key_fits(const struct key_spec *ks, const struct order_start *os)
{
	static const struct key none;
	const struct key key = key_of(os);

	if (ks->ks_n == 0)
		return memcmp(&key, &none, sizeof(none)) == 0;
	return key_valid(ks, &key);
}

const char *
run_key_text(
    const struct key_spec *ks, const struct order_start *os, char buf[KEY_TEXT])
{
	const struct key key = key_of(os);

	if (ks->ks_n == 0 || os->os_key[0] == SEVERAL)
		return NULL;
	key_text(ks, &key, buf, KEY_TEXT);
	return buf;
}

void
run_key_part(const struct key_spec *ks, const struct order_start *os,
    size_t part, char buf[KEY_TEXT_PART])
{
	const struct key key = key_of(os);

	key_text_part(ks, &key, part, buf, KEY_TEXT_PART);
}

void
run_key_merge(struct order_start *os, const struct order_start *earlier)
{
	if (memcmp(os->os_key, earlier->os_key, sizeof(os->os_key)) != 0)
		memset(os->os_key, SEVERAL, sizeof(os->os_key));
}
