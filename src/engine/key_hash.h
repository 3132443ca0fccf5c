/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Hashes a key by SipHash-1-3, without the length of the message, which is
 * always the same: senders choose the keys, but not the hashes.  Pure.
 */
#ifndef KEY_HASH_H
#define KEY_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/key.h"

/* Hashes the first bytes, key_size() of them; the seed is secret. */
uint64_t key_hash(const struct key *, size_t size, const uint64_t seed[2]);

#endif
