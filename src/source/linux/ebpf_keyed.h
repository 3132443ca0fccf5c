/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the code of a table of keys (keyed_memory.h), a subprogram that counts
 * a packet by its key:
 *
 *   ebpf_key.h           makes the key
 *   ebpf_keyed_find.c    finds and pins the key's slot
 *   ebpf_keyed_claim.c   gives a new key a slot
 *   ebpf_keyed.c         counts, and writes events
 *   ebpf_keyed_sum.c     counts packets without a slot
 *   ebpf_keyed_rate.h    finds the events of a rate
 *   ebpf_keyed_below.h   arms the keys of a below
 */
#ifndef EBPF_KEYED_H
#define EBPF_KEYED_H

#include <stdbool.h>
#include <stddef.h>

#include "source/linux/keyed_memory.h"
#include "source/source_keys.h"

struct ebpf_code;
struct slots;

struct ebpf_keyed {
	struct source_keys ek_keys;
	const struct slots *ek_slots;
	size_t ek_unit; /* see slots_take: counts events, and of an idle or a
			   below as bytes how often keys were new or armed */
	/* Maps; -1: not open. */
	int ek_hash; /* key -> number of the slot */
	int ek_arrays[KEYED_ARRAYS];
	/* A program that counts here stays in force. */
	bool ek_stuck;
};

/*
 * Appends the subprogram for packets of a link type, DLT_... or EBPF_KEY_NFLOG.
 * Arguments as in ebpf_key.h.
 */
void ebpf_keyed(struct ebpf_code *, const struct ebpf_keyed *, int link);

#endif
