/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: gives a new key a slot; see ebpf_keyed.h. */
#ifndef EBPF_KEYED_CLAIM_H
#define EBPF_KEYED_CLAIM_H

struct ebpf_jumps;
struct keyed_code;

/*
 * Appends instructions for a key that is not in the hash table.  They jump to
 * kc_new, kc_refused or `again`, or go on behind with KEYED_STATUS, which is
 * KEYED_AGAIN or KEYED_REFUSED.
 */
void ebpf_keyed_claim(struct keyed_code *, struct ebpf_jumps *again);

#endif
