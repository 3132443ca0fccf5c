/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/key.h"

static const size_t widths[KEY_KINDS] = {
	[KEY_SOURCE] = 16,
	[KEY_DESTINATION] = 16,
	[KEY_SOURCE_PORT] = 2,
	[KEY_PORT] = 2,
	[KEY_MAC] = 6,
	[KEY_DESTINATION_MAC] = 6,
	[KEY_VLAN] = 2,
};

bool
key_is_address(enum key_kind kind)
{
	return kind == KEY_SOURCE || kind == KEY_DESTINATION;
}

size_t
key_width(enum key_kind kind)
{
	return widths[kind];
}

int
key_find(const struct key_spec *ks, enum key_kind kind)
{
	int i;

	for (i = 0; i < ks->ks_n; i++)
		if (ks->ks_parts[i].kp_kind == kind)
			return i;
	return -1;
}

size_t
key_place(const struct key_spec *ks, size_t part)
{
	size_t i, place = KEY_FIRST;

	for (i = 0; i < ks->ks_n; i++)
		if (ks->ks_parts[i].kp_kind < ks->ks_parts[part].kp_kind)
			place += widths[ks->ks_parts[i].kp_kind];
	return place;
}

size_t
key_size(const struct key_spec *ks)
{
	size_t i, size = KEY_FIRST;

	for (i = 0; i < ks->ks_n; i++)
		size += widths[ks->ks_parts[i].kp_kind];
	return (size + 3) & ~(size_t)3;
}

static bool
part_valid(const struct key_part *part)
{
	if (part->kp_kind >= KEY_KINDS)
		return false;
	if (key_is_address(part->kp_kind))
		return part->kp_v4 <= KEY_V4_BITS && part->kp_v6 <= KEY_V6_BITS;
	return part->kp_v4 == 0 && part->kp_v6 == 0;
}

bool
key_spec_valid(const struct key_spec *ks)
{
	static const struct key_part none;
	unsigned int kinds = 0;
	size_t i;

	if (ks->ks_n == 0 || ks->ks_n > KEY_PARTS)
		return false;
	for (i = 0; i < ks->ks_n; i++) {
		if (!part_valid(&ks->ks_parts[i]) ||
		    (kinds & 1U << ks->ks_parts[i].kp_kind) != 0)
			return false;
		kinds |= 1U << ks->ks_parts[i].kp_kind;
	}
	for (; i < KEY_PARTS; i++)
		if (memcmp(&ks->ks_parts[i], &none, sizeof(none)) != 0)
			return false;
	return true;
}

/* Returns true if the bits from `first` up to `end`, a whole byte, are 0. */
static bool
is_zero(const uint8_t *bytes, size_t first, size_t end)
{
	size_t i = first / 8;

	if (first >= end)
		return true;
	if ((bytes[i] & 0xffU >> first % 8) != 0)
		return false;
	while (++i < end / 8)
		if (bytes[i] != 0)
			return false;
	return true;
}

bool
key_valid(const struct key_spec *ks, const struct key *key)
{
	const struct key_part *part;
	const uint8_t *bytes;
	bool addresses = false;
	size_t i, bits, used = KEY_FIRST;

	for (i = 0; i < ks->ks_n; i++) {
		part = &ks->ks_parts[i];
		bytes = key->k_bytes + key_place(ks, i);
		used += widths[part->kp_kind];
		if (key_is_address(part->kp_kind)) {
			addresses = true;
			bits = key->k_bytes[0] == 6 ? part->kp_v6 : part->kp_v4;
			if (!is_zero(bytes, bits, KEY_V6_BITS))
				return false;
		} else if (part->kp_kind == KEY_VLAN && bytes[0] > 0xf) {
			return false;
		}
	}
	return (addresses ? key->k_bytes[0] == 4 || key->k_bytes[0] == 6 :
			    key->k_bytes[0] == 0) &&
	    is_zero(key->k_bytes, 8, 8 * (size_t)KEY_FIRST) &&
	    is_zero(key->k_bytes, 8 * used, 8 * sizeof(key->k_bytes));
}
