/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A seeded hash of keys: SipHash-1-3, without the length of the message, which
 * is the same for all keys of a spec.  The senders of packets choose the keys;
 * the seed keeps them from choosing keys with the same hash.  Pure.
 */
#ifndef KEY_HASH_H
#define KEY_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/key.h"

/*
 * Returns the hash of a key.  `size` is key_size(), rounded up to a multiple of
 * 8: the bytes behind are 0.  The seed is secret.
 */
uint64_t key_hash(const struct key *, size_t size, const uint64_t seed[2]);

#endif
