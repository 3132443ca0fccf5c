/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the part of a program that adds to a counter of a slot (slots.h). */
#ifndef EBPF_COUNT_H
#define EBPF_COUNT_H

#include <stddef.h>

#include "source/linux/ebpf_insn.h"

struct ebpf_code;
struct slots;

/* Counters of a slot, by their place. */
#define EBPF_COUNT_PACKETS ((short)offsetof(struct slot_memory, sm_packets))
#define EBPF_COUNT_BYTES   ((short)offsetof(struct slot_memory, sm_bytes))

/* Appends the load of SLOT: the address of the slot at a unit of slots_take. */
void ebpf_count_slot(struct ebpf_code *, const struct slots *, size_t unit);

/*
 * Appends the code that adds a register, r8 or r9, to a counter of SLOT, at
 * EBPF_COUNT_PACKETS or EBPF_COUNT_BYTES.  The packet that reaches the
 * threshold clears the threshold and writes a record.  Keeps CTX, SLOT and r9.
 */
void ebpf_count(struct ebpf_code *, const struct slots *, size_t unit,
    __u8 amount, short counter);

/*
 * Appends the code that wakes the daemon for the slot at a unit, without a
 * count, unless the ring is full.  Destroys r8.
 */
void ebpf_count_wake(struct ebpf_code *, const struct slots *, size_t unit);

#endif
