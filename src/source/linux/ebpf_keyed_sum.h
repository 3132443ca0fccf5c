/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the sums of packets without a slot; see ebpf_keyed.h. */
#ifndef EBPF_KEYED_SUM_H
#define EBPF_KEYED_SUM_H

#include <stddef.h>

#include "source/linux/keyed_memory.h"

struct keyed_code;

#define LINE_AT(m) ((short)offsetof(struct keyed_line, m))

/*
 * Appends instructions that add the packet to a member of this processor's
 * sums.  They keep SEGMENTS.
 */
void ebpf_keyed_sum(const struct keyed_code *, short member);

/*
 * The same for a refused packet.  Such packets wake the watcher now and then,
 * which logs that the table is full.
 */
void ebpf_keyed_sum_refused(const struct keyed_code *);

#endif
