/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: finds the slot of a key; see ebpf_keyed.h. */
#ifndef EBPF_KEYED_FIND_H
#define EBPF_KEYED_FIND_H

struct keyed_code;

/*
 * Appends instructions that find the slot of the key at EBPF_KEY, or make one.
 * They go on behind with SLOT, pinned where slots go from key to key, and with
 * KEYED_STATUS; or jump to kc_refused.  They destroy all but CTX, SEGMENTS and
 * BYTES.
 */
void ebpf_keyed_find(struct keyed_code *);

/* Appends the subprogram that ebpf_keyed_find() calls. */
void ebpf_keyed_find_sub(const struct keyed_code *);

#endif
