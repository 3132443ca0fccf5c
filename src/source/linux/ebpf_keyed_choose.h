/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: slots for new keys; see ebpf_keyed.h. */
#ifndef EBPF_KEYED_CHOOSE_H
#define EBPF_KEYED_CHOOSE_H

struct ebpf_jumps;
struct keyed_code;

/*
 * Appends instructions that choose a slot for a new key: one that never had a
 * key, or the first of the list of free slots, or one with an expired key.
 * They set KEYED_NUMBER and SLOT; jump to kc_refused if there is no slot, to
 * `lost` if another processor was faster.
 */
void ebpf_keyed_choose(struct keyed_code *, struct ebpf_jumps *lost);

/*
 * Appends a jump to `other` unless the last packet of SLOT is longer ago than
 * the time of the condition and KEYED_REST.  The key has expired then, unless
 * events wait.
 */
void ebpf_keyed_choose_expired(struct keyed_code *, struct ebpf_jumps *other);

/* Appends the code that adds SLOT to the free slots, unless SLOT is one. */
void ebpf_keyed_choose_push(struct keyed_code *);

#endif
