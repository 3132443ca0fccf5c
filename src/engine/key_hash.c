/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "engine/key_hash.h"

static uint64_t
rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

/* A round of SipHash, see its description by Aumasson and Bernstein. */
static void
mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

uint64_t
key_hash(const struct key *key, size_t size, const uint64_t seed[2])
{
	uint64_t v[4] = { UINT64_C(0x736f6d6570736575) ^ seed[0],
		UINT64_C(0x646f72616e646f6d) ^ seed[1],
		UINT64_C(0x6c7967656e657261) ^ seed[0],
		UINT64_C(0x7465646279746573) ^ seed[1] };
	uint64_t word;
	size_t at;

	for (at = 0; at < size; at += sizeof(word)) {
		memcpy(&word, key->k_bytes + at, sizeof(word));
		v[3] ^= word;
		mix(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	mix(v);
	mix(v);
	mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
